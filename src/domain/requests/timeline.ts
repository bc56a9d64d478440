/* What happened over time: the figures of each minute, hour or day of a window, of all requests or of those of one key. */
import { bucketStart, RESOLUTIONS, type Resolution } from "../bucket";
import type { RequestFigures, RequestPoint } from "./answers";
import { type Cell, emptyCell, mergeCell } from "./cell";
import { figuresOf } from "./history";
import { accepts, type CodeFilter, statusOf } from "./method";
import type { Group, Table } from "./table";

export const KEYED = ["endpoint", "user_id"] as const;

/** Plain data: what an object is asked. */
export interface TimelineQuestion extends CodeFilter {
  /** One key of a dimension; without it all requests. */
  key?: { dimension: (typeof KEYED)[number]; value: string } | undefined;
  /** From here on a status is an error. */
  errorsFrom: number;
  resolution: Resolution;
  /** Whole buckets, half-open, epoch ms. */
  from: number;
  to: number;
}

/** Of one bucket. */
export interface Bucket {
  start: number;
  cell: Cell;
  errors: number;
  /** At most so many of the key's requests are not counted. */
  missed: number;
}

/** More buckets are not answered. */
export const BUCKETS_MAX = 1_500;
const MINUTES_UP_TO_MS = 6 * RESOLUTIONS.hour;
const HOURS_UP_TO_MS = 31 * RESOLUTIONS.day;

/** What suits a span that asks for none. */
export const resolutionFor = (spanMs: number): Resolution =>
  spanMs <= MINUTES_UP_TO_MS ? "minute" : spanMs <= HOURS_UP_TO_MS ? "hour" : "day";

/** The whole buckets that hold [start, end). */
export function wholeBuckets(start: number, end: number, resolution: Resolution): { from: number; to: number } {
  const width = RESOLUTIONS[resolution];
  return { from: bucketStart(start, resolution), to: Math.ceil(end / width) * width };
}

export const emptyBucket = (start: number): Bucket => ({ start, cell: emptyCell(), errors: 0, missed: 0 });

/** Which facet has the answer: all requests are in the endpoints' cells. */
export const facetOf = ({ key }: TimelineQuestion): "endpoint" | "user" =>
  key?.dimension === "user_id" ? "user" : "endpoint";

/** Adds what a table says. */
export function addTableTo(bucket: Bucket, table: Table, question: TimelineQuestion): void {
  const add = ({ codes, cells }: Group) => {
    codes.forEach((code, i) => {
      if (!accepts(question, code)) return;
      const cell = cells[i] as Cell;
      mergeCell(bucket.cell, cell);
      if (statusOf(code) >= question.errorsFrom) bucket.errors += cell.count;
    });
  };
  if (question.key === undefined) {
    for (const group of table.groups.values()) add(group);
    add(table.lost);
    return;
  }
  const group = table.groups.get(question.key.value);
  if (group !== undefined) add(group);
  bucket.missed += group === undefined ? table.floor : group.missed;
}

/** Adds all of `other`, which stays as it is. */
export function mergeBucket(into: Bucket, other: Bucket): void {
  mergeCell(into.cell, other.cell);
  into.errors += other.errors;
  into.missed += other.missed;
}

export interface RequestTimelineBody {
  data: RequestPoint[];
  total: RequestFigures;
  approximate: boolean;
  absent?: "latency_ms";
}

/** @param buckets of any objects, in any order */
export function timelineOf(buckets: readonly Bucket[], resolution: Resolution, now: number): RequestTimelineBody {
  const byStart = new Map<number, Bucket>();
  const total = emptyBucket(0);
  for (const bucket of buckets) {
    const into = byStart.get(bucket.start) ?? emptyBucket(bucket.start);
    byStart.set(bucket.start, into);
    mergeBucket(into, bucket);
    mergeBucket(total, bucket);
  }
  const counted = [...byStart.values()].filter(({ cell }) => cell.count > 0).sort((a, b) => a.start - b.start);
  return {
    data: counted.map(({ start, cell, errors }) => ({
      start: new Date(start).toISOString(),
      ...figuresOf(cell, errors),
      partial: start + RESOLUTIONS[resolution] > now,
    })),
    total: figuresOf(total.cell, total.errors),
    approximate: total.missed > 0,
    ...(total.cell.count > 0 && total.cell.timed === 0 ? { absent: "latency_ms" as const } : {}),
  };
}
