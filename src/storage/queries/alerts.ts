/* Civil alerts in D1: the history, and what is active now for whoever can only poll. */
import { type AlertRow, type EventRow, rowsOf, survivorOf } from "../../domain/alerts/history";
import type { AlertPart, AreaPart } from "../../domain/alerts/part";
import { HOUR_MS } from "../../domain/units";
import { type Guard, guarded } from "./cursors";
import { jsonColumns } from "./json-rows";

export const CANARY_FACT = "alerts.canary_at";

export const ALERT_COLUMNS = [
  "alert_id",
  "key",
  "location",
  "types",
  "type",
  "severity",
  "start_time",
  "end_time",
  "over_at",
  "count",
  "revision",
  "said_at",
  "opened_at",
  "closed_at",
  "drill",
  "cancelled",
  "superseded_by",
] as const satisfies (keyof AlertRow)[];
/** The first that is known of it stays. */
const KEPT = new Set<string>(["alert_id", "said_at", "opened_at"]);

/** Revisions of an alert of which it is remembered when they were said. */
const REVISIONS_MAX = 20;

const EVENT_COLUMNS = [
  "alert_id",
  "epoch",
  "seq",
  "event_id",
  "type",
  "severity",
  "text",
  "start_time",
  "end_time",
  "accepted_at",
] as const satisfies (keyof EventRow)[];

// Frames come in order; what was parked may come long after what followed it.
const MERGE_ALERTS = `INSERT INTO alerts (${ALERT_COLUMNS.join(", ")}) SELECT ${jsonColumns(ALERT_COLUMNS)}
FROM json_each(?) WHERE GUARD ON CONFLICT (alert_id) DO UPDATE SET
${ALERT_COLUMNS.filter((name) => !KEPT.has(name))
  .map((name) => `${name} = excluded.${name}`)
  .join(", ")},
said_at = (SELECT json_group_object(key, value) FROM (SELECT key, value
  FROM json_each(json_patch(excluded.said_at, said_at)) ORDER BY CAST(key AS INTEGER) DESC LIMIT ${REVISIONS_MAX}))
WHERE (excluded.revision, excluded.closed_at IS NOT NULL) >= (revision, closed_at IS NOT NULL)`;

const ADD_EVENTS = `INSERT OR IGNORE INTO alert_events (${EVENT_COLUMNS.join(", ")}) SELECT ${jsonColumns(EVENT_COLUMNS)}
FROM json_each(?) WHERE GUARD`;

const MOVE_EVENTS = "UPDATE alert_events SET alert_id = ? WHERE alert_id = ? AND GUARD";

/** The newest one, unless that is from before the clock was set back. */
const NOTE_CANARY = `INSERT INTO facts (name, value) SELECT ?, ? WHERE GUARD
ON CONFLICT (name) DO UPDATE SET value = excluded.value
WHERE excluded.value > value OR value > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+60 seconds')`;

/** The statements that bring the history up to these parts. Rows written: an alert's with its index, one per event. */
export function mergeAreaParts(db: D1Database, parts: AreaPart[], guard: Guard): D1PreparedStatement[] {
  const { alerts, events } = rowsOf(parts.filter((part): part is AlertPart => part.kind === "alert"));
  const canary = parts.findLast((part) => part.kind === "canary");
  const rows = [...alerts.values()];
  const absorbed = rows.filter((row) => row.superseded_by !== null);
  return [
    ...(rows.length === 0 ? [] : [guarded(db, MERGE_ALERTS, guard, JSON.stringify(rows))]),
    ...(events.length === 0 ? [] : [guarded(db, ADD_EVENTS, guard, JSON.stringify(events))]),
    ...absorbed.map(({ alert_id }) => guarded(db, MOVE_EVENTS, guard, survivorOf(alert_id, alerts), alert_id)),
    ...(canary === undefined ? [] : [guarded(db, NOTE_CANARY, guard, CANARY_FACT, new Date(canary.at).toISOString())]),
  ];
}

