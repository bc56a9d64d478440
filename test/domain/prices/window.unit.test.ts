/* The sliding window: the recorded example to the last digit, and any window against a sum one can check by eye. */
import { describe, expect, it } from "vitest";
import { feed, type PriceFact, type PriceState, streamClock, windowFigures } from "../../../src/domain/prices/feed";
import { QuoteBudget, QuoteWindow } from "../../../src/domain/prices/window";
import { fc, holds } from "../../property";

const AMZN: [number, number, number][] = [
  [1588368385881, 2279.9, 1],
  [1588368390816, 2278.74, 10],
  [1588368391313, 2278.74, 12],
  [1588368392383, 2279.89, 1],
  [1588368411117, 2279.89, 6],
];

/** Posts quotes to a new feed, each received `receivedAfter` ms after its own time. */
function posted(quotes: [number, number, number | undefined][], receivedAfter = 0): PriceState {
  let state = feed.empty("AMZN");
  for (const [i, [timestamp, price, volume]] of quotes.entries()) {
    const at = timestamp + receivedAfter;
    const command = { type: "price" as const, price, timestamp, ...(volume === undefined ? {} : { volume }) };
    for (const fact of feed.decide(state, command, at, false)) {
      state = feed.apply(state, { stream: "AMZN", epoch: "e", seq: i + 1, at, ...fact } as never);
    }
  }
  return state;
}

describe("the recorded example", () => {
  const NOW = 1588368411117;

  it("gives the seven figures over 30 s", () => {
    expect(windowFigures(posted(AMZN), 30_000, NOW)).toEqual({
      transactions: 5,
      volume: 30,
      last_price: 2279.89,
      min_price: 2278.74,
      max_price: 2279.9,
      avg_price_trans: 2279.432,
      avg_price_volume: 2279.047,
    });
  });

  it("gives one quote over 1 s", () => {
    expect(windowFigures(posted(AMZN), 1_000, NOW)).toMatchObject({
      transactions: 1,
      avg_price_trans: 2279.89,
      min_price: 2279.89,
    });
  });

  it("is empty 39 s later: nothing is defined but the last price", () => {
    expect(windowFigures(posted(AMZN), 1_000, 1588368450000)).toEqual({ transactions: 0, last_price: 2279.89 });
  });

  it("gives the figures it gave then when it is replayed years later, and empties by itself", () => {
    const years = 5 * 365 * 86_400_000;
    const state = posted(AMZN, years);
    expect(windowFigures(state, 30_000, streamClock(state, NOW + years))).toMatchObject({ avg_price_trans: 2279.432 });
    expect(windowFigures(state, 30_000, streamClock(state, NOW + years + 31_000))).toMatchObject({ transactions: 0 });
  });

  it("has no mean weighted by volume where no quote has a volume", () => {
    const figures = windowFigures(posted([[NOW, 1.1, undefined]]), 1_000, NOW);
    expect(figures).toEqual({
      transactions: 1,
      volume: 0,
      last_price: 1.1,
      min_price: 1.1,
      max_price: 1.1,
      avg_price_trans: 1.1,
    });
  });
});

