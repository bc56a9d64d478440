/* Candles merge in any order and grouping to the same candle. Volumes are whole numbers, so sums are exact. */
import { describe, expect, it } from "vitest";
import { type CandlePart, candleOf, joinPriceParts, mergeCandles } from "../../../src/domain/prices/candle";
import { fc, holds } from "../../property";

const ticks = fc.uniqueArray(
  fc.record({
    at: fc.nat(59_999),
    price: fc.integer({ min: 1, max: 1_000 }),
    volume: fc.nat(100),
    seq: fc.integer({ min: 1, max: 10_000 }),
  }),
  { minLength: 1, maxLength: 20, selector: (tick) => tick.seq },
);
const candlesOf = (list: { at: number; price: number; volume: number; seq: number }[]) =>
  list.map((tick) => candleOf("A", tick.price, tick.volume, [tick.at, "e", tick.seq]));
const merged = (parts: CandlePart[]) => parts.reduce(mergeCandles);

describe("merging candles", () => {
  it("does not depend on order or grouping", async () => {
    await holds(
      fc.property(ticks, fc.nat(), (list, at) => {
        const parts = candlesOf(list);
        const cut = at % parts.length;
        const grouped = cut === 0 ? merged(parts) : mergeCandles(merged(parts.slice(0, cut)), merged(parts.slice(cut)));
        expect(grouped).toEqual(merged([...parts].reverse()));
      }),
    );
  });

  it("opens with the earliest tick and closes with the latest, by time and then by order of entry", async () => {
    await holds(
      fc.property(ticks, (list) => {
        const inOrder = [...list].sort((a, b) => a.at - b.at || a.seq - b.seq);
        const candle = merged(candlesOf(list));
        expect([candle.open, candle.close]).toEqual([inOrder[0]?.price, inOrder.at(-1)?.price]);
        expect(candle.count).toBe(list.length);
      }),
    );
  });

  it("joins nothing across a deletion", () => {
    const [before, after] = candlesOf([
      { at: 0, price: 1, volume: 1, seq: 1 },
      { at: 1, price: 2, volume: 1, seq: 1 },
    ]) as [CandlePart, CandlePart];
    const deleted = { kind: "deleted" as const, symbol: "A", epoch: "e", seq: 2 };
    expect(joinPriceParts([before, before, deleted, after])).toEqual([mergeCandles(before, before), deleted, after]);
  });
});
