/* What is kept of any set of requests, so that two sets become one by adding: counts and sums, never averages. */
import { addToSketch, loadSketch, mergeSketch, type Sketch, saveSketch } from "../telemetry/sketch";

/** Latencies are whole microseconds: their sum does not depend on the order, and equal means are equal. */
export interface Cell {
  count: number;
  /** Requests that say their latency; sum, least and greatest of them in µs. */
  timed: number;
  us: number;
  min: number;
  max: number;
  sketch: Sketch | undefined;
  /** Requests that say their bytes. */
  sized: number;
  bytes: number;
}

/** `[count, sized, bytes, timed, us, min, max, …sketch]`; the last four and the sketch only where something is timed. */
export type SavedCell = number[];

export const emptyCell = (): Cell => ({
  count: 0,
  timed: 0,
  us: 0,
  min: 0,
  max: 0,
  sketch: undefined,
  sized: 0,
  bytes: 0,
});

/** What of a request is added up. */
export interface Measured {
  us: number | undefined;
  bytes: number | undefined;
}

export const measuredOf = (request: { latency_ms?: number | undefined; bytes?: number | undefined }): Measured => ({
  us: request.latency_ms === undefined ? undefined : Math.round(request.latency_ms * 1_000),
  bytes: request.bytes,
});

export function addToCell(cell: Cell, { us, bytes }: Measured): void {
  cell.count++;
  if (bytes !== undefined) {
    cell.sized++;
    cell.bytes += bytes;
  }
  if (us === undefined) return;
  cell.min = cell.timed === 0 ? us : Math.min(cell.min, us);
  cell.max = Math.max(cell.max, us);
  cell.timed++;
  cell.us += us;
  cell.sketch ??= { folds: 0, bins: new Map() };
  addToSketch(cell.sketch, us);
}

/** Adds all of `other`, which stays as it is. Without `sketches` the distribution is left out: most questions need none. */
export function mergeCell(into: Cell, other: Cell, sketches = true): void {
  into.count += other.count;
  into.sized += other.sized;
  into.bytes += other.bytes;
  if (other.timed === 0) return;
  into.min = into.timed === 0 ? other.min : Math.min(into.min, other.min);
  into.max = Math.max(into.max, other.max);
  into.timed += other.timed;
  into.us += other.us;
  if (!sketches || other.sketch === undefined) return;
  if (into.sketch === undefined) into.sketch = { folds: other.sketch.folds, bins: new Map(other.sketch.bins) };
  else mergeSketch(into.sketch, other.sketch);
}

export function saveCell({ count, timed, us, min, max, sketch, sized, bytes }: Cell): SavedCell {
  if (timed === 0) return [count, sized, bytes];
  return [count, sized, bytes, timed, us, min, max, ...(sketch === undefined ? [] : saveSketch(sketch))];
}

export function loadCell(saved: SavedCell): Cell {
  const [count = 0, sized = 0, bytes = 0, timed = 0, us = 0, min = 0, max = 0] = saved;
  const sketch = saved.length > 7 ? loadSketch(saved.slice(7)) : undefined;
  return { count, timed, us, min, max, sketch, sized, bytes };
}
