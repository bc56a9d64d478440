/* A child that must get every frame of every stream: it is down, loses answers, forgets, and is restored to an earlier
 * moment; the object is evicted, restored and crashes. */
import { describe, expect, it, vi } from "vitest";
import { comparePositions, type Position } from "../../../src/domain/ledger/position";
import { framesByTopic } from "../../../src/domain/ledger/row";
import { fc, holds } from "../../property";
import { Follower, NAME } from "./fake-follower";
import { requestOf, tickOf, World } from "./world";

const MINUTE = 60_000;

/** Lets calls that are under way come to their end. */
const calls = () => new Promise<void>((resolve) => setImmediate(resolve));

function followed(): { world: World; follower: Follower } {
  // Outputs have lanes of their own that keep rows; here only the follower does.
  const world = new World({ followers: [NAME], outputs: [], repairMs: 2_000 });
  const follower = new Follower();
  world.deliver = follower.deliver;
  return { world, follower };
}

async function append(world: World, key: string, ...streams: string[]): Promise<void> {
  const events = (streams.length === 0 ? ["AAPL"] : streams).map((stream) => tickOf(0, stream));
  await world.feed.append(requestOf(key, events));
  await calls();
}

describe("a follower", () => {
  it("gets every frame of every stream from the first, without a lease", async () => {
    const { world, follower } = followed();
    await append(world, "a");
    await append(world, "b", "AAPL", "MSFT");
    await append(world, "c", "MSFT", "MSFT");
    expect(follower.seqs("AAPL")).toEqual([1, 2]);
    expect(follower.seqs("MSFT")).toEqual([1, 2, 3]);
  });

  it("is called again by the alarm after a call that failed", async () => {
    const { world, follower } = followed();
    follower.failing = true;
    await append(world, "a");
    expect(world.disk.alarm).not.toBeNull();
    await world.advance(5_000);
    follower.failing = false;
    await world.advance(10_000);
    expect(follower.seqs()).toEqual([1]);
  });

  it("gets nothing twice when its answer is lost", async () => {
    const { world, follower } = followed();
    follower.losingAnswers = true;
    await append(world, "a");
    follower.losingAnswers = false;
    await append(world, "b");
    await world.advance(10_000);
    expect(follower.seqs()).toEqual([1, 2]);
  });

  it("is never given up", async () => {
    const { world, follower } = followed();
    follower.failing = true;
    await append(world, "a");
    await world.advance(24 * 60 * MINUTE);
    follower.failing = false;
    await world.advance(MINUTE);
    // The tick, and the close of its minute.
    expect(follower.seqs()).toEqual([1, 2]);
  });

  it("is tried every few seconds, however long it has been gone", async () => {
    const { world, follower } = followed();
    follower.failing = true;
    await append(world, "a");
    await world.advance(10 * MINUTE);
    const before = follower.calls;
    await world.advance(MINUTE);
    expect(follower.calls - before).toBeGreaterThanOrEqual(10);
  });

  it("gets a frame that a crash left unsent, by the alarm that was set with the commit", async () => {
    const { world, follower } = followed();
    follower.failing = true;
    await append(world, "a");
    world.rebirth();
    follower.failing = false;
    await world.advance(3_000);
    await calls();
    expect(follower.seqs()).toEqual([1]);
  });

  it("is not called when an object that it has all of wakes to be read", async () => {
    const { world, follower } = followed();
    await append(world, "a");
    const before = follower.calls;
    world.rebirth();
    await world.feed.stream("AAPL");
    await world.advance(MINUTE / 2);
    expect(follower.calls).toBe(before);
  });

  it("makes an object that never appended write nothing", async () => {
    const { world, follower } = followed();
    await world.feed.stream("AAPL");
    await world.feed.wake();
    expect(world.disk.bookmark().tables).toEqual([]);
    expect([world.disk.rowsWritten, world.disk.alarm, follower.calls]).toEqual([0, null, 0]);
  });

  it("has rows kept until it has them, and recycled afterwards", async () => {
    const { world, follower } = followed();
    world.upgrade({ followers: [NAME], outputs: [], repairMs: 2_000, limits: { recycleBytes: 0, fullBytes: 1e9 } });
    follower.failing = true;
    for (let i = 0; i < 5; i++) await append(world, `a${i}`);
    // Writes a checkpoint: now only the follower still needs the rows.
    await world.feed.restored();
    for (let i = 5; i < 10; i++) await append(world, `a${i}`);
    const rows = () => world.disk.db.prepare("SELECT count(*) AS n FROM log").get() as { n: number };
    expect(rows().n).toBe(10);
    follower.failing = false;
    await world.advance(MINUTE / 2);
    for (let i = 10; i < 15; i++) await append(world, `a${i}`);
    expect(rows().n).toBe(10);
    expect(follower.seqs()).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("takes a new epoch from its first frame, after the last of the one before", async () => {
    const { world, follower } = followed();
    follower.failing = true;
    await append(world, "a");
    await world.feed.append(requestOf("d", [{ stream: "AAPL", source: "test", body: { type: "delete" } }]));
    await append(world, "b");
    follower.failing = false;
    await world.advance(MINUTE / 2);
    expect(follower.seqs()).toEqual([1, 2, 1]);
  });

  it("is sent again what it lost when it was restored to an earlier moment", async () => {
    const { world, follower } = followed();
    for (let i = 0; i < 4; i++) await append(world, `a${i}`);
    follower.have.set("prices/AAPL", { ...(follower.have.get("prices/AAPL") as Position), seq: 2 });
    await append(world, "b");
    expect(follower.seqs()).toEqual([1, 2, 3, 4, 3, 4, 5]);
  });

  it("is asked by the watchdog, so a quiet stream is repaired as well", async () => {
    const { world, follower } = followed();
    for (let i = 0; i < 4; i++) await append(world, `a${i}`, "AAPL", "MSFT");
    follower.have.delete("prices/AAPL");
    await world.feed.wake();
    await calls();
    expect(follower.seqs("AAPL")).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(follower.seqs("MSFT")).toEqual([1, 2, 3, 4]);
  });

  it("is asked about a thousand streams with one call that shows no frame", async () => {
    const { world, follower } = followed();
    const streams = Array.from({ length: 1_000 }, (_, i) => `S${i}`);
    for (const key of ["a", "b", "c"]) await append(world, key, ...streams);
    follower.have.set("prices/S7", { ...(follower.have.get("prices/S7") as Position), seq: 1 });
    const before = { calls: follower.calls, frames: follower.frames };
    await world.feed.wake();
    await calls();
    expect(follower.seqs("S7")).toEqual([1, 2, 3, 2, 3]);
    expect([follower.calls - before.calls, follower.frames - before.frames]).toEqual([2, 2]);
  });

  it("gets rows of a thousand streams in a time that grows with them, not with their square", async () => {
    const { world, follower } = followed();
    const line = (i: number) => `{"topic":"prices/S${i}","epoch":"e","seq":1,"data":"${"x".repeat(200)}"}`;
    const body = (n: number) => ["{}", ...Array.from({ length: n }, (_, i) => line(i)), "{}"].join("\n");
    const looks = (n: number) => {
      const spy = vi.spyOn(String.prototype, "split");
      const framesOf = framesByTopic(body(n));
      for (let i = 0; i < n; i++) expect(framesOf(`prices/S${i}`)).toEqual([line(i)]);
      const { length } = spy.mock.calls;
      spy.mockRestore();
      return length;
    };
    expect(looks(1_000)).toBe(looks(10));
    await append(world, "a", "S0", "S1", "S0");
    expect([follower.seqs("S0"), follower.seqs("S1")]).toEqual([[1, 2], [1]]);
  });

  it("is given a snapshot for what is no longer kept", async () => {
    const { world, follower } = followed();
    for (let i = 0; i < 4; i++) await append(world, `a${i}`);
    world.disk.db.exec("DELETE FROM log WHERE n < 3");
    follower.have.clear();
    world.rebirth();
    await append(world, "b");
    expect(follower.snapshots).toBe(1);
    expect(follower.have.get("prices/AAPL")?.seq).toBe(5);
    await append(world, "c");
    expect(follower.seqs().at(-1)).toBe(6);
  });

  it("may be added to a class whose objects have a log", async () => {
    const { world, follower } = followed();
    world.upgrade({ outputs: [] });
    await append(world, "a");
    world.upgrade({ followers: [NAME], outputs: [] });
    await append(world, "b");
    expect(follower.seqs()).toEqual([1, 2]);
  });

  it("gets each frame once and in order, whatever fails", async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("AAPL", "MSFT", "both") },
      fc.constantFrom("down", "up", "lose", "answer", "evict", "crash", "fork", "second", "minutes", "wake"),
    );
    await holds(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { world, follower } = followed();
        for (const [i, what] of steps.entries()) await take(world, follower, what, i);
        follower.failing = false;
        follower.losingAnswers = false;
        world.life.crashIn = undefined;
        if (world.life.dead) world.rebirth();
        await world.advance(2 * MINUTE);
        await calls();
        for (const stream of ["AAPL", "MSFT"]) {
          const found = await world.feed.stream(stream);
          const got = follower.got.get(`prices/${stream}`) ?? [];
          expect(new Set(got).size).toBe(got.length);
          const last = got.at(-1) ?? ":0";
          // Right after a fork a stream has an epoch without frames.
          if ((found?.seq ?? 0) > 0) expect(last).toBe(`${found?.epoch}:${found?.seq}`);
          expect([...got].sort(byPosition)).toEqual(got);
        }
        expect(lost(world, follower)).toEqual([]);
      }),
      // Asked about the epoch after a fork, with a frame of the one before still to come.
      { numRuns: 150, examples: [[["lose", "AAPL", "wake", "AAPL", "fork"]]] },
    );
  });
});

