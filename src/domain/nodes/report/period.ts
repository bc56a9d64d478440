/* Which spans of time reports are about, and which of them are written by the clock. Pure. */
import { bucketStart, RESOLUTIONS } from "../../bucket";
import type { Span } from "./health";

export const PERIODS = ["hour", "day"] as const;
export type Period = (typeof PERIODS)[number];
export const REPORT_KINDS = ["health", "performance"] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** Without anything asked for. */
const DEFAULT_MS = RESOLUTIONS.day;
/** A year and a day: as long as the events of nodes are kept. */
const LONGEST_MS = 366 * RESOLUTIONS.day;

/** The last one that is over. */
export function lastPeriod(period: Period, now: number): Span {
  const to = bucketStart(now, period);
  return { from: to - RESOLUTIONS[period], to };
}

export interface BadSpan {
  field: keyof Span;
  detail: string;
}

/** What is asked for; what has not happened yet is no part of it. */
export function spanAsked(from: number | undefined, to: number | undefined, now: number): Span | BadSpan {
  const end = Math.min(to ?? now, now);
  const start = from ?? end - DEFAULT_MS;
  if (start >= now) return { detail: "must not lie ahead", field: "from" };
  if (start >= end) return { detail: "must be later than the beginning", field: "to" };
  if (end - start > LONGEST_MS) return { detail: "must not be more than 366 days before to", field: "from" };
  return { from: start, to: end };
}

/** A report that was written: what it is about, and where it is kept. */
export interface ReportPlace {
  kind: ReportKind;
  period: Period;
  /** Epoch ms. */
  start: number;
}

/** `health-hour-20261121T160000Z` */
export const reportId = ({ kind, period, start }: ReportPlace): string =>
  `${kind}-${period}-${new Date(start).toISOString().replace(/[-:]|\.000/g, "")}`;

const ID = /^(health|performance)-(hour|day)-(\d{4})(\d\d)(\d\d)T(\d\d)0000Z$/;

/** Undefined for what is no id. */
export function placeOf(id: string): ReportPlace | undefined {
  const [, kind, period, year, month, day, hour] = ID.exec(id) ?? [];
  const start = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
  if (kind === undefined || Number.isNaN(start)) return undefined;
  return { kind: kind as ReportKind, period: period as Period, start };
}
