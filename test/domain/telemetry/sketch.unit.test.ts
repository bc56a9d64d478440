/* The sketch: quantiles within the stated error of the exact ones, however the values were grouped. */
import { describe, expect, it } from "vitest";
import {
  addToSketch,
  BINS_MAX,
  emptySketch,
  errorOf,
  loadSketch,
  mergeSketch,
  quantile,
  type Sketch,
  saveSketch,
} from "../../../src/domain/telemetry/sketch";
import { fc, holds } from "../../property";

const sketchOf = (values: number[]): Sketch => {
  const sketch = emptySketch();
  for (const value of values) addToSketch(sketch, value);
  return sketch;
};

/** The nearest rank, in whole hundredths. */
const exact = (values: number[], q: number): number => {
  const rank = Math.ceil((Math.round(q * 100) * values.length) / 100);
  return [...values].sort((a, b) => a - b)[Math.max(1, rank) - 1] as number;
};

// Doubles above the subnormal ones, whose neighbours are further apart than 1 %.
const value = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((v) => v === 0 || Math.abs(v) > 1e-300);
const values = fc.array(value, { minLength: 1, maxLength: 200 });
const share = fc.constantFrom(0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1);

describe("a sketch", () => {
  it("gives every quantile within 1 %, of values of any size and sign", () =>
    holds(
      fc.property(values, share, (all, q) => {
        const truth = exact(all, q);
        const said = quantile(sketchOf(all), q) as number;
        expect(Math.abs(said - truth)).toBeLessThanOrEqual(0.0100001 * Math.abs(truth));
      }),
    ));

  it("does not call the faster of two the 95th percentile", () => {
    const two = sketchOf([1, 1_000]);
    expect([0.5, 0.95, 0.99].map((q) => Math.round((quantile(two, q) as number) / 100))).toEqual([0, 10, 10]);
  });

  it("is the same however its values were grouped and ordered", () =>
    holds(
      fc.property(values, values, values, (a, b, c) => {
        const left = sketchOf(a);
        mergeSketch(left, sketchOf(b));
        mergeSketch(left, sketchOf(c));
        const right = sketchOf(c);
        const inner = sketchOf(b);
        mergeSketch(inner, sketchOf(a));
        mergeSketch(right, inner);
        expect(saveSketch(left)).toEqual(saveSketch(sketchOf([...a, ...b, ...c])));
        expect(saveSketch(right)).toEqual(saveSketch(left));
      }),
    ));

  it("survives being saved", () =>
    holds(
      fc.property(values, (all) => {
        const sketch = sketchOf(all);
        expect(loadSketch(JSON.parse(JSON.stringify(saveSketch(sketch))))).toEqual(sketch);
      }),
    ));

  it("folds when values span too much, knows the error it then has, and still merges to one result", () => {
    const wide = Array.from({ length: 3_000 }, (_, i) => 1.021 ** i);
    const sketch = sketchOf(wide);
    expect(sketch.bins.size).toBeLessThanOrEqual(BINS_MAX);
    expect(sketch.folds).toBe(1);
    expect(errorOf(1)).toBeCloseTo(0.02, 4);
    for (const q of [0, 0.5, 0.95, 1]) {
      const truth = exact(wide, q);
      expect(Math.abs((quantile(sketch, q) as number) - truth)).toBeLessThanOrEqual(1.000001 * errorOf(1) * truth);
    }
    const halves = sketchOf(wide.slice(1_500));
    mergeSketch(halves, sketchOf(wide.slice(0, 1_500)));
    expect(saveSketch(halves)).toEqual(saveSketch(sketch));
  });

  it("has no quantile of nothing", () => {
    expect(quantile(emptySketch(), 0.5)).toBeUndefined();
  });
});