const positionOf = (text: string): Position => {
  const [epoch = "", seq] = text.split(":");
  return { epoch, seq: Number(seq) };
};
const byPosition = (a: string, b: string): number => comparePositions(positionOf(a), positionOf(b));

/** Frames of the log that the follower never got. */
function lost(world: World, follower: Follower): string[] {
  const rows = world.disk.bookmark().tables.some(({ name }) => name === "log")
    ? (world.disk.db.prepare("SELECT body FROM log ORDER BY n").all() as { body: string }[])
    : [];
  return rows
    .flatMap(({ body }) => body.split("\n").slice(1, -1))
    .map((line) => JSON.parse(line) as { topic: string; epoch: string; seq: number })
    .filter(({ topic, epoch, seq }) => !follower.got.get(topic)?.includes(`${epoch}:${seq}`))
    .map(({ topic, epoch, seq }) => `${topic} ${epoch}:${seq}`);
}

async function take(world: World, follower: Follower, what: string, i: number): Promise<void> {
  if (world.life.dead) world.rebirth();
  if (what === "down") follower.failing = true;
  else if (what === "up") follower.failing = false;
  else if (what === "lose") follower.losingAnswers = true;
  else if (what === "answer") follower.losingAnswers = false;
  else if (what === "evict") world.rebirth();
  else if (what === "crash") world.life.crashIn = 3 + (i % 5);
  else if (what === "second") await world.advance(1_000);
  else if (what === "minutes") await world.advance(3 * MINUTE);
  else
    await attempt(async () => {
      if (what === "fork") await world.feed.restored();
      else if (what === "wake") await world.feed.wake();
      else await append(world, `s${i}`, ...(what === "both" ? ["AAPL", "MSFT"] : [what]));
    });
  await calls();
}

/** A crash in the middle is what the next step finds. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    // The object died.
  }
}
