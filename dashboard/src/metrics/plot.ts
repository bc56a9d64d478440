/* The geometry of a timeline: where moments and values are on it, which buckets follow each other, where its axes have
 * marks. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/units";
import { dayEdges, offsetAt } from "../../../src/domain/zone";
import type { Span } from "./view";

/** A bucket of a timeline, or a raw value: then all figures are that value. */
export interface Point {
  /** Epoch ms. */
  start: number;
  avg: number;
  min: number;
  max: number;
  p50: number;
  p95: number;
  p99: number;
  count: number;
  /** Its time is not over. */
  partial: boolean;
}

export interface Line {
  filter: string;
  label: string;
  /** Which of the colours. */
  colour: number;
  points: Point[];
  asOf: number;
}

/** Points without a bucket missing between them. A day may have 25 hours; a missing one makes at least 47. */
export function runsOf(points: readonly Point[], widthMs: number): Point[][] {
  const runs: Point[][] = [];
  let last: Point | undefined;
  for (const point of points) {
    if (last !== undefined && point.start - last.start < widthMs * 1.5) runs.at(-1)?.push(point);
    else runs.push([point]);
    last = point;
  }
  return runs;
}

/** The middle of a bucket, or of what of it is over. */
export const middleOf = ({ start, partial }: Point, widthMs: number, asOf: number): number =>
  partial ? start + Math.max(0, Math.min(widthMs, asOf - start)) / 2 : start + widthMs / 2;

/** A screen has a thousand columns, a week ten thousand minutes. What is drawn in each column: its first, least, greatest and
 * last value, in order. To the eye it is the same. */
export function thinned(
  points: readonly Point[],
  column: (point: Point) => number,
  value: (point: Point) => number,
): Point[] {
  const kept: Point[] = [];
  for (const inside of columnsOf(points, column)) {
    if (inside.length <= 4) {
      kept.push(...inside);
      continue;
    }
    let [low, high] = [0, 0];
    inside.forEach((point, i) => {
      if (value(point) < value(inside[low] as Point)) low = i;
      if (value(point) > value(inside[high] as Point)) high = i;
    });
    const places = [...new Set([0, Math.min(low, high), Math.max(low, high), inside.length - 1])];
    kept.push(...places.map((i) => inside[i] as Point));
  }
  return kept;
}

/** Neighbours that fall in one column. */
export function columnsOf(points: readonly Point[], column: (point: Point) => number): Point[][] {
  const columns: Point[][] = [];
  let last: number | undefined;
  for (const point of points) {
    const at = column(point);
    if (at === last) columns.at(-1)?.push(point);
    else columns.push([point]);
    last = at;
  }
  return columns;
}

/** About so many round values that lie within [low, high]. */
export function valueTicks(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / Math.max(1, wanted);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The values a picture must hold, with some room; a flat line is in the middle. One of noughts has whole numbers beside it. */
export function domainOf(values: Iterable<number>): [low: number, high: number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return undefined;
  const room = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

const MINUTES = [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS);
const HOURS = [1, 2, 3, 6, 12].map((n) => n * HOUR_MS);
const DAYS = [1, 2, 7, 14, 28, 61, 122].map((n) => n * DAY_MS);
const STEPS = [...MINUTES, ...HOURS, ...DAYS];

export interface TimeTick {
  at: number;
  label: string;
}

/** What clocks of a zone show, as if it were UTC. */
export const localIso = (at: number, zone: string): string => new Date(at + offsetAt(zone, at)).toISOString();

/** About so many round moments of the zone within the span. */
export function timeTicks({ from, to }: Span, zone: string, wanted: number): TimeTick[] {
  const step = STEPS.find((candidate) => (to - from) / candidate <= wanted) ?? (STEPS.at(-1) as number);
  const ticks: TimeTick[] = [];
  const isLong = to - from > 26 * HOUR_MS;
  const add = (at: number) => {
    if (at < from || at > to) return;
    const iso = localIso(at, zone);
    const isMidnight = iso.slice(11, 16) === "00:00";
    const label = step >= DAY_MS || (isLong && isMidnight) ? iso.slice(5, 10) : iso.slice(11, 16);
    ticks.push({ at, label });
  };
  if (step >= DAY_MS) {
    const every = step / DAY_MS;
    // Counted from 1970, so that marks stay where they are while the span moves on.
    for (const at of dayEdges(zone, from, to))
      if (Math.round((at + offsetAt(zone, at)) / DAY_MS) % every === 0) add(at);
    return ticks;
  }
  const stride = Math.min(step, HOUR_MS);
  for (let at = Math.floor(from / stride) * stride; at <= to; at += stride) {
    if ((at + offsetAt(zone, at)) % step === 0) add(at);
  }
  return ticks;
}

/** A moment as somebody types it, by the clocks of a zone; NaN for what is none. */
export function momentOfLocal(text: string, zone: string): number {
  const shown = Date.parse(`${text}Z`);
  if (Number.isNaN(shown)) return shown;
  const guess = shown - offsetAt(zone, shown);
  return shown - offsetAt(zone, guess);
}

export const localOfMoment = (at: number, zone: string): string => localIso(at, zone).slice(0, 16);

/** 2026-11-21 14:03, a day alone where buckets are days. */
export const localTime = (at: number, zone: string, widthMs: number): string => {
  const iso = localIso(at, zone);
  return widthMs >= DAY_MS ? iso.slice(0, 10) : iso.slice(0, widthMs === 0 ? 23 : 16).replace("T", " ");
};
