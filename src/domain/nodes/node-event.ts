/* What a node's entry says: the event, and the node as it stands after it. */
import * as z from "zod";
import { NodeConfig, NodeStatus } from "./node";

export const NODE_EVENTS = [
  "registered",
  "started",
  "restarted",
  "stopped",
  "suspect",
  /** Back before it was down: a temporary downtime, a notice and no alert. */
  "resumed",
  "down",
  "recovered",
  "maintenance",
  "flapping",
  "settled",
  "degraded",
  "healthy",
  /** A run of a job, as it says; what somebody wanted to have on record. */
  "began",
  "finished",
  "logged",
  "configured",
  /** No event: what must be known of it after a restart of ours, such as whether it is connected. */
  "link",
  "deleted",
] as const;
export type NodeEvent = (typeof NODE_EVENTS)[number];

const Time = z.string().describe("RFC 3339, UTC");

export const NodeData = z.object({
  event: z.enum(NODE_EVENTS),
  node: z.string(),
  name: z.string(),
  pool: z.string(),
  status: NodeStatus,
  active: z.boolean(),
  health: z.enum(["ok", "warning", "critical"]),
  severity: z.enum(["info", "warning", "critical"]).describe("How much it matters to whoever is told"),
  since: Time.describe("When the status began"),
  last_seen: Time.nullable().describe("The last beat known when this was said"),
  boot_id: z.string().nullable(),
  stopped_at: Time.nullable(),
  failed_at: Time.nullable(),
  link_lost_at: Time.nullable().describe("Silence counts from here: we lost the way to it"),
  away_since: Time.nullable().describe("suspect, down: since when it is not heard"),
  down_since: Time.nullable().describe("When that was called a failure"),
  began_at: Time.nullable().describe("A run of its job is under way since"),
  connected: z.boolean(),
  degraded: z.boolean(),
  message: z.string().optional(),
  downtime_s: z.number().optional().describe("resumed, recovered: how long it was away"),
  took_s: z.number().optional().describe("finished: how long the run took"),
  config: NodeConfig.optional().describe("When it changed"),
  by_operator: z.literal(true).optional(),
});
export type NodeData = z.infer<typeof NodeData>;
