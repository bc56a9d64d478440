/* Rows of the history: a node as its last event says it, and its events. Made from parts. */
import type { NodePart } from "./part";

/** A row of table `nodes` without what only readers add: times in epoch ms, flags as 0 and 1. */
export interface NodeRow {
  node: string;
  pool: string;
  name: string;
  status: string;
  active: number;
  health: string;
  since: number;
  last_seen: number | null;
  boot_id: string | null;
  /** JSON; null when these parts do not say it. */
  config: string | null;
  object: string;
  epoch: string;
  seq: number;
  registered_at: number;
}

/** A row of table `node_events`. */
export interface NodeEventRow {
  node: string;
  epoch: string;
  seq: number;
  event: string;
  status: string;
  at: number;
  downtime_s: number | null;
  severity: string;
  message: string | null;
  boot_id: string | null;
}

const timeOf = (text: string | null): number | null => (text === null ? null : Date.parse(text));

/** @param before the row of an earlier part of this node */
function nodeRow({ object, epoch, seq, at, data }: NodePart, before: NodeRow | undefined): NodeRow {
  const { node, pool, name, status, health, boot_id } = data;
  const same = before?.epoch === epoch ? before : undefined;
  return {
    node,
    pool,
    name,
    status,
    active: data.active ? 1 : 0,
    health,
    since: Date.parse(data.since),
    last_seen: timeOf(data.last_seen),
    boot_id,
    config: data.config === undefined ? (same?.config ?? null) : JSON.stringify(data.config),
    object,
    epoch,
    seq,
    registered_at: same?.registered_at ?? at,
  };
}

const eventRow = ({ epoch, seq, at, data }: NodePart): NodeEventRow => ({
  node: data.node,
  epoch,
  seq,
  event: data.event,
  status: data.status,
  at,
  downtime_s: data.downtime_s ?? null,
  severity: data.severity,
  message: data.message ?? null,
  boot_id: data.boot_id,
});

/** One row per node that is still there after these parts, the last position of each that is gone, and all events. */
export function rowsOf(parts: readonly NodePart[]): {
  nodes: NodeRow[];
  gone: Pick<NodeRow, "node" | "epoch">[];
  events: NodeEventRow[];
} {
  const nodes = new Map<string, NodeRow>();
  const gone = new Map<string, Pick<NodeRow, "node" | "epoch">>();
  for (const part of parts) {
    const { node, event } = part.data;
    if (event === "deleted") {
      nodes.delete(node);
      gone.set(node, { node, epoch: part.epoch });
    } else nodes.set(node, nodeRow(part, nodes.get(node)));
  }
  return { nodes: [...nodes.values()], gone: [...gone.values()], events: parts.map(eventRow) };
}
