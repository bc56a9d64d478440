/* A mergeable sketch of a distribution: quantiles within 1 % of the true value, from counts per logarithmic bin.
 *
 * Source: C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
 * guarantees", PVLDB 12 (2019); its bound on bins by folding neighbours is that of I. Epicoco et al., "UDDSketch", 2020.
 * A value v > 0 falls in bin ⌈log_γ v⌉ with γ = (1 + α) / (1 − α); every value of a bin is within α of its middle. Which
 * bins there are depends on the values alone, not on their order or grouping, so merging is associative and commutative. */

/** Relative error of a quantile, as long as nothing was folded. */
export const SKETCH_ERROR = 0.01;
/** More bins than these are folded two into one, which about doubles the error. 2,048 bins span 17 powers of ten. */
export const BINS_MAX = 2_048;

/** Bins of positive values have their index plus this as key, those of negative values its negative, zero has 0: keys are
 * in the order of the values. The smallest double has index −37,219. */
const OFFSET = 40_000;

export interface Sketch {
  /** How often neighbours were folded; 0 as a rule. */
  folds: number;
  /** Values per bin. */
  bins: Map<number, number>;
}

/** As JSON: folds, then key and count alternating, keys ascending, each but the first as its distance to the one before. */
export type SavedSketch = number[];

export const emptySketch = (): Sketch => ({ folds: 0, bins: new Map() });

/** α after so many folds. */
export function errorOf(folds: number): number {
  let error = SKETCH_ERROR;
  for (let i = 0; i < folds; i++) error = (2 * error) / (1 + error * error);
  return error;
}

const gammaOf = (folds: number): number => (1 + errorOf(folds)) / (1 - errorOf(folds));
const LOG_GAMMA = Math.log(gammaOf(0));

/** The bin of a value, as long as nothing was folded. */
export function keyOf(value: number): number {
  if (value === 0) return 0;
  const key = Math.ceil(Math.log(Math.abs(value)) / LOG_GAMMA) + OFFSET;
  return value > 0 ? key : -key;
}

/** The key after one fold: bins 2i − 1 and 2i become bin i. */
function folded(key: number): number {
  if (key === 0) return 0;
  const wider = Math.ceil((Math.abs(key) - OFFSET) / 2) + OFFSET;
  return key > 0 ? wider : -wider;
}

function fold(sketch: Sketch): void {
  const bins = new Map<number, number>();
  for (const [key, count] of sketch.bins) bins.set(folded(key), (bins.get(folded(key)) ?? 0) + count);
  sketch.bins = bins;
  sketch.folds++;
}

/** Counts a finite value in. */
export function addToSketch(sketch: Sketch, value: number, count = 1): void {
  let key = keyOf(value);
  for (let i = 0; i < sketch.folds; i++) key = folded(key);
  sketch.bins.set(key, (sketch.bins.get(key) ?? 0) + count);
  while (sketch.bins.size > BINS_MAX) fold(sketch);
}

/** Adds all of `other`, which stays as it is. */
export function mergeSketch(into: Sketch, other: Sketch): void {
  while (into.folds < other.folds) fold(into);
  for (const [otherKey, count] of other.bins) {
    let key = otherKey;
    for (let i = other.folds; i < into.folds; i++) key = folded(key);
    into.bins.set(key, (into.bins.get(key) ?? 0) + count);
  }
  while (into.bins.size > BINS_MAX) fold(into);
}

/** What a product of a share and a count may be off by. */
const ROUNDING = 1e-9;

/** The least value that the share `q` (0 … 1) of the values does not exceed (the nearest rank, ⌈q n⌉), within the sketch's
 * error: of two values the 95th percentile is the greater one. Undefined when there are no values. */
export function quantile({ bins, folds }: Sketch, q: number): number | undefined {
  let total = 0;
  for (const count of bins.values()) total += count;
  let rank = Math.max(0, Math.ceil(q * total * (1 - ROUNDING)) - 1);
  for (const key of keysOf(bins)) {
    rank -= bins.get(key) as number;
    if (rank < 0) return valueOf(key, folds);
  }
  return undefined;
}

/** In order. Numbers of one width are sorted without asking how. */
const keysOf = (bins: Sketch["bins"]): Int32Array => Int32Array.from(bins.keys()).sort();

/** The middle of a bin, at most α away from each of its values. */
function valueOf(key: number, folds: number): number {
  if (key === 0) return 0;
  const gamma = gammaOf(folds);
  const lower = gamma ** (Math.abs(key) - OFFSET - 1);
  // In this order: twice the greatest values would be too great to write.
  const middle = Math.min(((2 * gamma) / (gamma + 1)) * lower, Number.MAX_VALUE);
  return key > 0 ? middle : -middle;
}

export function saveSketch({ folds, bins }: Sketch): SavedSketch {
  const saved = [folds];
  let last = 0;
  for (const key of keysOf(bins)) {
    saved.push(key - last, bins.get(key) as number);
    last = key;
  }
  return saved;
}

export function loadSketch(saved: SavedSketch): Sketch {
  const bins = new Map<number, number>();
  let key = 0;
  for (let i = 1; i < saved.length; i += 2) {
    key += saved[i] as number;
    bins.set(key, saved[i + 1] as number);
  }
  return { folds: saved[0] ?? 0, bins };
}
