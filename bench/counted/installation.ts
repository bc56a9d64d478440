/* A whole installation in memory: real ledgers and the real consumer over node:sqlite, with a clock of its own, and a count
 * of every operation that costs money. The doubles are the tests' own. Which ledgers there are, and what is posted to
 * them, is for prices.ts and alerts.ts to say. CPU and duration are not counted. */
import type { Cursor, OutboxMessage } from "../../src/domain/event";
import { LEDGERS } from "../../src/domain/ledger/classes";
import type { Downstream } from "../../src/durable-objects/ledger/way";
import { consumeEvents } from "../../src/queues/events";
import { readCursor } from "../../src/storage/queries/cursors";
import { FakeD1 } from "../../test/durable-objects/ledger/fake-d1";
import { Disk, Life } from "../../test/durable-objects/ledger/fake-object";
import { type Counts, queueOperationsOf } from "../cost.ts";

/** As in wrangler.toml. */
const BATCH_MESSAGES = 100;
const BATCH_WAIT_MS = 1_000;

/** What every ledger of an installation is surrounded by. */
export interface Surroundings {
  ctx: DurableObjectState;
  object: string;
  downstream: Downstream;
  now: () => number;
}

/** A ledger as far as it has an alarm and is confirmed to. */
interface Owned {
  runDueDuties(): Promise<void>;
  confirm(purpose: string, cursor: Cursor, resend: boolean): Promise<void>;
}

interface Owner {
  disk: Disk;
  ledger: Owned;
}

interface Waiting {
  body: OutboxMessage;
  attempts: number;
  sentAt: number;
  /** When the consumer sees it. */
  at: number;
}

/** What is started and not waited for comes to its end. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export class Installation {
  now: number;
  readonly d1 = new FakeD1();
  /** What is counted as it happens; rows are counted where they are written. */
  readonly counted = {
    events: 0,
    requests: 0,
    object_calls: 0,
    messages: 0,
    queue_operations: 0,
    consumer_runs: 0,
    points: 0,
  };
  readonly #owners = new Map<string, Owner>();
  #queue: Waiting[] = [];
  #plans: { at: number; run: () => Promise<void> }[] = [];

  constructor(start: number) {
    this.now = start;
  }

  get counts(): Counts {
    let rows = 0;
    for (const { disk } of this.#owners.values()) rows += disk.rowsWritten;
    return { ...this.counted, rows_written: rows, d1_rows_written: this.d1.rowsWritten };
  }

  get objects(): number {
    return this.#owners.size;
  }

  /** The ledger of an object, `class/name`, made when it is first asked for.
   * @param make what makes it, always the same for one object */
  ledger<L extends Owned>(object: string, make: (surroundings: Surroundings) => L): L {
    const known = this.#owners.get(object);
    if (known !== undefined) return known.ledger as L;
    const disk = new Disk();
    const { ctx } = new Life(disk);
    const ledger = make({ ctx, object, downstream: this.#downstream, now: () => this.now });
    this.#owners.set(object, { disk, ledger });
    return ledger;
  }

  /** Something that happens by itself. */
  plan(at: number, run: () => Promise<void>): void {
    this.#plans.push({ at, run });
  }

  /** Moves the clock; alarms ring and messages arrive on the way, each at its time. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    await settled();
    for (let next = this.#nextEvent(); next <= until; next = this.#nextEvent()) {
      this.now = Math.max(this.now, next);
      await this.#runPlans();
      await this.#ringDue();
      await this.#consumeDue();
      await settled();
    }
    this.now = until;
  }

  #nextEvent(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { disk } of this.#owners.values()) next = Math.min(next, disk.alarm ?? next);
    for (const { at } of [...this.#queue, ...this.#plans]) next = Math.min(next, at);
    return next;
  }

  async #runPlans(): Promise<void> {
    const due = this.#plans.filter(({ at }) => at <= this.now);
    this.#plans = this.#plans.filter(({ at }) => at > this.now);
    for (const { run } of due) await run();
  }

  async #ringDue(): Promise<void> {
    for (const { disk, ledger } of this.#owners.values()) {
      if (disk.alarm === null || disk.alarm > this.now) continue;
      disk.alarm = null;
      this.counted.object_calls++;
      await ledger.runDueDuties();
    }
  }

  async #consumeDue(): Promise<void> {
    const due = this.#queue.filter(({ at }) => at <= this.now);
    this.#queue = this.#queue.filter(({ at }) => at > this.now);
    for (let i = 0; i < due.length; i += BATCH_MESSAGES) await this.#consume(due.slice(i, i + BATCH_MESSAGES));
  }

  async #consume(messages: Waiting[]): Promise<void> {
    this.counted.consumer_runs++;
    const batch = {
      queue: "tidings-events",
      messages: messages.map(({ body, attempts }, i) => ({
        id: `${i}`,
        body,
        attempts,
        ack: () => {},
        retry: () => this.#enqueue(body, attempts + 1),
      })),
    };
    await consumeEvents(batch as unknown as MessageBatch, this.env);
  }

  /** A batch closes after a second, so messages of one second share it. */
  #enqueue(body: OutboxMessage, attempts: number): void {
    const open = this.#queue.at(-1);
    const at = open !== undefined && open.at > this.now ? open.at : this.now + BATCH_WAIT_MS;
    this.#queue.push({ body, attempts, sentAt: this.now, at });
  }

  get #downstream(): Downstream {
    return {
      send: async (messages) => {
        for (const body of messages) {
          const text = JSON.stringify(body);
          this.counted.messages++;
          this.counted.queue_operations += queueOperationsOf(text.length);
          this.#enqueue(JSON.parse(text) as OutboxMessage, 1);
        }
      },
      cursor: async (object, purpose) =>
        (await readCursor(this.d1.database, object, purpose)) ?? { epoch: "", pos: 0, rolled: 0, parked: 0 },
      waitingSince: async () => this.#queue[0]?.sentAt,
    };
  }

  /** The bindings that consumers and introductions use. As deployed: points go to Analytics Engine, not to a table. */
  get env(): Env {
    const namespaces = Object.entries(LEDGERS).map(([kind, { binding }]) => {
      const getByName = (name: string) => ({
        confirm: async (purpose: string, cursor: Cursor, resend: boolean) => {
          this.counted.object_calls++;
          await this.#owners.get(`${kind}/${name}`)?.ledger.confirm(purpose, cursor, resend);
        },
        publish: async () => {},
      });
      return [binding, { getByName }];
    });
    return {
      DB: this.d1.database,
      ANALYTICS: { writeDataPoint: () => this.counted.points++ },
      ...Object.fromEntries(namespaces),
    } as unknown as Env;
  }
}
