/* Putting back from the archive what D1 lost, after random histories: objects and D1 that go back to earlier states, an
 * archive that is ahead or behind, messages that are lost, doubled, shuffled and late, a command that breaks off, is repeated,
 * and runs beside itself. What is acknowledged is in D1 exactly once then, unless it is in a hole that is still reported. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { RAW_PREFIX } from "../../src/domain/archive/manifest";
import type { Refilled } from "../../src/domain/audit";
import { refill } from "../../src/queues/refill";
import { decompress } from "../../src/storage/archive";
import type { Tables } from "../durable-objects/ledger/fake-d1";
import { type Step, step } from "../durable-objects/ledger/steps";
import { eventsIn, Story } from "../durable-objects/ledger/story";
import { MINUTE, requestOf, tickOf, type World } from "../durable-objects/ledger/world";
import { fc, holds } from "../property";

const RUNS = Number(process.env.TIDINGS_RUNS ?? 200);
/** As long as an event waits for earlier numbers of its source. */
const HELD_MS = 2_100;
/** Events whose parts are more than a batch of D1 takes with those before. */
const MANY = 1_000;
/** Rows after which an object writes down its state: those before may be recycled. */
const CHECKPOINT_ROWS = 4_096;
const LIMITS = { parts: 300, chars: 1_000_000, ms: 60_000 };

type LossStep =
  | Step
  | { do: "zombie"; back: number }
  | { do: "keep-d1" | "lose-d1" | "mark" | "told" | "later" }
  | { do: "hand"; purpose: "archive" | "candles" }
  | { do: "refill"; parts: number; failing: "d1" | "bucket" | undefined; zombie: number | undefined };

const hand = (purpose: "archive" | "candles"): LossStep => ({ do: "hand", purpose });
const events: fc.Arbitrary<LossStep> = fc.record({
  do: fc.constant("append" as const),
  count: fc.integer({ min: 1, max: 3 }),
  kind: fc.constant("plain" as const),
  stream: fc.constantFrom("AAPL" as const, "MSFT" as const),
  crashIn: fc.constant(undefined),
});
const some = fc.array(events, { minLength: 1, maxLength: 4 });
const sent: LossStep = { do: "advance", ms: 61_000, crashIn: undefined };

/** The object goes back, and the archive has more of what it lost than D1 has. */
const objectLoss = fc
  .tuple(some, some, fc.boolean(), fc.constantFrom("restore" as const, "told" as const))
  .map(([before, after, isSplit, how]): LossStep[] => [
    ...[{ do: "bookmark" } as const, ...before, sent, hand("archive"), ...(isSplit ? [hand("candles")] : [])],
    ...[...after, sent, hand("archive"), { do: how } as const],
  ]);

/** D1 goes back, and the object's log begins later by then. */
const d1Loss = fc
  .tuple(some, some, some, fc.constantFrom<LossStep[]>([], [{ do: "told" }], [{ do: "restore" }]))
  .map(([before, after, last, between]): LossStep[] => [
    ...[...before, sent, hand("archive"), { do: "keep-d1" } as const, hand("candles")],
    ...[
      ...after,
      sent,
      hand("archive"),
      hand("candles"),
      { do: "mark" } as const,
      sent,
      hand("archive"),
      hand("candles"),
    ],
    ...[{ do: "later" } as const, ...last, ...last, sent, ...between, { do: "lose-d1" } as const],
  ]);

const anyStep: fc.Arbitrary<LossStep> = fc.oneof(
  { weight: 12, arbitrary: step },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("zombie" as const), back: fc.nat(12) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...(["keep-d1", "lose-d1", "mark", "told", "later"] as const),
        ...(["bookmark", "restore", "told"] as const),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("refill" as const),
      parts: fc.integer({ min: 1, max: 4 }),
      failing: fc.constantFrom("d1" as const, "bucket" as const, undefined),
      zombie: fc.option(fc.nat(12), { nil: undefined }),
    }),
  },
);

