/* Heartbeats posted over HTTP, one node's or many's, and what is answered. */
import * as z from "zod";
import { NodeView, type SignalAnswer } from "./answers";
import type { Signal } from "./decide";
import { Heartbeat, NodeConfig, NodeId, NodeStatus } from "./node";
import { NODE_EVENTS } from "./node-event";

/** One beat of a request about many nodes. */
export const NodeHeartbeat = Heartbeat.extend({ node: NodeId });
export type NodeHeartbeat = z.infer<typeof NodeHeartbeat>;

const Time = z.iso.datetime().describe("RFC 3339, UTC");

export const BeatResult = z.object({
  node: z.string(),
  status: NodeStatus.nullable(),
  active: z.boolean(),
  duplicate: z.boolean().describe("It came before"),
  ignored: z.boolean().describe("A later one came before: it changed nothing"),
  created: z.boolean().describe("It registered the node"),
});
export type BeatResult = z.infer<typeof BeatResult>;

export const PostedBeats = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  results: z.array(BeatResult).describe("In the order sent"),
});
export type PostedBeats = z.infer<typeof PostedBeats>;

const ACTIVE = new Set<string>(["up", "suspect", "flapping"]);

export function postedBeats(answers: SignalAnswer[]): PostedBeats {
  const results = answers.map((answer) => ({ ...answer, active: ACTIVE.has(answer.status ?? "") }));
  const duplicates = results.filter((result) => result.duplicate).length;
  return { accepted: results.length - duplicates, duplicates, results };
}

export const signalOf = ({ status, boot_id, interval_s, pool, message }: Heartbeat): Signal => ({
  type: "beat",
  status: status ?? "ok",
  boot_id,
  interval_s,
  pool,
  message,
});

/** A node in a list, as its last event says. Healthy beats write nothing, so `last_seen` is as old as that event. */
export const ListedNode = z.object({
  node: z.string(),
  name: z.string(),
  pool: z.string(),
  status: NodeStatus,
  active: z.boolean(),
  health: z.enum(["ok", "warning", "critical"]),
  since: Time.describe("When the status began"),
  last_seen: Time.nullable().describe("The last beat known at that event; the node's own page is exact"),
  boot_id: z.string().nullable(),
  registered_at: Time,
  config: NodeConfig,
});
export type ListedNode = z.infer<typeof ListedNode>;

export const NodeList = z.object({ nodes: z.array(ListedNode), next_cursor: z.string().nullable(), as_of: Time });
export type NodeList = z.infer<typeof NodeList>;

export const NodeDetail = NodeView.extend({
  as_of: Time,
  stale: z.literal(true).optional().describe("Its monitor cannot be reached: what was stored"),
  ping: z
    .object({
      ping_url: z.string().describe("For cron jobs: /start, /fail, /log and /<exit code> may follow"),
      push_url: z.string().describe("For push monitors: ?status=up|down&msg=&ping="),
      by_name_url: z
        .string()
        .optional()
        .describe("The same by name, for every node: /start, … and ?create=1; not for keys limited to some nodes"),
    })
    .optional()
    .describe("For whoever may configure nodes"),
});
export type NodeDetail = z.infer<typeof NodeDetail>;

export const NodeEventItem = z.object({
  event: z.enum(NODE_EVENTS),
  status: NodeStatus,
  at: Time,
  downtime_s: z.number().nullable(),
  severity: z.enum(["info", "warning", "critical"]),
  message: z.string().nullable(),
  boot_id: z.string().nullable(),
  epoch: z.string(),
  seq: z.number().int(),
});
export type NodeEventItem = z.infer<typeof NodeEventItem>;

export const NodeHistory = z.object({
  node: z.string(),
  events: z.array(NodeEventItem).describe("Newest first"),
  next_cursor: z.string().nullable(),
  as_of: Time,
});
export type NodeHistory = z.infer<typeof NodeHistory>;
