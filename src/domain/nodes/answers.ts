/* What a monitor answers. Plain data, safe over RPC. */
import * as z from "zod";
import { NodeConfig, type NodeStatus } from "./node";
import { NodeData } from "./node-event";

/** A node on the wall, as its last frame says. */
export const WallNode = NodeData.pick({
  node: true,
  name: true,
  pool: true,
  status: true,
  active: true,
  health: true,
  since: true,
  last_seen: true,
});
export type WallNode = z.infer<typeof WallNode>;

/** A node as its object knows it this moment. */
export const NodeView = NodeData.omit({ event: true, severity: true, message: true, downtime_s: true, took_s: true })
  .omit({ by_operator: true })
  .extend({
    config: NodeConfig,
    configured: z.boolean().describe("By an operator: what the node says of itself changes nothing"),
    epoch: z.string(),
    seq: z.number().int(),
  });
export type NodeView = z.infer<typeof NodeView>;

/** What became of one signal, in the order sent. */
export interface SignalAnswer {
  node: string;
  /** Null for a node that nobody knows. */
  status: NodeStatus | null;
  /** It came before. */
  duplicate: boolean;
  /** A later one came before: it changed nothing. */
  ignored: boolean;
  /** It registered the node. */
  created: boolean;
}
