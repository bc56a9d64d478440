/* What the routes of metrics answer. */
import * as z from "zod";
import { MetricPoint, TIMELINE_RESOLUTIONS } from "./points";

const labels = z.record(z.string(), z.string());

export const MetricList = z.object({
  metrics: z.array(
    z.object({
      name: z.string(),
      series: z.number().int().describe("Series of that name; at most 100 of them are listed"),
      labels: z.array(labels),
      /** The newest sample's own time; null when its object cannot be reached. */
      last_seen: z.string().nullable(),
    }),
  ),
  next_cursor: z.string().nullable(),
  as_of: z.string(),
});
export type MetricList = z.infer<typeof MetricList>;

export const RawPoint = z.object({ start: z.string(), value: z.number(), labels: labels.optional() });
export type RawPoint = z.infer<typeof RawPoint>;

export const Timeline = z.object({
  name: z.string(),
  resolution: z.enum(TIMELINE_RESOLUTIONS),
  as_of: z.string(),
  zone: z.string().optional(),
  series: z.number().int().describe("Series that the points are of"),
  /** Relative error of p50, p95 and p99. */
  percentile_error: z.number().optional(),
  /** Raw values are complete from here on; what is older is in the archive. */
  complete_from: z.string().optional(),
  /** Objects that did not answer: the points lack theirs. */
  unavailable: z.array(z.string()).optional(),
  points: z.array(z.union([MetricPoint, RawPoint])),
});
export type Timeline = z.infer<typeof Timeline>;

export const Usage = z.object({
  sources: z.array(
    z.object({
      source: z.string(),
      object: z.string(),
      series: z.number().int(),
      limit: z.number().int(),
      samples: z.number().int(),
      overflows: z.array(
        z.object({ name: z.string(), label: z.string().nullable(), samples: z.number().int(), since: z.string() }),
      ),
    }),
  ),
  unavailable: z.array(z.string()),
  as_of: z.string(),
});
export type Usage = z.infer<typeof Usage>;
