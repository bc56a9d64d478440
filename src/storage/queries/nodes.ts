/* Nodes in D1: each as its last event says, and what became of it. Beats write nothing here, so `last_seen` is as old as the
 * event; the object knows better. */
import { type NodeEventRow, type NodeRow, rowsOf } from "../../domain/nodes/history";
import type { NodePart } from "../../domain/nodes/part";
import { type Guard, guarded } from "./cursors";
import { jsonColumns } from "./json-rows";

const NODE_COLUMNS = [
  "node",
  "pool",
  "name",
  "status",
  "active",
  "health",
  "since",
  "last_seen",
  "boot_id",
  "config",
  "object",
  "epoch",
  "seq",
  "registered_at",
] as const satisfies (keyof NodeRow)[];

const EVENT_COLUMNS = [
  "node",
  "epoch",
  "seq",
  "event",
  "status",
  "at",
  "downtime_s",
  "severity",
  "message",
  "boot_id",
] as const satisfies (keyof NodeEventRow)[];

/** What is kept unless the node was born again, or the row says it. */
const KEPT: Partial<Record<keyof NodeRow, string>> = {
  config: "CASE excluded.config WHEN '' THEN config ELSE excluded.config END",
  registered_at: "CASE WHEN excluded.epoch > epoch THEN excluded.registered_at ELSE registered_at END",
};

// A column that may not be null is refused before a conflict is seen: what is not said is the empty text.
const MERGE_NODES = `INSERT INTO nodes (${NODE_COLUMNS.join(", ")})
SELECT ${jsonColumns(NODE_COLUMNS).replace("value->>'config'", "coalesce(value->>'config', '')")}
FROM json_each(?) WHERE GUARD ON CONFLICT (node) DO UPDATE SET
${NODE_COLUMNS.filter((name) => name !== "node")
  .map((name) => `${name} = ${KEPT[name] ?? `excluded.${name}`}`)
  .join(", ")}
WHERE (excluded.epoch, excluded.seq) > (epoch, seq)`;

const DELETE_NODES = `DELETE FROM nodes WHERE GUARD
AND EXISTS (SELECT 1 FROM json_each(?) WHERE value->>'node' = nodes.node AND value->>'epoch' >= nodes.epoch)`;

const ADD_EVENTS = `INSERT OR IGNORE INTO node_events (${EVENT_COLUMNS.join(", ")}) SELECT ${jsonColumns(EVENT_COLUMNS)}
FROM json_each(?) WHERE GUARD`;

/** The statements that bring the history up to these parts. Rows written: one per node that changed, one per event. */
export function mergeNodeParts(db: D1Database, parts: NodePart[], guard: Guard): D1PreparedStatement[] {
  const { nodes, gone, events } = rowsOf(parts);
  return [
    ...(gone.length === 0 ? [] : [deletion(db, guard, gone)]),
    ...(nodes.length === 0 ? [] : [guarded(db, MERGE_NODES, guard, JSON.stringify(nodes))]),
    ...(events.length === 0 ? [] : [guarded(db, ADD_EVENTS, guard, JSON.stringify(events))]),
  ];
}

/** Here the guard's values come first, as it does in the text. */
const deletion = (db: D1Database, guard: Guard, gone: unknown[]): D1PreparedStatement =>
  db.prepare(DELETE_NODES.replace("GUARD", guard.sql)).bind(...guard.values, JSON.stringify(gone));

const LISTED = NODE_COLUMNS.join(", ");
export type StoredNode = NodeRow & { config: string };

export async function findNode(db: D1Database, node: string): Promise<StoredNode | null> {
  return db.prepare(`SELECT ${LISTED} FROM nodes WHERE node = ?`).bind(node).first<StoredNode>();
}

export interface NodeQuery {
  status: string | undefined;
  health: string | undefined;
  active: boolean | undefined;
  pool: string | undefined;
  /** Part of the id or the name. */
  q: string | undefined;
  /** Ids, or beginnings with `*`; undefined: all. */
  ids: readonly string[] | undefined;
  /** The id that the page before ended with. */
  after: string;
  limit: number;
}

/** By id. */
export async function listNodes(db: D1Database, query: NodeQuery): Promise<StoredNode[]> {
  const values: (string | number)[] = [];
  const bind = (value: string | number): string => `?${values.push(value)}`;
  const conditions = [`node > ${bind(query.after)}`];
  for (const name of ["status", "health", "pool"] as const) {
    const wanted = query[name];
    if (wanted !== undefined) conditions.push(`${name} = ${bind(wanted)}`);
  }
  if (query.active !== undefined) conditions.push(`active = ${bind(query.active ? 1 : 0)}`);
  if (query.q !== undefined) {
    const q = bind(query.q.toLowerCase());
    conditions.push(`(instr(lower(node), ${q}) > 0 OR instr(lower(name), ${q}) > 0)`);
  }
  if (query.ids !== undefined) conditions.push(`(${query.ids.map((id) => idCondition(id, bind)).join(" OR ")})`);
  const sql = `SELECT ${LISTED} FROM nodes WHERE ${conditions.join(" AND ")} ORDER BY node LIMIT ${bind(query.limit)}`;
  const { results } = await db
    .prepare(sql)
    .bind(...values)
    .all<StoredNode>();
  return results;
}

function idCondition(id: string, bind: (value: string) => string): string {
  if (!id.endsWith("*")) return `node = ${bind(id)}`;
  const start = bind(id.slice(0, -1));
  return `substr(node, 1, length(${start})) = ${start}`;
}

/** Newest first, before a position. */
export async function nodeHistory(
  db: D1Database,
  node: string,
  before: { epoch: string; seq: number },
  limit: number,
): Promise<NodeEventRow[]> {
  const sql = `SELECT ${EVENT_COLUMNS.join(", ")} FROM node_events WHERE node = ? AND (epoch, seq) < (?, ?)
    ORDER BY epoch DESC, seq DESC LIMIT ?`;
  return (await db.prepare(sql).bind(node, before.epoch, before.seq, limit).all<NodeEventRow>()).results;
}