const history = fc
  .array(
    fc.oneof(
      { weight: 10, arbitrary: anyStep.map((one) => [one]) },
      { weight: 1, arbitrary: objectLoss },
      { weight: 1, arbitrary: d1Loss },
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((chunks) => chunks.flat());

class LossStory extends Story {
  readonly #places = new Map<number, { epoch: string; n: number }>();
  readonly #sent: World["queue"] = [];
  #d1: Tables | undefined;

  async runLoss(one: LossStep): Promise<void> {
    const { world } = this;
    if (world.life.dead) world.rebirth();
    switch (one.do) {
      case "zombie":
        await world.consume(this.#zombie(one.back));
        break;
      case "hand": {
        const mine = world.queue.filter(({ body }) => body.purpose === one.purpose);
        world.queue = world.queue.filter((waiting) => !mine.includes(waiting));
        await world.consume(mine);
        break;
      }
      case "keep-d1":
        this.#d1 = world.d1.bookmark();
        break;
      case "lose-d1":
        if (this.#d1 !== undefined) world.d1.restore(this.#d1);
        break;
      case "mark":
        world.d1.failures = 0;
        await world.feed.restored();
        break;
      case "told":
        await this.restore(true);
        break;
      case "later":
        await world.advance(20 * MINUTE);
        break;
      case "refill":
        await this.#refillBadly(one);
        break;
      case "bookmark":
        // What is held then is applied by what is lost, and again by what is restored.
        await world.advance(HELD_MS);
        await this.run(one);
        break;
      default:
        await this.run(one);
    }
    this.#look();
  }

  /** Everything that was ever sent may come again. */
  #zombie(back: number): World["queue"] {
    const found = this.#sent.at(-1 - back);
    return found === undefined ? [] : [structuredClone(found)];
  }

  #look(): void {
    const { queue, disk } = this.world;
    for (const waiting of queue) if (!this.#sent.includes(waiting)) this.#sent.push(waiting);
    if (!disk.bookmark().tables.some(({ name }) => name === "log")) return;
    for (const row of disk.db.prepare("SELECT n, body FROM log").all() as { n: number; body: string }[]) {
      const epoch = JSON.parse(row.body.slice(0, row.body.indexOf("\n"))).e;
      for (const i of eventsIn(row.body)) this.#places.set(i, { epoch, n: row.n });
    }
  }

  protected override placeOf(i: number): { epoch: string; n: number } | undefined {
    return this.#places.get(i) ?? super.placeOf(i);
  }

  async #refillBadly({ parts, failing, zombie }: Extract<LossStep, { do: "refill" }>): Promise<void> {
    const { world } = this;
    if (failing === "d1") world.d1.failures = 1;
    if (failing === "bucket") world.bucket.failures = 1;
    const late = zombie === undefined ? [] : this.#zombie(zombie);
    await Promise.allSettled([this.refill(parts), this.refill(parts + 1), world.consume(late)]);
  }

  async refill(parts = LIMITS.parts): Promise<Refilled> {
    const audit = await this.world.feed.audit([]);
    return refill(this.world.env, audit, { ...LIMITS, parts });
  }

  async settleAll(): Promise<void> {
    await this.world.settle();
    await this.world.feed.wake();
    await this.world.settle();
    this.#look();
  }

  /** As the command does, until there is nothing more to do. */
  async refillAll(): Promise<Refilled> {
    for (let turn = 0; turn < 20; turn++) {
      await this.settleAll();
      const answer = await this.refill();
      if (!answer.repeat) return answer;
    }
    throw new Error("there is always more to do");
  }

  /** In the bucket, named by the manifest or not, and not in D1. */
  notPutBack(): number[] {
    const { world } = this;
    const has = new Set([
      ...world.candleCounts("AAPL").keys(),
      ...world.candleCounts("MSFT").keys(),
      ...world.parkedEvents(),
    ]);
    const kept = [...world.bucket.stored].filter(([key]) => key.startsWith(RAW_PREFIX));
    const lines = kept.map(([, { bytes }]) => `\n${decompress(bytes)}`);
    return lines.flatMap(eventsIn).filter((i) => !has.has(i));
  }
}

// What fails on purpose is told there.
beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => undefined));

