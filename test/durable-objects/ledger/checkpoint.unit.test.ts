/* What a checkpoint leaves to the rows before it: a woken object remembers what the one before it did, and a checkpoint does
 * not grow with what is remembered. */
import { describe, expect, it } from "vitest";
import { IDENTITY_MS } from "../../../src/domain/ledger/identity";
import type { CheckpointLimits } from "../../../src/durable-objects/ledger/checkpoint";
import { fc, holds } from "../../property";
import {
  CHECKPOINT_EACH_COMMIT,
  CHECKPOINT_EACH_THIRD,
  CHECKPOINT_WITHOUT_MEMORY,
  MINUTE,
  requestOf,
  tickOf,
  World,
} from "./world";

/** Rows are recycled as soon as nobody needs them. */
const LIMITS = { recycleBytes: 0, fullBytes: 1e9 };

type Step =
  | { do: "event"; id: number }
  | { do: "request"; key: number }
  | { do: "wait"; minutes: number }
  | { do: "wake" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant("event" as const), id: fc.nat(20) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("request" as const), key: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(0.5, 0.5, 0.5, 3, 14, -0.5) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wake" as const) }) },
);

/** The plain way: when each was last taken in, and the answer to it. */
type Model = Map<string, { at: number; seq: number }>;

/** Within 15 minutes a repetition is one. Later an event is new, and a request may be either. */
function check(model: Model, name: string, now: number, { seq, duplicate }: { seq: number; duplicate: boolean }): void {
  const known = model.get(name);
  const isKnown = known !== undefined && now - known.at < IDENTITY_MS;
  if (isKnown || !name.startsWith("request")) expect([name, duplicate]).toEqual([name, isKnown]);
  if (duplicate) expect([name, seq]).toEqual([name, known?.seq]);
  else model.set(name, { at: now, seq });
}

async function run(steps: Step[], checkpoints: CheckpointLimits): Promise<void> {
  const world = new World({ checkpoints, limits: LIMITS });
  const model: Model = new Map();
  const ask = async (name: string, key: string, hash: string, event: ReturnType<typeof tickOf>) => {
    const answer = await world.feed.append(requestOf(key, [event], hash));
    check(model, name, world.now, answer.receipts[0] as { seq: number; duplicate: boolean });
  };
  for (const [i, one] of steps.entries()) {
    if (one.do === "event")
      await ask(`event ${one.id}`, `own ${i}`, "", tickOf(0, "AAPL", { id: `e${one.id}`, hash: "h" }));
    else if (one.do === "request") await ask(`request ${one.key}`, `key ${one.key}`, "h", tickOf(0));
    else if (one.do === "wait") await world.advance(one.minutes * MINUTE);
    else world.rebirth();
    await world.drain();
  }
}

describe("a checkpoint", () => {
  it("and the rows it needs remember what was taken in", async () => {
    await holds(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 120 }),
        fc.constantFrom(CHECKPOINT_EACH_COMMIT, CHECKPOINT_EACH_THIRD, CHECKPOINT_WITHOUT_MEMORY),
        run,
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  /** How many events it has itself, and how many it leaves to the rows. */
  function remembered(world: World): { saved: number; left: number } {
    const pieces = world.disk.db.prepare("SELECT body FROM checkpoint ORDER BY i").all() as { body: string }[];
    const { identities, pos, memory } = JSON.parse(pieces.map(({ body }) => body).join(""));
    return { saved: identities[0].length, left: pos - memory.pos };
  }

  it("does not grow with what is remembered", async () => {
    const world = new World({ checkpoints: { ...CHECKPOINT_WITHOUT_MEMORY, rows: 50 } });
    for (let i = 0; i < 1_000; i++) {
      world.now += 100;
      await world.feed.append(requestOf(`k${i}`, [tickOf(0, "AAPL", { id: `e${i}`, hash: "h" })]));
    }
    const { saved, left } = remembered(world);
    expect(saved).toBeLessThan(5);
    expect(saved + left).toBeGreaterThan(900);
    world.rebirth();
    const again = await world.feed.append(requestOf("again", [tickOf(0, "AAPL", { id: "e1", hash: "h" })]));
    expect(again.receipts[0]).toMatchObject({ duplicate: true, seq: 2 });
  });

  it("has the rows kept that it needs, when everybody else has passed them", async () => {
    const world = new World({ checkpoints: CHECKPOINT_WITHOUT_MEMORY, limits: LIMITS });
    const known = (i: number) => tickOf(0, "AAPL", { id: `e${i}`, hash: "h" });
    const seqs: unknown[] = [];
    for (let i = 0; i < 40; i++) {
      seqs.push((await world.feed.append(requestOf(`k${i}`, [known(i)]))).receipts[0]?.seq);
      await world.advance(MINUTE / 10);
      await world.drain();
    }
    world.rebirth();
    for (let i = 0; i < 40; i++) {
      const answer = await world.feed.append(requestOf(`again ${i}`, [known(i)]));
      expect(answer.receipts[0]).toMatchObject({ duplicate: true, seq: seqs[i] });
    }
  });

  it("has what too many rows would have to be read for", async () => {
    const world = new World({
      checkpoints: { ...CHECKPOINT_EACH_THIRD, rows: 50, recallChars: 2_000 },
      limits: LIMITS,
    });
    for (let i = 0; i < 200; i++) {
      await world.feed.append(requestOf(`k${i}`, [tickOf(0, "AAPL", { id: `e${i}`, hash: "h" })]));
    }
    await world.settle();
    for (let i = 200; i < 300; i++) await world.feed.append(requestOf(`k${i}`, [tickOf(0)]));
    const { n } = world.disk.db.prepare("SELECT min(n) AS n FROM log").get() as { n: number };
    expect(n).toBeGreaterThan(1);
    const { saved, left } = remembered(world);
    expect(saved).toBe(200);
    expect(left).toBeLessThan(20);
  });

  const positionOf = (world: World): number => {
    const pieces = world.disk.db.prepare("SELECT body FROM checkpoint ORDER BY i").all() as { body: string }[];
    return JSON.parse(pieces.map(({ body }) => body).join("")).pos;
  };

  it("is made as often when the object sleeps after each commit", async () => {
    const world = new World({ checkpoints: { ...CHECKPOINT_WITHOUT_MEMORY, rows: 5 } });
    const positions = new Set<number>();
    for (let i = 1; i <= 40; i++) {
      await world.feed.append(requestOf(`k${i}`, [tickOf(0, "AAPL", { id: `e${i}`, hash: "h" })]));
      world.rebirth();
      // Coming back reads a tail that does not grow.
      if (i <= 20) continue;
      expect(i - positionOf(world)).toBeLessThan(10);
      positions.add(positionOf(world));
    }
    expect(positions.size).toBeLessThan(6);
  });

  it.each(["rows", "chars"] as const)(
    "of a large core is made more seldom than so many %s would have it",
    async (by) => {
      const many = 1_000_000_000;
      const world = new World({
        checkpoints: { ...CHECKPOINT_WITHOUT_MEMORY, rows: many, chars: many, [by]: 3 },
      });
      const symbols = Array.from({ length: 200 }, (_, i) => tickOf(0, `S${i}`));
      await world.feed.append(requestOf("large", symbols));
      const append = async (from: number, to: number) => {
        for (let i = from; i < to; i++) await world.feed.append(requestOf(`k${i}`, [tickOf(0)]));
        return positionOf(world);
      };
      const before = await append(0, 5);
      expect(await append(5, 30)).toBe(before);
    },
  );
});
