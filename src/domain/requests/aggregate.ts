/* Aggregations: the figures of all requests of a span, asked for now and worked later. */
import * as z from "zod";
import { Timestamp } from "../time";
import { DAY_MS } from "../units";
import type { AggregatedMetric } from "./answers";
import { figureOf, METRICS, type Metric } from "./rank";
import { ERRORS_FROM } from "./request";
import { emptySummary, mergeSummary, type Summary } from "./summary";
import { type WindowQuestion, wholeMinutes } from "./window";

/** As long as hours and days are kept. */
export const SPAN_MAX_DAYS = 366;
export const SPAN_MAX_MS = SPAN_MAX_DAYS * DAY_MS;

export const AggregateInput = z
  .strictObject({
    start_time: Timestamp,
    end_time: Timestamp.describe("Exclusive"),
    metrics: z.array(z.enum(METRICS)).min(1).max(METRICS.length),
  })
  .superRefine(({ start_time, end_time }, ctx) => {
    const complain = (message: string) => ctx.addIssue({ code: "custom", path: ["end_time"], message });
    if (start_time >= end_time) complain("must lie after start_time");
    else if (end_time - start_time > SPAN_MAX_MS) complain(`lies more than ${SPAN_MAX_DAYS} days after start_time`);
  });
export type AggregateInput = z.infer<typeof AggregateInput>;

/** What travels on the queue; everything else is in D1. */
export const AggregationMessage = z.object({ v: z.literal(1), aggregation_id: z.string().min(1).max(64) });
export type AggregationMessage = z.infer<typeof AggregationMessage>;

/** Statuses are few and exact, and their rows add up to everything. */
export const totalsQuestion = (start: number, end: number): WindowQuestion => ({
  dimension: "status_code",
  metric: "p95",
  errorsFrom: ERRORS_FROM,
  ...wholeMinutes(start, end),
});

/** @param summaries one of each object, to `totalsQuestion` */
export function aggregated(
  summaries: readonly Summary[],
  metrics: readonly Metric[],
): { total: number; result: AggregatedMetric[] } {
  const all = emptySummary();
  for (const { rows } of summaries) {
    // Under one name all rows become one.
    for (const row of rows.values()) mergeSummary(all, { ...emptySummary(), rows: new Map([["", row]]) });
  }
  const row = all.rows.get("");
  const valueOf = (metric: Metric) => (row === undefined ? undefined : figureOf(row, metric, all.lost)?.value);
  return {
    total: row?.count ?? 0,
    result: metrics.map((metric) => {
      // Nothing happened nought times; of anything else nothing is known then.
      const value = valueOf(metric) ?? (metric === "frequency" ? 0 : null);
      return { metric_name: metric, metric_value: value };
    }),
  };
}
