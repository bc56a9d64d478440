/* Rollups: any grouping of the same values is the same rollup, and an average is never one of averages. */
import { describe, expect, it } from "vitest";
import {
  addValue,
  loadRollup,
  type Mark,
  mergedRollup,
  mergeRollup,
  percentile,
  type Rollup,
  rollupOf,
  saveRollup,
} from "../../../src/domain/telemetry/rollup";
import { fc, holds } from "../../property";

const of = (marks: Mark[]): Rollup => {
  const [first, ...rest] = marks;
  const rollup = rollupOf(first as Mark);
  for (const mark of rest) addValue(rollup, mark);
  return rollup;
};

// Whole numbers: their sums are exact in any order.
const marks = fc
  .array(fc.record({ at: fc.nat(50), value: fc.integer({ min: -1e9, max: 1e9 }) }), { minLength: 1, maxLength: 40 })
  .map((all): Mark[] => all.map((mark, seq) => ({ ...mark, seq })));

describe("a rollup", () => {
  it("is what a plain computation over its values gives, in any grouping and order", () =>
    holds(
      fc.property(marks, fc.nat(40), fc.boolean(), (all, cut, swap) => {
        const parts = [all.slice(0, cut), all.slice(cut)].filter((part) => part.length > 0).map(of);
        const merged = mergedRollup(swap ? parts.reverse() : parts) as Rollup;
        const ordered = [...all].sort((a, b) => a.at - b.at || a.seq - b.seq);
        const values = all.map(({ value }) => value);
        expect(merged).toMatchObject({
          count: all.length,
          sum: values.reduce((sum, value) => sum + value, 0),
          min: Math.min(...values),
          max: Math.max(...values),
          first: ordered[0],
          last: ordered.at(-1),
        });
        expect(saveRollup(merged)).toEqual(saveRollup(of(all)));
        expect(loadRollup(JSON.parse(JSON.stringify(saveRollup(merged))))).toEqual(merged);
      }),
    ));

  it("makes 17.5 of a minute with 10 and a minute with 20, 20, 20", () => {
    const hour = of([{ at: 0, seq: 1, value: 10 }]);
    mergeRollup(hour, of([20, 20, 20].map((value, i) => ({ at: 60_000, seq: 2 + i, value }))));
    expect(hour.sum / hour.count).toBe(17.5);
  });

  it("leaves what it merges as it was", () => {
    const minute = of([{ at: 0, seq: 1, value: 1 }]);
    const before = saveRollup(minute);
    mergeRollup(mergedRollup([minute]) as Rollup, of([{ at: 1, seq: 2, value: 5 }]));
    expect(saveRollup(minute)).toEqual(before);
  });

  it("says no percentile beyond its values", () => {
    const rollup = of([{ at: 0, seq: 1, value: 100 }]);
    expect([0, 0.5, 1].map((q) => percentile(rollup, q))).toEqual([100, 100, 100]);
  });
});
