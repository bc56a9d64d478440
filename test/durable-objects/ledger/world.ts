/* A small world around one ledger: its disk, a queue that loses, repeats and reorders, D1, the real consumer, a clock.
 * Everything that can go wrong is asked for explicitly, so a test reads as a story. */
import { ARCHIVE_PURPOSE, type ArchiveMessage } from "../../../src/domain/archive/batch";
import type { ManifestRow } from "../../../src/domain/archive/manifest";
import type { OutboxMessage } from "../../../src/domain/event";
import type { Delivery } from "../../../src/domain/frame";
import type { AppendAnswer, AppendEvent, AppendRequest } from "../../../src/domain/ledger/append";
import type { Birth } from "../../../src/domain/ledger/draft";
import { candles, feed, type PriceFact, type PriceState } from "../../../src/domain/prices/feed";
import type { PriceCommand } from "../../../src/domain/prices/price";
import type { CheckpointLimits } from "../../../src/durable-objects/ledger/checkpoint";
import { Ledger } from "../../../src/durable-objects/ledger/ledger";
import type { LedgerOptions } from "../../../src/durable-objects/ledger/options";
import { consumeArchive } from "../../../src/queues/archive";
import { consumeEvents } from "../../../src/queues/events";
import { packMessage, readPart } from "../../../src/storage/archive";
import { readCursor } from "../../../src/storage/queries/cursors";
import { FakeBucket } from "../../storage/fake-bucket";
import { FakeD1 } from "./fake-d1";
import { Disk, Life } from "./fake-object";

export const OBJECT = "PriceFeed/AAPL";
export const START_MS = Date.parse("2026-11-21T10:00:00Z");
export const MINUTE = 60_000;

/** So few rows that checkpoints are everywhere; the second leaves nothing of what is remembered to the rows, the third all. */
export const CHECKPOINT_EACH_THIRD: CheckpointLimits = {
  rows: 3,
  chars: 1,
  markRows: 2,
  markChars: 1_000_000,
  recallChars: 5_000,
};
export const CHECKPOINT_EACH_COMMIT = { ...CHECKPOINT_EACH_THIRD, rows: 1, markRows: 1, recallChars: 0 };
export const CHECKPOINT_WITHOUT_MEMORY = { ...CHECKPOINT_EACH_THIRD, markRows: 1, recallChars: 10_000_000 };

export type Feed = Ledger<PriceState, PriceCommand, PriceFact>;

/** Event `i` is a tick in minute `i`, so D1 shows it as a candle of its own: count 1 is exactly once, 2 is twice. */
export const tickOf = (
  i: number,
  stream = "AAPL",
  more: Partial<AppendEvent<PriceCommand>> = {},
): AppendEvent<PriceCommand> => ({
  stream,
  source: "test",
  body: { type: "price", price: i + 1, timestamp: START_MS + i * MINUTE, volume: 1 },
  ...more,
});

export const requestOf = (
  key: string,
  events: AppendEvent<PriceCommand>[],
  hash = "",
): AppendRequest<PriceCommand> => ({ key, hash, events });

interface Waiting {
  body: OutboxMessage;
  attempts: number;
}

export class World {
  now = START_MS;
  readonly disk = new Disk();
  readonly d1 = new FakeD1();
  readonly bucket = new FakeBucket(() => this.now);
  queue: Waiting[] = [];
  readonly #packed = new WeakMap<OutboxMessage, ArchiveMessage>();
  /** The queue refuses what is sent. */
  queueIsDown = false;
  loseConfirmations = false;
  /** What the queue says of its oldest message; undefined when it says nothing. */
  waitingSince: number | undefined;
  introduced: Birth[] = [];
  delivered: { child: string; deliveries: Delivery[] }[] = [];
  deliver: LedgerOptions<PriceState, PriceCommand, PriceFact>["deliver"] = async () => ({ have: {} });
  life = new Life(this.disk);
  feed: Feed;
  #overrides: Partial<LedgerOptions<PriceState, PriceCommand, PriceFact>>;
  #random = 0;

  constructor(overrides: Partial<LedgerOptions<PriceState, PriceCommand, PriceFact>> = {}) {
    this.#overrides = overrides;
    this.feed = this.#born();
  }

  #born(): Feed {
    return new Ledger<PriceState, PriceCommand, PriceFact>(this.life.ctx, {
      object: OBJECT,
      reducer: feed,
      outputs: [candles],
      delayMs: MINUTE,
      downstream: {
        send: async (messages) => {
          if (this.queueIsDown) throw new Error("queue is down");
          // What travels is a copy: the ledger must not rely on sharing memory with its reader.
          for (const body of messages) this.queue.push({ body: structuredClone(body), attempts: 1 });
        },
        cursor: async (object, purpose) =>
          (await readCursor(this.d1.database, object, purpose)) ?? { epoch: "", pos: 0, rolled: 0, parked: 0 },
        waitingSince: async () => this.waitingSince,
      },
      deliver: (child, deliveries) => this.deliver(child, deliveries),
      introduce: async (births) => {
        this.introduced.push(...births);
      },
      now: () => this.now,
      random: () => (this.#random = (this.#random + 0.37) % 1),
      ...this.#overrides,
    });
  }