describe("what D1 lost", () => {
  it("is put back once from the archive, or is still reported", async () => {
    await holds(
      fc.asyncProperty(history, async (steps) => {
        const story = new LossStory();
        for (const one of steps) await story.runLoss(one);
        await story.refillAll();
        await story.check();
        expect(story.notPutBack()).toEqual([]);
        const before = story.world.d1.bookmark();
        const again = await story.refill();
        expect(again.holes.filter(({ found }) => found > 0)).toEqual([]);
        expect(story.world.d1.bookmark()).toEqual(before);
      }),
      { numRuns: RUNS },
    );
  }, 240_000);

  it("is put back in as many requests as it needs", async () => {
    const story = new LossStory();
    const { world } = story;
    await world.feed.append(requestOf("first", [tickOf(6 * MANY)]));
    await story.settleAll();
    await story.run({ do: "bookmark" });
    for (let round = 0; round < 3; round++) {
      // Rows of a batch each, and two of them a round.
      for (const first of [2 * round, 2 * round + 1].map((i) => i * MANY)) {
        const ticks = Array.from({ length: MANY }, (_, i) => tickOf(first + i));
        await world.feed.append(requestOf(`k${first}`, ticks));
      }
      await story.runLoss(sent);
      await story.runLoss(hand("archive"));
    }
    world.queue = [];
    await story.runLoss({ do: "told" });
    await story.settleAll();
    for (const done of [2, 4]) {
      expect(await story.refill(1)).toMatchObject({ repeat: true, holes: [{ closed: false }] });
      expect(world.candleCounts().size).toBe(1 + done * MANY);
    }
    expect((await story.refillAll()).holes).toMatchObject([{ closed: true, missing: [] }]);
    const counts = world.candleCounts();
    expect([counts.size, new Set(counts.values())]).toEqual([1 + 6 * MANY, new Set([1])]);
    expect(await story.refill()).toMatchObject({ repeat: false, holes: [] });
  });

  it.each([false, true])(
    "adds up where D1 goes back within the epoch of a shortened log; a late message: %s",
    async (isLate) => {
      const story = new LossStory();
      const { world } = story;
      const append = async (from: number, to: number) => {
        for (let i = from; i < to; i++) await world.feed.append(requestOf(`k${i}`, [tickOf(i % 5)]));
      };
      const inD1 = () => [...world.candleCounts().values()].reduce((sum, count) => sum + count, 0);
      await append(0, 3);
      await story.settleAll();
      await story.runLoss({ do: "keep-d1" });
      await append(3, 13);
      await story.runLoss(sent);
      const late = structuredClone(world.queue);
      await append(13, CHECKPOINT_ROWS);
      await story.settleAll();
      await append(CHECKPOINT_ROWS, CHECKPOINT_ROWS + 10);
      await story.settleAll();
      await story.runLoss({ do: "lose-d1" });
      // The object has counted anew, and only then a message of before brings what it no longer has.
      await world.feed.wake();
      world.queue = [];
      await world.consume(late.slice(0, isLate ? 1 : 0));
      await story.settleAll();
      const lost = { purpose: "candles", reason: "log_recycled" };
      // What D1 got after all is no hole, whatever the object has noted.
      expect(await story.holes()).toMatchObject([...(isLate ? [] : [lost]), { ...lost, purpose: "archive" }]);
      expect(inD1() === CHECKPOINT_ROWS + 10).toBe(isLate);
      await story.refillAll();
      expect(await story.holes()).toMatchObject([{ ...lost, purpose: "archive" }]);
      expect(inD1()).toBe(CHECKPOINT_ROWS + 10);
    },
  );
});
