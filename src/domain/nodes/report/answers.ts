/* Reports as they are answered, stored and printed. */
import * as z from "zod";
import { NodeStatus } from "../node";
import { PERIODS, REPORT_KINDS } from "./period";

const Time = z.iso.datetime().describe("RFC 3339, UTC");

const Figures = z.object({
  uptime_percent: z
    .number()
    .nullable()
    .describe("Up of up and down; null where nothing counts. Never rounded up to 100"),
  up_s: z.number(),
  down_s: z.number(),
  incidents: z.number().int().describe("Failures"),
  temporary: z.number().int().describe("Absences that ended before they were failures"),
  slowest_recovery_s: z
    .number()
    .nullable()
    .describe("From the last sign of life to the next one, of those that came back"),
});

export const ReportedDowntime = z.object({
  from: Time,
  to: Time.nullable().describe("Null while it lasts: it counts to the end of the span"),
  down_s: z.number().describe("Less maintenance in between"),
});

export const NodeHealthRow = Figures.extend({
  node: z.string(),
  name: z.string(),
  pool: z.string().nullable().describe("Null for a node that was deleted"),
  status: NodeStatus.nullable().describe("At the end of the span; null where it is gone"),
  downtimes: z.array(ReportedDowntime).describe("The newest first, at most 20"),
});
export type NodeHealthRow = z.infer<typeof NodeHealthRow>;

export const PoolHealthRow = Figures.extend({
  pool: z.string().nullable(),
  nodes: z.number().int(),
  down: z.number().int().describe("Nodes that are down at the end of the span"),
});
export type PoolHealthRow = z.infer<typeof PoolHealthRow>;

const Head = { from: Time, to: Time, pool: z.string().nullable().describe("Null: all"), as_of: Time };

export const HealthReport = z.object({
  kind: z.literal("health"),
  ...Head,
  total: PoolHealthRow.omit({ pool: true }),
  pools: z.array(PoolHealthRow),
  nodes: z.array(NodeHealthRow).describe("The worst first, at most 1,000"),
  nodes_left_out: z.number().int(),
});
export type HealthReport = z.infer<typeof HealthReport>;

const Spread = z.object({ avg: z.number(), max: z.number(), p95: z.number() });

export const MeasuredRow = Spread.extend({ metric: z.string(), nodes: z.number().int(), samples: z.number().int() });
export type MeasuredRow = z.infer<typeof MeasuredRow>;

export const NodeMeasuredRow = Spread.extend({ node: z.string(), pool: z.string(), metric: z.string() });
export type NodeMeasuredRow = z.infer<typeof NodeMeasuredRow>;

export const Bottleneck = z.object({
  node: z.string(),
  pool: z.string(),
  of: z.string().describe("cpu, memory, swap or disk"),
  metric: z.string(),
  above: z.number().describe("The limit, in percent"),
  worst: z.number().describe("The highest average of one step"),
  above_s: z.number().describe("How long its average was above the limit, in steps"),
  longest_s: z.number().describe("Of that without a pause"),
  longest_from: Time,
});
export type Bottleneck = z.infer<typeof Bottleneck>;

export const PerformanceReport = z.object({
  kind: z.literal("performance"),
  ...Head,
  step: z.enum(["minute", "hour"]).describe("What bottlenecks are counted in"),
  percentile_error: z.number().describe("Relative error of p95"),
  pools: z.array(z.object({ pool: z.string(), metrics: z.array(MeasuredRow) })),
  nodes: z.array(NodeMeasuredRow).describe("Load and what has a limit; at most 5,000, the highest averages first"),
  nodes_left_out: z.number().int(),
  bottlenecks: z.array(Bottleneck).describe("The longest first, at most 1,000"),
  unavailable: z.number().int().describe("Objects that did not answer: what they have is missing"),
});
export type PerformanceReport = z.infer<typeof PerformanceReport>;

export const Report = z.discriminatedUnion("kind", [HealthReport, PerformanceReport]);
export type Report = z.infer<typeof Report>;

export const ListedReport = z.object({
  id: z.string(),
  kind: z.enum(REPORT_KINDS),
  period: z.enum(PERIODS),
  from: Time,
  to: Time,
  written_at: Time,
});
export type ListedReport = z.infer<typeof ListedReport>;

export const ReportList = z.object({
  reports: z.array(ListedReport).describe("The newest first"),
  next_cursor: z.string().nullable(),
  as_of: Time,
});
export type ReportList = z.infer<typeof ReportList>;
