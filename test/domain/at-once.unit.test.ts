import { describe, expect, it } from "vitest";
import { atOnce, inRounds } from "../../src/domain/at-once";

/** Calls whose clock moves while they are under way: `ms` for a round of so many. */
function world(ms: (inRound: number) => number) {
  let clock = 0;
  const rounds: number[] = [];
  let underWay: (() => void)[] = [];
  return {
    rounds,
    work: async (item: number) => {
      await new Promise<void>((resolve) => {
        underWay.push(resolve);
        // All of a round have begun when the first of them would be answered.
        if (underWay.length === 1) queueMicrotask(answer);
      });
      return item * 10;
    },
    now: () => clock,
    pause: async () => {},
  };
  function answer() {
    rounds.push(underWay.length);
    clock += ms(underWay.length);
    for (const resolve of underWay.splice(0)) resolve();
    underWay = [];
  }
}

const items = Array.from({ length: 40 }, (_, i) => i);
const bounds = { first: 1, quickMs: 100 };

describe("calls in rounds", () => {
  it("are twice as many while a round is quick, and answer in order", async () => {
    const quick = world(() => 99);
    expect(await inRounds(items, quick.work, { ...bounds, ...quick })).toEqual(items.map((item) => item * 10));
    expect(quick.rounds).toEqual([1, 2, 4, 8, 16, 9]);
  });

  it("stay as many as are quick where they share a thread", async () => {
    const shared = world((inRound) => 30 * inRound);
    await inRounds(items, shared.work, { ...bounds, ...shared });
    expect(Math.max(...shared.rounds)).toBe(4);
    expect(shared.rounds.reduce((sum, n) => sum + n)).toBe(items.length);
  });

  it("are one at a time where one is slow, and none is left out", async () => {
    const slow = world(() => 1_000);
    await inRounds(items, slow.work, { ...bounds, first: 8, ...slow });
    expect(slow.rounds.slice(0, 5)).toEqual([8, 4, 2, 1, 1]);
    expect(slow.rounds.reduce((sum, n) => sum + n)).toBe(items.length);
  });

  it("let others in between", async () => {
    const quick = world(() => 1);
    let pauses = 0;
    const pause = async () => void pauses++;
    await inRounds(items, quick.work, { ...bounds, ...quick, pause });
    expect(pauses).toBe(quick.rounds.length - 1);
  });

  it("go on without one that hangs", async () => {
    let answer = () => {};
    const seen: number[] = [];
    const all = inRounds(
      [0, 1, 2],
      async (item) => {
        seen.push(item);
        if (item === 0) await new Promise<void>((resolve) => (answer = resolve));
        if (item === 2) answer();
      },
      { ...bounds, quickMs: 1, now: () => 0, pause: async () => {} },
    );
    expect(await all).toHaveLength(3);
    expect(seen).toEqual([0, 1, 2]);
  });
});

describe("calls at once", () => {
  it("are never more than the limit, and answer in order", async () => {
    let underWay = 0;
    let most = 0;
    const answers = await atOnce(3, items, async (item) => {
      most = Math.max(most, ++underWay);
      // The earlier ones take longer.
      for (let i = item; i < 3; i++) await undefined;
      underWay--;
      return item * 10;
    });
    expect([answers, most]).toEqual([items.map((item) => item * 10), 3]);
    expect(await atOnce(3, [], async () => 1)).toEqual([]);
  });

  it("fail with the first that fails", async () => {
    const fails = async (item: number) => {
      if (item === 2) throw new Error("2 failed");
    };
    await expect(atOnce(2, items, fails)).rejects.toThrow("2 failed");
  });
});