describe("any window", () => {
  const cents = fc.integer({ min: 1, max: 10_000_000 });
  const quote = fc.tuple(
    fc.integer({ min: 0, max: 100_000 }),
    cents,
    fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
  );

  it("equals the brute force in whole cents, in any order of arrival", async () => {
    await holds(
      fc.property(
        fc.array(quote, { maxLength: 60 }),
        fc.nat(100_000),
        fc.integer({ min: 1, max: 100_000 }),
        (quotes, at, width) => {
          const window = new QuoteWindow();
          for (const [time, price, volume] of quotes) window.insert(time, price / 100, volume);
          const inside = quotes.filter(([time]) => time >= at - width && time <= at);
          const figures = QuoteWindow.load(JSON.parse(JSON.stringify(window.save()))).figures(at, width);
          expect(figures.transactions).toBe(inside.length);
          if (inside.length === 0) return;
          const sum = inside.reduce((total, [, price]) => total + price, 0);
          expect(figures.avg_price_trans).toBeCloseTo(sum / inside.length / 100, 9);
          expect(figures.volume).toBe(inside.reduce((total, [, , volume]) => total + (volume ?? 0), 0));
          expect(figures.max_price).toBe(Math.max(...inside.map(([, price]) => price)) / 100);
        },
      ),
    );
  });

  it("does not drift: a million times 0.1 is 100,000", () => {
    const window = new QuoteWindow();
    for (let i = 0; i < 100_000; i++) window.insert(i, 0.1, 0.1);
    const { volume, avg_price_trans, avg_price_volume } = window.figures(100_000, 100_000);
    expect([volume, avg_price_trans, avg_price_volume]).toEqual([10_000, 0.1, 0.1]);
  });

  it("shares a budget with the other windows of its object", () => {
    const budget = new QuoteBudget(1_000);
    const windows = Array.from({ length: 10 }, () => new QuoteWindow(budget));
    for (let i = 0; i < 5_000; i++) for (const window of windows) window.insert(i, 1, 1);
    expect(windows.reduce((sum, window) => sum + window.length, 0)).toBeLessThanOrEqual(2_000);
    expect(windows.every((window) => window.length >= 100 && window.droppedUpTo > 0)).toBe(true);
  });

  it("says that it is truncated beyond 100,000 quotes", () => {
    const state = feed.empty("A");
    for (let i = 0; i < 100_001; i++) state.window.insert(i, 1, 1);
    expect(windowFigures(state, 1_000_000, 100_001)).toMatchObject({ transactions: 100_000, truncated: true });
    expect(windowFigures(state, 1_000, 100_001).truncated).toBeUndefined();
  });
});

describe("the feed", () => {
  it("is total: it has an answer to every valid price, in every state, at every time", async () => {
    const price = fc.record({
      type: fc.constant("price" as const),
      price: fc.double({ noNaN: true, noDefaultInfinity: true }),
      timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      volume: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    });
    const command = fc.oneof(price, fc.constant({ type: "delete" as const }));
    await holds(
      fc.property(fc.array(fc.tuple(command, fc.boolean(), fc.nat(200_000)), { maxLength: 30 }), (commands) => {
        let state = feed.empty("A");
        let now = 1_700_000_000_000;
        let seq = 0;
        const apply = (facts: PriceFact[]) => {
          for (const fact of facts)
            state = feed.apply(state, { stream: "A", epoch: "e", seq: ++seq, at: now, ...fact } as never);
        };
        for (const [one, late, wait] of commands) {
          now += wait;
          apply(feed.decide(state, one, now, late));
          apply(feed.tick?.(state, now) ?? []);
          expect(feed.tick?.(state, now)).toEqual([]);
          expect(feed.load(JSON.parse(JSON.stringify(feed.save(state)))).latest).toEqual(state.latest);
        }
      }),
    );
  });
});

describe("the windows of one object", () => {
  it("hold together no more than their budget allows, each its fair share, also once they are loaded", () => {
    const budget = new QuoteBudget(10);
    const [a, b, c] = [new QuoteWindow(budget), new QuoteWindow(budget), new QuoteWindow(budget)];
    let at = 0;
    const fill = (window: QuoteWindow, count: number) => {
      for (let i = 0; i < count; i++) window.insert(++at, 1, undefined);
    };
    fill(a, 10);
    fill(b, 6);
    fill(a, 1);
    expect([a.length, b.length, budget.used]).toEqual([5, 5, 10]);
    a.release();
    fill(b, 5);
    fill(c, 6);
    expect([b.length, c.length, budget.used]).toEqual([10, 5, 15]);
    const anew = new QuoteBudget(10);
    QuoteWindow.load(b.save(), anew);
    expect([anew.used, anew.windows]).toEqual([10, 1]);
  });

  it("keep a quote at the very edge of what any of them may reach", () => {
    const window = new QuoteWindow();
    window.insert(100, 1, undefined);
    window.expire(100);
    expect(window.length).toBe(1);
    window.expire(101);
    expect(window.length).toBe(0);
  });
});
