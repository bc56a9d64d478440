/* What a node's entry says: the event, and the node as it stands after it. */
import { z } from "zod";
import { NodeStatus } from "./node";

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
  "configured",
  /** What only we know of the way to it: connected, or lost without a close. */
  "link",
  "deleted",
] as const;
export type NodeEvent = (typeof NODE_EVENTS)[number];

const Time = z.string().describe("RFC 3339, UTC");

const Config = z.object({
  name: z.string(),
  pool: z.string(),
  interval_s: z.number(),
  cron: z.string().nullable(),
  time_zone: z.string(),
  suspect_after_s: z.number(),
  down_after_s: z.number(),
  reconnect_grace_s: z.number(),
  maintenance: z.array(z.object({ start: z.number(), end: z.number() })),
  expected_offline: z.boolean(),
  ephemeral: z.boolean(),
  forget_after_s: z.number(),
});

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
  away_since: Time.nullable(),
  connected: z.boolean(),
  degraded: z.boolean(),
  message: z.string().optional(),
  downtime_s: z.number().optional().describe("resumed, recovered: how long it was away"),
  config: Config.optional().describe("When it changed"),
  by_operator: z.literal(true).optional(),
});
export type NodeData = z.infer<typeof NodeData>;
