/* A queue that is dead: nothing is refused for it, and nothing is done twice while it lasts. */
import { describe, expect, it, vi } from "vitest";
import { feed } from "../../../src/domain/prices/feed";
import { Log } from "../../../src/durable-objects/ledger/log";
import { requestOf, START_MS, tickOf, World } from "./world";

describe("a dead queue", () => {
  it("is asked again and again with what was gathered once, and then gets the rest", async () => {
    const world = new World();
    world.queueIsDown = true;
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.advance(61_000);
    const reads = vi.spyOn(Log.prototype, "page");
    for (let i = 1; i <= 20; i++) {
      await world.feed.append(requestOf(`b${i}`, [tickOf(i)]));
      await world.advance(60_000);
    }
    expect(reads).not.toHaveBeenCalled();
    await world.settle();
    expect([...world.candleCounts()]).toEqual(Array.from({ length: 21 }, (_, i) => [i, 1]));
  });

  it("that comes back after the object was restored gets what the object knows now", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    const bookmark = world.disk.bookmark();
    world.queueIsDown = true;
    await world.feed.append(requestOf("b", [tickOf(1)]));
    await world.advance(120_000);
    world.disk.restore(bookmark);
    world.rebirth();
    await world.feed.append(requestOf("c", [tickOf(2)]));
    await world.advance(120_000);
    await world.settle();
    expect([...world.candleCounts()]).toEqual([
      [0, 1],
      [2, 1],
    ]);
  });

  it("that lasts an hour at 1,000 events a second makes the ledger refuse nothing", async () => {
    // The ledger is what is tried here, not what a price does to a window: the reducer only passes facts on.
    const fact = { type: "price" as const, data: { price: 1, timestamp: new Date(START_MS).toISOString() } };
    const world = new World({
      reducer: { ...feed, decide: () => [fact], apply: (state) => state, deadline: () => undefined },
    });
    world.queueIsDown = true;
    let accepted = 0;
    // An hour at 1,000 events/s in commits of 2,000: 1,800 commits of 2 s each.
    const events = Array.from({ length: 1_000 }, () => tickOf(0));
    for (let second = 0; second < 3_600; second += 2) {
      const answers = await Promise.all(
        [0, 1].map((half) => world.feed.append(requestOf(`${second}/${half}`, events))),
      );
      accepted += answers.filter((a) => a.ok).length * 1_000;
      await world.advance(2_000);
    }
    expect(accepted).toBe(3_600_000);
    await world.settle();
    expect([...world.candleCounts()]).toEqual([[0, 3_600_000]]);
  }, 240_000);
});