  /** The object loses its memory, by eviction, deploy or crash, and wakes from its disk. */
  rebirth(): void {
    this.life.die();
    this.life = new Life(this.disk);
    this.feed = this.#born();
  }

  /** Another version of the code takes over the same disk. */
  upgrade(overrides: Partial<LedgerOptions<PriceState, PriceCommand, PriceFact>>): void {
    this.#overrides = overrides;
    this.rebirth();
  }

  /** Rings the alarm if its time has come. */
  async ring(): Promise<void> {
    if (this.disk.alarm === null || this.disk.alarm > this.now) return;
    // The platform makes a dead object anew for its alarm, and rings again when the object died of it.
    if (this.life.dead) this.rebirth();
    const { alarm } = this.disk;
    this.disk.alarm = null;
    await this.feed.runDueDuties();
    if (this.life.dead) this.disk.alarm ??= alarm;
  }

  /** Moves the clock and rings whatever is due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    for (let rings = 0; rings < 1_000 && this.disk.alarm !== null && this.disk.alarm <= until; rings++) {
      this.now = Math.max(this.now, this.disk.alarm);
      await this.ring();
    }
    this.now = until;
  }

  get env(): Env {
    const confirm = async (...args: Parameters<Feed["confirm"]>) => {
      if (!this.loseConfirmations) await this.feed.confirm(...args);
    };
    return {
      DB: this.d1.database,
      ARCHIVE: this.bucket.bucket,
      TIDINGS_RUNTIME: "local",
      PRICE_FEED: { getByName: () => ({ confirm }) },
    } as unknown as Env;
  }

  /** Hands messages to their consumers; what those want to see again goes back into the queue. */
  async consume(messages: Waiting[]): Promise<void> {
    const [archived, others] = [true, false].map((is) =>
      messages.filter(({ body }) => (body.purpose === ARCHIVE_PURPOSE) === is),
    ) as [Waiting[], Waiting[]];
    await this.#hand("tidings-events", others, (body) => body, consumeEvents);
    // What was packed once stays packed: the queue keeps the very same message.
    for (const { body } of archived) {
      if (!this.#packed.has(body)) this.#packed.set(body, await packMessage(this.bucket.bucket, body));
    }
    await this.#hand("tidings-archive", archived, (body) => this.#packed.get(body), consumeArchive);
  }

  async #hand(
    queue: string,
    messages: Waiting[],
    bodyOf: (body: OutboxMessage) => unknown,
    consumer: (batch: MessageBatch, env: Env) => Promise<void>,
  ): Promise<void> {
    const again: Waiting[] = [];
    const batch = {
      queue,
      messages: messages.map(({ body, attempts }, i) => ({
        id: `${i}`,
        body: bodyOf(body),
        attempts,
        ack: () => {},
        retry: () => again.push({ body, attempts: attempts + 1 }),
      })),
    };
    await consumer(batch as unknown as MessageBatch, this.env);
    this.queue.push(...again);
  }

  async drain(): Promise<void> {
    for (let turn = 0; turn < 50 && this.queue.length > 0; turn++) await this.consume(this.queue.splice(0));
  }

  /** Lets everything that can settle settle: alarms ring, messages arrive, nothing fails any more. */
  async settle(): Promise<void> {
    this.queueIsDown = false;
    this.loseConfirmations = false;
    this.d1.failures = 0;
    this.bucket.failures = 0;
    this.life.crashIn = undefined;
    if (this.life.dead) this.rebirth();
    for (let hour = 0; hour < 3; hour++) {
      await this.ring();
      await this.drain();
      await this.advance(35 * MINUTE);
      await this.drain();
    }
  }

  /** As a source does: the same request again until it is acknowledged. */
  async appendUntilAcknowledged(request: AppendRequest<PriceCommand>): Promise<AppendAnswer> {
    for (;;) {
      try {
        return await this.feed.append(request);
      } catch {
        this.rebirth();
      }
    }
  }

  /** Minute of event → how often D1 has it. */
  candleCounts(stream = "AAPL"): Map<number, number> {
    const rows = this.d1.rows<{ start: number; count: number }>(
      "SELECT start, count FROM candles WHERE symbol = ? AND resolution = 'minute'",
      stream,
    );
    return new Map(rows.map(({ start, count }) => [(start - START_MS) / MINUTE, count]));
  }

  /** Minute of event → how often the archive has it, by its manifest. */
  async archivedCounts(): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    for (const row of this.d1.rows<ManifestRow>("SELECT * FROM archive")) {
      const lines = (await readPart(this.bucket.bucket, row)) ?? [];
      if (lines.length !== row.entries) throw new Error(`${lines.length} lines, of ${row.entries} entries`);
      for (const { type, data } of lines.map((line) => JSON.parse(line))) {
        if (type !== "price") continue;
        const minute = (Date.parse(data.timestamp) - START_MS) / MINUTE;
        counts.set(minute, (counts.get(minute) ?? 0) + 1);
      }
    }
    return counts;
  }

  parkedEvents(): number[] {
    return this.d1
      .rows<{ body: string }>("SELECT body FROM dead_letters")
      .map(({ body }) => (JSON.parse(body).start - START_MS) / MINUTE);
  }
}
