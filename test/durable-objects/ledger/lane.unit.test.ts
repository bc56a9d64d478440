/* When the outbox sends, and when it sends again: what follows is not forgotten, and costs no message more than it must. */
import { describe, expect, it } from "vitest";
import { CHECKPOINT_EACH_COMMIT, MINUTE, requestOf, tickOf, World } from "./world";

const SECOND = 1_000;

/** The moments, in seconds from now, at which messages leave in a span of time; each is lost. */
async function sendsWithin(world: World, ms: number): Promise<number[]> {
  const began = world.now;
  const moments: number[] = [];
  while (world.now < began + ms) {
    await world.advance(SECOND);
    if (world.queue.splice(0).length > 0) moments.push((world.now - began) / SECOND);
  }
  return moments;
}

describe("what was not confirmed", () => {
  it("is sent again after 30 seconds, 2, 10 and 30 minutes, and from the beginning when the object is rebuilt", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.advance(MINUTE);
    world.queue.length = 0;
    const pauses = (moments: number[]) => moments.map((at, i) => at - (moments[i - 1] ?? 0)).slice(1);
    const first = await sendsWithin(world, 80 * MINUTE);
    expect(pauses(first)).toEqual([2 * 60, 10 * 60, 30 * 60, 30 * 60]);
    world.rebirth();
    await world.feed.wake();
    world.queue.length = 0;
    expect((await sendsWithin(world, 3 * MINUTE))[0]).toBe(30);
  });

  it("is sent again after 30 seconds once anything is confirmed", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await sendsWithin(world, 5 * MINUTE);
    await world.advance(10 * MINUTE);
    await world.drain();
    await world.feed.append(requestOf("b", [tickOf(0)]));
    expect(await sendsWithin(world, 2 * MINUTE)).toEqual([60, 90]);
  });

  it("costs few questions while it waits in the queue, however long it does", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.advance(MINUTE);
    world.waitingSince = world.now;
    world.disk.rowsWritten = 0;
    await world.advance(60 * MINUTE);
    expect([world.queue.length, world.disk.rowsWritten]).toEqual([1, 5]);
  });

  it("is sent again where what still waits in the queue was sent later, by others", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.advance(MINUTE);
    world.queue.length = 0;
    world.waitingSince = world.now + 1;
    await world.advance(31 * SECOND);
    expect(world.queue).toHaveLength(1);
  });
});

describe("what was committed and not sent", () => {
  it("is sent by an object that was rebuilt, though nothing more is ever committed", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    // The minute is closed: the clock has nothing more to say.
    await world.advance(70 * SECOND);
    await world.drain();
    await world.feed.append(requestOf("b", [tickOf(0)]));
    const { epoch, head } = await world.feed.audit([]);
    world.rebirth();
    await world.advance(MINUTE);
    await world.drain();
    expect((await world.feed.audit([])).outputs[0]?.confirmed).toEqual({ epoch, pos: head });
  });

  it("is sent after ten minutes where it says nothing, with what follows meanwhile", async () => {
    const world = new World({ outputs: [{ purpose: "candles", parts: () => [] }] });
    await world.feed.append(requestOf("a", [tickOf(0)]));
    expect(await sendsWithin(world, 11 * MINUTE)).toEqual([600, 630]);
  });

  it("gathers anew after a message that was full left before its time", async () => {
    const world = new World();
    const many = Array.from({ length: 500 }, (_, i) => tickOf(0, `S${i}`));
    await world.feed.append(requestOf("a", many));
    await world.advance(SECOND);
    expect(world.queue.splice(0).length).toBeGreaterThan(0);
    await world.feed.append(requestOf("b", [tickOf(0)]));
    await world.advance(20 * SECOND);
    expect(world.queue).toEqual([]);
  });
});

describe("what D1 lost and the log no longer has", () => {
  it("is not counted as accepted, were it a single row", async () => {
    // Rows are recycled as soon as everyone has passed them.
    const limits = { recycleBytes: 0, fullBytes: Number.MAX_SAFE_INTEGER };
    const world = new World({ checkpoints: CHECKPOINT_EACH_COMMIT, limits });
    const append = (i: number) => world.feed.append(requestOf(`k${i}`, [tickOf(i)]));
    const confirmed = async (i: number) => {
      await append(i);
      await world.advance(70 * SECOND);
      await world.drain();
    };
    await confirmed(0);
    const earlier = world.d1.bookmark();
    await confirmed(1);
    await append(2);
    world.d1.restore(earlier);
    await world.feed.wake();
    await world.advance(SECOND);
    const accepted = async () => (await world.feed.audit([])).outputs.map((output) => output.accepted);
    // As soon as D1 has said where it stands, and for good.
    expect(await accepted()).toEqual([2]);
    await world.settle();
    world.rebirth();
    expect(await accepted()).toEqual([2]);
    expect([...world.candleCounts().keys()]).toEqual([0, 2]);
  });
});
