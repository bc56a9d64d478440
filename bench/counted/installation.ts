/* A whole installation in memory: the real ledgers, outputs and consumer over node:sqlite, with a clock of its own, and a
 * count of every operation that costs money. The doubles are the tests' own.
 *
 * Not in it, because it is bounded by symbols or listeners and not by ticks: the topic of symbols, hubs and their leases,
 * reads. CPU and duration are not counted either. */
import type { OutboxMessage } from "../../src/domain/event";
import type { AppendEvent } from "../../src/domain/ledger/append";
import { candles, feed, type PriceFact, type PriceState } from "../../src/domain/prices/feed";
import { partitionOf } from "../../src/domain/partition";
import { sharesOf } from "../../src/domain/prices/posting";
import type { PriceCommand, PriceInput } from "../../src/domain/prices/price";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { introduceSymbols } from "../../src/durable-objects/symbols";
import { consumeEvents } from "../../src/queues/events";
import { readCursor } from "../../src/storage/queries/cursors";
import { FakeD1 } from "../../test/durable-objects/ledger/fake-d1";
import { Disk, Life } from "../../test/durable-objects/ledger/fake-object";
import { type Counts, queueOperationsOf } from "../cost.ts";

/** As in wrangler.toml. */
const OUTBOX_DELAY_MS = 60_000;
const BATCH_MESSAGES = 100;
const BATCH_WAIT_MS = 1_000;

interface Owner {
  disk: Disk;
  ledger: Ledger<PriceState, PriceCommand, PriceFact>;
}

interface Waiting {
  body: OutboxMessage;
  attempts: number;
  sentAt: number;
  /** When the consumer sees it. */
  at: number;
}

export class Installation {
  now: number;
  readonly #partitions: number | undefined;
  readonly #d1 = new FakeD1();
  readonly #owners = new Map<string, Owner>();
  #queue: Waiting[] = [];
  #requests = 0;
  readonly #counted: Pick<
    Counts,
    "ticks" | "object_calls" | "messages" | "queue_operations" | "consumer_runs" | "points"
  > = { ticks: 0, object_calls: 0, messages: 0, queue_operations: 0, consumer_runs: 0, points: 0 };

  /** @param partitions as PRICE_PARTITIONS; undefined is one object per symbol */
  constructor(start: number, partitions?: number) {
    this.now = start;
    this.#partitions = partitions;
  }

  get counts(): Counts {
    let rows = 0;
    for (const { disk } of this.#owners.values()) rows += disk.rowsWritten;
    return {
      ...this.#counted,
      requests: this.#requests,
      rows_written: rows,
      d1_rows_written: this.#d1.rowsWritten,
    };
  }

  get objects(): number {
    return this.#owners.size;
  }

  /** Ticks that D1 has in its minute candles. */
  get rolledUp(): number {
    return (
      this.#d1.rows<{ n: number }>("SELECT coalesce(sum(count), 0) AS n FROM candles WHERE resolution = 'minute'")[0]
        ?.n ?? 0
    );
  }

  /** One request of a source, with what the Worker does for it. */
  async post(prices: PriceInput[]): Promise<void> {
    this.#requests++;
    this.#counted.ticks += prices.length;
    const sender = { principal: "bench", key: `request-${this.#requests}`, hash: "" };
    const shares = sharesOf(prices, sender, (symbol) => partitionOf(symbol, this.#partitions));
    for (const [name, { request }] of shares) {
      this.#counted.object_calls++;
      const answer = await this.#owner(name).ledger.append(
        request as { events: AppendEvent<PriceCommand>[] } & typeof request,
      );
      if (!answer.ok) throw new Error(`An append was refused: ${answer.detail}`);
    }
  }

  /** Moves the clock; alarms ring and messages arrive on the way, each at its time. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    for (let next = this.#nextEvent(); next <= until; next = this.#nextEvent()) {
      this.now = Math.max(this.now, next);
      await this.#ringDue();
      await this.#consumeDue();
    }
    this.now = until;
  }

  #nextEvent(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { disk } of this.#owners.values()) next = Math.min(next, disk.alarm ?? next);
    for (const { at } of this.#queue) next = Math.min(next, at);
    return next;
  }

  async #ringDue(): Promise<void> {
    for (const { disk, ledger } of this.#owners.values()) {
      if (disk.alarm === null || disk.alarm > this.now) continue;
      disk.alarm = null;
      this.#counted.object_calls++;
      await ledger.runDueDuties();
    }
  }

  async #consumeDue(): Promise<void> {
    const due = this.#queue.filter(({ at }) => at <= this.now);
    this.#queue = this.#queue.filter(({ at }) => at > this.now);
    for (let i = 0; i < due.length; i += BATCH_MESSAGES) await this.#consume(due.slice(i, i + BATCH_MESSAGES));
  }

  async #consume(messages: Waiting[]): Promise<void> {
    this.#counted.consumer_runs++;
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
    await consumeEvents(batch as unknown as MessageBatch, this.#env);
  }

  #enqueue(body: OutboxMessage, attempts: number): void {
    this.#queue.push({ body, attempts, sentAt: this.now, at: this.now + BATCH_WAIT_MS });
  }

  #send(messages: OutboxMessage[]): void {
    for (const body of messages) {
      const text = JSON.stringify(body);
      this.#counted.messages++;
      this.#counted.queue_operations += queueOperationsOf(text.length);
      this.#enqueue(JSON.parse(text) as OutboxMessage, 1);
    }
  }

  #owner(name: string): Owner {
    let owner = this.#owners.get(name);
    if (owner === undefined) {
      owner = this.#born(name);
      this.#owners.set(name, owner);
    }
    return owner;
  }

  #born(name: string): Owner {
    const disk = new Disk();
    const { ctx } = new Life(disk);
    const ledger = new Ledger<PriceState, PriceCommand, PriceFact>(ctx, {
      object: `PriceFeed/${name}`,
      reducer: feed,
      outputs: [candles],
      delayMs: OUTBOX_DELAY_MS,
      downstream: {
        send: async (messages) => this.#send(messages),
        cursor: async (object, purpose) =>
          (await readCursor(this.#d1.database, object, purpose)) ?? { epoch: "", pos: 0, rolled: 0, parked: 0 },
        waitingSince: async () => this.#queue[0]?.sentAt,
      },
      deliver: async () => ({ have: {} }),
      introduce: (births) => introduceSymbols(this.#env, name, births),
      now: () => this.now,
    });
    return { disk, ledger };
  }

  /** The bindings that consumers and introductions use. As deployed: points go to Analytics Engine, not to a table. */
  get #env(): Env {
    const confirm =
      (name: string) => async (purpose: string, cursor: { epoch: string; pos: number }, resend: boolean) => {
        this.#counted.object_calls++;
        await this.#owner(name).ledger.confirm(purpose, cursor, resend);
      };
    return {
      DB: this.#d1.database,
      ANALYTICS: { writeDataPoint: () => this.#counted.points++ },
      PRICE_FEED: { getByName: (name: string) => ({ confirm: confirm(name) }) },
      TOPIC: { getByName: () => ({ publish: async () => {} }) },
    } as unknown as Env;
  }
}
