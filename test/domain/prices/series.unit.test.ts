/* Candles of D1 at a cursor plus what came after it. */
import { describe, expect, it } from "vitest";
import { candleOf, joinPriceParts, type PricePart } from "../../../src/domain/prices/candle";
import { seriesOf } from "../../../src/domain/prices/series";
import { fc, holds } from "../../property";

const HOUR = 3_600_000;
const whole = { from: 0, to: 24 * HOUR, clock: HOUR, withWindow: true };
const tick = (at: number, price: number, seq: number) => candleOf("A", price, 1, [at, "e", seq]);
const rolled = (parts: PricePart[]) =>
  joinPriceParts(parts).flatMap((p) => (p.kind === "candle" ? [{ ...p, window: null }] : []));

describe("a series", () => {
  it("is the same wherever the cursor stands", () =>
    holds(
      fc.property(
        fc.array(fc.tuple(fc.nat(5 * 60_000), fc.integer({ min: 1, max: 9 })), { maxLength: 30 }),
        fc.nat(30),
        (ticks, cut) => {
          const parts = ticks.map(([at, price], i) => tick(at, price, i + 1));
          const series = { ...whole, resolution: "minute" as const };
          const once = seriesOf(series, [], parts);
          expect(seriesOf(series, rolled(parts.slice(0, cut)), parts.slice(cut))).toEqual(once);
          expect(once.reduce((sum, candle) => sum + candle.count, 0)).toBe(ticks.length);
        },
      ),
    ));

  it("begins anew after a deletion", () => {
    const deleted: PricePart = { kind: "deleted", symbol: "A", epoch: "e", seq: 2 };
    const series = seriesOf({ ...whole, resolution: "minute" }, rolled([tick(1, 1, 1)]), [
      tick(2, 2, 2),
      deleted,
      tick(3, 3, 3),
    ]);
    expect(series).toMatchObject([{ open: 3, count: 1 }]);
  });

  it("merges minutes into hours, marks the unfinished one, and keeps to the range", () => {
    const parts = [tick(0, 1, 1), tick(59 * 60_000, 2, 2), tick(HOUR, 3, 3), tick(2 * HOUR, 4, 4)];
    const series = seriesOf({ ...whole, to: 2 * HOUR, resolution: "hour" }, [], parts);
    expect(series.map((c) => [c.open, c.close, c.count, c.partial])).toEqual([
      [1, 2, 2, false],
      [3, 3, 1, true],
    ]);
  });

  it("shows window figures where they are asked for and known", () => {
    const window: PricePart = { kind: "window", symbol: "A", start: 0, figures: { transactions: 1 } };
    const of = (withWindow: boolean) =>
      seriesOf({ ...whole, withWindow, resolution: "minute" }, [], [tick(0, 1, 1), window]);
    expect(of(true)[0]?.window).toEqual({ transactions: 1 });
    expect(of(false)[0]).not.toHaveProperty("window");
  });
});
