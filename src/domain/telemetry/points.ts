/* A timeline as it is asked for and answered: buckets between edges, one rollup each. */
import * as z from "zod";
import { floorTo, RESOLUTION_NAMES, RESOLUTIONS, type Resolution } from "../bucket";
import { DAY_MS, HOUR_MS } from "../units";
import { dayEdges, hasWholeHours, isZone } from "../zone";
import { percentile, type Rollup } from "./rollup";
import { errorOf, SKETCH_ERROR } from "./sketch";

/** Samples as they came, or buckets of them. */
export const TIMELINE_RESOLUTIONS = ["raw", ...RESOLUTION_NAMES] as const;
export type TimelineResolution = (typeof TIMELINE_RESOLUTIONS)[number];

/** Buckets in one answer. */
export const MAX_BUCKETS = 11_000;
/** How far back an answer goes when nothing is asked for. */
export const DEFAULT_SPAN_MS: Record<TimelineResolution, number> = {
  raw: HOUR_MS,
  minute: 6 * HOUR_MS,
  hour: 7 * DAY_MS,
  day: 90 * DAY_MS,
};

export const MetricPoint = z.object({
  start: z.string(),
  count: z.number().int(),
  sum: z.number(),
  avg: z.number(),
  min: z.number(),
  max: z.number(),
  first: z.number(),
  last: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  /** Its time is not over. */
  partial: z.boolean(),
});
export type MetricPoint = z.infer<typeof MetricPoint>;

/** What a timeline cannot be answered for. */
export interface BadSpan {
  field: string;
  detail: string;
}

/** Edges of the buckets that touch [from, to): bucket i is [edges[i], edges[i + 1]). */
export function edgesOf(resolution: Resolution, from: number, to: number, zone: string): number[] | BadSpan {
  if (from >= to) return { field: "to", detail: "must be later than from" };
  const width = RESOLUTIONS[resolution];
  const count = Math.ceil((to - from) / width) + 1;
  if (count > MAX_BUCKETS) {
    return { field: "from", detail: `asks for ${count} buckets of a ${resolution}; at most ${MAX_BUCKETS}` };
  }
  if (!isZone(zone)) return { field: "zone", detail: "is no time zone known here, such as Europe/Berlin" };
  if (zone !== "UTC" && resolution !== "minute") {
    if (!hasWholeHours(zone, from, to)) {
      const detail = `${zone} is not whole hours from UTC in that time; what is kept are hours of UTC: ask for minutes`;
      return { field: "zone", detail };
    }
    if (resolution === "day") return dayEdges(zone, from, to);
  }
  const edges: number[] = [];
  for (let at = floorTo(from, width); ; at += width) {
    edges.push(at);
    if (at >= to) return edges;
  }
}

/** The bucket a moment falls in: the index of its start; −1 outside. */
export function bucketAt(edges: readonly number[], at: number): number {
  if (at < (edges[0] ?? Number.POSITIVE_INFINITY) || at >= (edges.at(-1) ?? 0)) return -1;
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) <= at) low = middle;
    else high = middle;
  }
  return low;
}

export function pointOf(start: number, end: number, rollup: Rollup, now: number): MetricPoint {
  const { count, sum, min, max, first, last } = rollup;
  return {
    start: new Date(start).toISOString(),
    ...{ count, sum, avg: sum / count, min, max, first: first.value, last: last.value },
    p50: percentile(rollup, 0.5),
    p95: percentile(rollup, 0.95),
    p99: percentile(rollup, 0.99),
    partial: end > now,
  };
}

/** The relative error of percentiles of these rollups: 1 %, unless values span more than a sketch has bins for. */
export const errorIn = (rollups: Iterable<Rollup>): number =>
  Math.max(SKETCH_ERROR, ...[...rollups].map(({ sketch }) => errorOf(sketch.folds)));
