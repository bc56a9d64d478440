/* A question about the requests of a window, and how the figures of stored and open buckets answer it. */
import { bucketStart, RESOLUTIONS } from "../bucket";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../units";
import type { Dimension } from "./answers";
import type { Facet, Facets } from "./minute";
import { type Metric, ORDER_OF } from "./rank";
import { addLargest, addStatuses, addTable, type Question, type Summary } from "./summary";

/** Plain data: what an object is asked. */
export interface WindowQuestion {
  dimension: Dimension;
  metric: Metric;
  /** Whole minutes, half-open, epoch ms. */
  from: number;
  to: number;
  method?: string | undefined;
  status?: number | undefined;
  /** From here on a status is an error. */
  errorsFrom: number;
}

/** From which facet a dimension is answered. Statuses of all requests are in the endpoints' cells. */
export const FACET_OF: Record<Dimension, Facet> = {
  endpoint: "endpoint",
  status_code: "endpoint",
  user_id: "user",
  request_id: "ids",
};

const detailsOf = ({ method, status, errorsFrom, metric }: WindowQuestion): Question => ({
  method,
  status,
  errorsFrom,
  sketches: metric === "p95",
});

/** Adds what one bucket says. @param facet the one that FACET_OF names */
export function addBucket(summary: Summary, question: WindowQuestion, facet: Facets[Facet]): void {
  const details = detailsOf(question);
  if ("codes" in facet) addLargest(summary, facet, details, ORDER_OF[question.metric]);
  else if (question.dimension === "status_code") addStatuses(summary, facet, details);
  else addTable(summary, facet, details);
}

/** The whole minutes that hold [start, end). */
export function wholeMinutes(start: number, end: number): { from: number; to: number } {
  const width = RESOLUTIONS.minute;
  return { from: bucketStart(start, "minute"), to: Math.ceil(end / width) * width };
}

export const WINDOWS = {
  "1m": MINUTE_MS,
  "5m": 5 * MINUTE_MS,
  "10m": 10 * MINUTE_MS,
  "1h": HOUR_MS,
  "24h": DAY_MS,
} as const;
export type WindowName = keyof typeof WINDOWS;