export async function findAlert(db: D1Database, id: string): Promise<{ alert: AlertRow; events: EventRow[] } | null> {
  const [alert, events] = await db.batch<AlertRow | EventRow>([
    db.prepare(`SELECT ${ALERT_COLUMNS.join(", ")} FROM alerts WHERE alert_id = ?`).bind(id),
    db
      .prepare(
        `SELECT ${EVENT_COLUMNS.join(", ")} FROM alert_events WHERE alert_id = ? ORDER BY accepted_at, epoch, seq`,
      )
      .bind(id),
  ]);
  const found = alert?.results[0] as AlertRow | undefined;
  return found === undefined ? null : { alert: found, events: (events?.results ?? []) as EventRow[] };
}

export interface AlertQuery {
  state: "upcoming" | "active" | "closed" | undefined;
  /** Keys of places; a `*` at the end makes it a beginning. Empty: all. */
  keys: string[];
  /** Changed at or after, epoch ms. */
  since: number | undefined;
  limit: number;
  /** Where the page before ended. */
  before: { over_at: number; alert_id: string } | undefined;
  now: number;
}

const STATES = {
  upcoming: "over_at > ?1 AND start_time > ?1",
  active: "over_at > ?1 AND start_time <= ?1",
  closed: "over_at <= ?1",
} as const;

/** Newest end first. */
export async function listAlerts(db: D1Database, query: AlertQuery): Promise<AlertRow[]> {
  const { state, keys, since, limit, before, now } = query;
  const values: (string | number)[] = [now];
  const bind = (value: string | number): string => `?${values.push(value)}`;
  const conditions = [state === undefined ? "?1 = ?1" : STATES[state]];
  if (keys.length > 0) conditions.push(`(${keys.map((key) => placeCondition(key, bind)).join(" OR ")})`);
  if (since !== undefined) {
    const at = bind(since);
    conditions.push(`(opened_at >= ${at} OR coalesce(closed_at, 0) >= ${at})`);
  }
  if (before !== undefined)
    conditions.push(`(over_at, alert_id) < (${bind(before.over_at)}, ${bind(before.alert_id)})`);
  const sql = `SELECT ${ALERT_COLUMNS.join(", ")} FROM alerts WHERE ${conditions.join(" AND ")}
    ORDER BY over_at DESC, alert_id DESC LIMIT ${bind(limit)}`;
  return (
    await db
      .prepare(sql)
      .bind(...values)
      .all<AlertRow>()
  ).results;
}

function placeCondition(key: string, bind: (value: string) => string): string {
  if (!key.endsWith("*")) return `key = ${bind(key)}`;
  const start = bind(key.slice(0, -1));
  return `substr(key, 1, length(${start})) = ${start}`;
}

/** A withdrawn alert is told so long, so that whoever fetches now and then hears of it. Then it is over by its own time, or
 * whoever still shows it has not asked for an hour. */
export const WITHDRAWN_MS = HOUR_MS;

/** Of the moment ?2: what is not over, and what was withdrawn after ?1. */
export const TOLD = `over_at > ?1 AND (over_at > ?2 OR (end_time > ?2 AND (cancelled = 1 OR superseded_by IS NOT NULL)))`;

/** What is told at `now`, and the last canary that came this way. */
export async function currentAlerts(
  db: D1Database,
  now: number,
): Promise<{ alerts: AlertRow[]; canary: string | null }> {
  const [alerts, canary] = await db.batch<AlertRow | { value: string }>([
    db
      .prepare(`SELECT ${ALERT_COLUMNS.join(", ")} FROM alerts WHERE ${TOLD} ORDER BY over_at`)
      .bind(now - WITHDRAWN_MS, now),
    db.prepare("SELECT value FROM facts WHERE name = ?").bind(CANARY_FACT),
  ]);
  const fact = canary?.results[0] as { value: string } | undefined;
  return { alerts: (alerts?.results ?? []) as AlertRow[], canary: fact?.value ?? null };
}
