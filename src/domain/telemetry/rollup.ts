/* What is kept of the values of a span of time, so that any two spans merge into the longer one: an average is a sum and a
 * count, never an average of averages. */
import {
  addToSketch,
  emptySketch,
  loadSketch,
  mergeSketch,
  quantile,
  type SavedSketch,
  type Sketch,
  saveSketch,
} from "./sketch";

/** A value and when it was: by its timestamp (epoch ms), then by its place in its stream. */
export interface Mark {
  at: number;
  seq: number;
  value: number;
}

export interface Rollup {
  count: number;
  sum: number;
  min: number;
  max: number;
  first: Mark;
  last: Mark;
  sketch: Sketch;
}

/** `[count, sum, min, max, first at, seq, value, last at, seq, value, sketch]` */
export type SavedRollup = [...number[], SavedSketch];

const isBefore = (a: Mark, b: Mark): boolean => a.at < b.at || (a.at === b.at && a.seq < b.seq);

/** A rollup of one value. */
export function rollupOf(mark: Mark): Rollup {
  const sketch = emptySketch();
  addToSketch(sketch, mark.value);
  const { value } = mark;
  return { count: 1, sum: value, min: value, max: value, first: mark, last: mark, sketch };
}

export function addValue(rollup: Rollup, mark: Mark): void {
  const { value } = mark;
  rollup.count++;
  rollup.sum += value;
  if (value < rollup.min) rollup.min = value;
  if (value > rollup.max) rollup.max = value;
  if (isBefore(mark, rollup.first)) rollup.first = mark;
  if (isBefore(rollup.last, mark)) rollup.last = mark;
  addToSketch(rollup.sketch, value);
}

/** Adds all of `other`, which stays as it is. Associative and commutative but for the rounding of `sum`. */
export function mergeRollup(into: Rollup, other: Rollup): void {
  into.count += other.count;
  into.sum += other.sum;
  into.min = Math.min(into.min, other.min);
  into.max = Math.max(into.max, other.max);
  if (isBefore(other.first, into.first)) into.first = other.first;
  if (isBefore(into.last, other.last)) into.last = other.last;
  mergeSketch(into.sketch, other.sketch);
}

/** All of them as one; undefined when there are none. */
export function mergedRollup(rollups: Iterable<Rollup>): Rollup | undefined {
  let merged: Rollup | undefined;
  for (const rollup of rollups) {
    if (merged === undefined) merged = copyRollup(rollup);
    else mergeRollup(merged, rollup);
  }
  return merged;
}

export const copyRollup = (rollup: Rollup): Rollup => ({
  ...rollup,
  sketch: { folds: rollup.sketch.folds, bins: new Map(rollup.sketch.bins) },
});

/** A quantile within the sketch's error, and never outside of what was there. */
export function percentile({ min, max, sketch }: Rollup, q: number): number {
  return Math.min(max, Math.max(min, quantile(sketch, q) ?? min));
}

export const saveRollup = ({ count, sum, min, max, first, last, sketch }: Rollup): SavedRollup => [
  ...[count, sum, min, max, first.at, first.seq, first.value, last.at, last.seq, last.value],
  saveSketch(sketch),
];

export function loadRollup(saved: SavedRollup): Rollup {
  const [count, sum, min, max, firstAt, firstSeq, firstValue, lastAt, lastSeq, lastValue] = saved as number[];
  const mark = (at = 0, seq = 0, value = 0): Mark => ({ at, seq, value });
  return {
    count: count ?? 0,
    sum: sum ?? 0,
    min: min ?? 0,
    max: max ?? 0,
    first: mark(firstAt, firstSeq, firstValue),
    last: mark(lastAt, lastSeq, lastValue),
    sketch: loadSketch(saved[10] as SavedSketch),
  };
}
