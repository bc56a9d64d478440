/* The K largest rows of a window by one metric, each with the bounds that its figure is known to be within. Without
 * anything missed the bounds are the figure itself, but for percentiles, which a sketch knows within 1 %. */
import { addToSketch, emptySketch, errorOf, quantile, type Sketch } from "../telemetry/sketch";
import type { Order } from "./largest";
import type { Row, Summary } from "./summary";

export const METRICS = ["frequency", "response_time", "latency", "error_rate", "bytes", "max", "p95"] as const;
export type Metric = (typeof METRICS)[number];

/** How single requests are ordered by it (largest.ts). */
export const ORDER_OF: Record<Metric, Order> = {
  frequency: "id",
  error_rate: "id",
  response_time: "latency",
  latency: "latency",
  max: "latency",
  p95: "latency",
  bytes: "bytes",
};

/** Which field of a request a metric needs; a log may not have it. */
export const FIELD_OF: Partial<Record<Metric, "latency_ms" | "bytes">> = {
  response_time: "latency_ms",
  latency: "latency_ms",
  max: "latency_ms",
  p95: "latency_ms",
  bytes: "bytes",
};

const P95 = 0.95;
const MICROS = 1_000;

interface Bounds {
  value: number;
  lower: number;
  upper: number;
}

export interface Ranked extends Bounds {
  key: string;
  count: number;
}

export interface Ranking {
  rows: Ranked[];
  approximate: boolean;
  /** What a key that is not among the rows can have at most; undefined where nothing else is. */
  unlisted: number | undefined;
  /** The field that no request with such a key says. */
  absent: "latency_ms" | "bytes" | undefined;
}

/** With up to `missed` of the lost requests added, between what and what a mean is: each is within their range. */
function meanBounds({ us, timed }: Row, missed: number, lost: Row): Bounds {
  const value = us / timed;
  const more = Math.min(missed, lost.timed);
  const lower = Math.min(value, (us + more * lost.min) / (timed + more));
  const upper = Math.max(value, (us + more * lost.max) / (timed + more));
  return { value: value / MICROS, lower: lower / MICROS, upper: upper / MICROS };
}

/** Missed requests lower a percentile most where they are the fastest of the lost ones, and raise it as the slowest. */
function percentileBounds(row: Row, missed: number, lost: Row): Bounds | undefined {
  if (row.timed === 0) return undefined;
  // A single request has no distribution.
  const sketch = row.sketch ?? sketchOf(row.min, row.timed);
  const more = Math.min(missed, lost.timed);
  const known = quantile(sketch, P95) ?? 0;
  const error = errorOf(sketch.folds);
  const lower = Math.min(known, more === 0 ? known : quantileWith(sketch, lost.min, more)) / (1 + error);
  const upper = Math.max(known, more === 0 ? known : quantileWith(sketch, lost.max, more)) / (1 - error);
  const least = more === 0 ? row.min : Math.min(row.min, lost.min);
  const most = more === 0 ? row.max : Math.max(row.max, lost.max);
  const value = Math.min(row.max, Math.max(row.min, known));
  return { value: value / MICROS, lower: Math.max(lower, least) / MICROS, upper: Math.min(upper, most) / MICROS };
}

function sketchOf(value: number, count: number): Sketch {
  const sketch = emptySketch();
  addToSketch(sketch, value, count);
  return sketch;
}

function quantileWith(sketch: Sketch, value: number, count: number): number {
  const more = { folds: sketch.folds, bins: new Map(sketch.bins) };
  addToSketch(more, value, count);
  return quantile(more, P95) ?? value;
}

/** Undefined where none of the row's requests says what it takes. */
export function figureOf(row: Row, metric: Metric, lost: Row): Bounds | undefined {
  const missed = Math.min(row.missed, lost.count);
  switch (metric) {
    case "frequency":
      return row.count + missed === 0 ? undefined : { value: row.count, lower: row.count, upper: row.count + missed };
    case "error_rate": {
      if (row.count === 0) return undefined;
      const [bad, good] = [Math.min(missed, lost.errors), Math.min(missed, lost.count - lost.errors)];
      const upper = (row.errors + bad) / (row.count + bad);
      return { value: row.errors / row.count, lower: row.errors / (row.count + good), upper };
    }
    case "bytes": {
      if (row.sized === 0) return undefined;
      return { value: row.bytes, lower: row.bytes, upper: row.bytes + (missed === 0 ? 0 : lost.bytes) };
    }
    case "max": {
      if (row.timed === 0) return undefined;
      const upper = missed === 0 ? row.max : Math.max(row.max, lost.max);
      return { value: row.max / MICROS, lower: row.max / MICROS, upper: upper / MICROS };
    }
    case "p95":
      return percentileBounds(row, missed, lost);
    case "response_time":
    case "latency":
      return row.timed === 0 ? undefined : meanBounds(row, missed, lost);
    default:
      return metric satisfies never;
  }
}

/** What a key without a row may have at most: all its requests are among the lost ones. */
function mostOf({ lost, floor }: Summary, metric: Metric): number | undefined {
  if (floor === 0 || lost.count === 0) return undefined;
  switch (metric) {
    case "frequency":
      return Math.min(floor, lost.count);
    case "error_rate":
      return lost.errors > 0 ? 1 : 0;
    case "bytes":
      return lost.sized === 0 ? undefined : lost.bytes;
    default:
      return lost.timed === 0 ? undefined : lost.max / MICROS;
  }
}

/** Larger values first, then keys in the order of their characters. */
const compare = (a: Ranked, b: Ranked): number => b.value - a.value || (a.key < b.key ? -1 : 1);

export function rank(summary: Summary, metric: Metric, k: number): Ranking {
  const all: Ranked[] = [];
  for (const [key, row] of summary.rows) {
    const figure = figureOf(row, metric, summary.lost);
    if (figure !== undefined) all.push({ key, count: row.count, ...figure });
  }
  all.sort(compare);
  const others = all.slice(k).map(({ upper }) => upper);
  const most = mostOf(summary, metric);
  const uppers = most === undefined ? others : [...others, most];
  const field = FIELD_OF[metric];
  const absent = all.length === 0 && most === undefined && summary.rows.size > 0 ? field : undefined;
  return {
    rows: all.slice(0, k),
    approximate: summary.truncated || summary.floor > 0,
    unlisted: uppers.length === 0 ? undefined : uppers.reduce((a, b) => Math.max(a, b)),
    absent,
  };
}
