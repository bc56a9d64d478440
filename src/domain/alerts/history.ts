/* Rows of the history: an alert as its last frame says it, and its events. Made from parts, in D1 and beside it. */
import { isoOf } from "../time";
import type { Alert, AlertEventRow, AlertFeed } from "./answers";
import type { AlertPart } from "./part";

/** A row of table `alerts`: times in epoch ms, flags as 0 and 1. */
export interface AlertRow {
  alert_id: string;
  key: string;
  location: string;
  /** JSON list. */
  types: string;
  type: string;
  severity: string;
  start_time: number;
  end_time: number;
  over_at: number;
  count: number;
  revision: number;
  /** JSON: when each revision was said first, epoch ms. */
  said_at: string;
  opened_at: number;
  closed_at: number | null;
  drill: number;
  cancelled: number;
  superseded_by: string | null;
}

/** A row of table `alert_events`. */
export interface EventRow {
  alert_id: string;
  epoch: string;
  seq: number;
  event_id: string | null;
  type: string;
  severity: string;
  text: string | null;
  start_time: number;
  end_time: number;
  accepted_at: number;
}

export function alertRow({ key, at, data }: AlertPart): AlertRow {
  const { aggregate } = data;
  const end = Date.parse(aggregate.end_time);
  const isEnded = data.cancelled === true || data.superseded_by !== undefined;
  return {
    alert_id: data.alert_id,
    key,
    location: data.location,
    types: JSON.stringify(aggregate.types),
    type: aggregate.type,
    severity: aggregate.severity,
    start_time: Date.parse(aggregate.start_time),
    end_time: end,
    over_at: isEnded ? Math.min(at, end) : end,
    count: aggregate.count,
    revision: aggregate.revision,
    said_at: JSON.stringify({ [aggregate.revision]: at }),
    opened_at: at,
    closed_at: data.event_type === "close" ? at : null,
    drill: data.drill ? 1 : 0,
    cancelled: data.cancelled ? 1 : 0,
    superseded_by: data.superseded_by ?? null,
  };
}

/** Undefined for a close: it is no event. */
export function eventRow({ epoch, seq, at, data }: AlertPart): EventRow | undefined {
  if (data.event_type === "close") return undefined;
  return {
    alert_id: data.alert_id,
    epoch,
    seq,
    event_id: data.event_id,
    type: data.type,
    severity: data.severity,
    text: data.text ?? null,
    start_time: Date.parse(data.start_time),
    end_time: Date.parse(data.end_time),
    accepted_at: at,
  };
}

/** One row per alert that these parts change, as the last of them says, and the rows of their events. An alert opened
 * before these parts keeps its `opened_at` and what is in its `said_at`: whoever stores a row adds to those. */
export function rowsOf(parts: AlertPart[]): { alerts: Map<string, AlertRow>; events: EventRow[] } {
  const alerts = new Map<string, AlertRow>();
  const events: EventRow[] = [];
  for (const part of parts) {
    const row = alertRow(part);
    const before = alerts.get(row.alert_id);
    alerts.set(row.alert_id, before === undefined ? row : following(row, before));
    const event = eventRow(part);
    if (event !== undefined) events.push(event);
  }
  // What an absorbed alert had belongs to the one that survived it.
  for (const event of events) event.alert_id = survivorOf(event.alert_id, alerts);
  return { alerts, events };
}

/** A later row of the same alert, with what of the earlier one stays. */
function following(row: AlertRow, { opened_at, said_at }: AlertRow): AlertRow {
  const said: Record<string, number> = { ...JSON.parse(row.said_at), ...JSON.parse(said_at) };
  return { ...row, opened_at, said_at: JSON.stringify(said) };
}

/** Follows what superseded an alert as far as these rows know. */
export function survivorOf(id: string, alerts: ReadonlyMap<string, AlertRow>): string {
  const next = alerts.get(id)?.superseded_by;
  return next === null || next === undefined ? id : survivorOf(next, alerts);
}

/** As the API shows it at `now`. */
export function alertOf(row: AlertRow, now: number): Alert {
  const { key: _, said_at: __, over_at, start_time, end_time, opened_at, closed_at, drill, cancelled, ...rest } = row;
  return {
    ...rest,
    types: JSON.parse(row.types) as string[],
    severity: row.severity as Alert["severity"],
    start_time: isoOf(start_time),
    end_time: isoOf(end_time),
    state: over_at <= now ? "closed" : start_time > now ? "upcoming" : "active",
    opened_at: isoOf(opened_at),
    closed_at: closed_at === null ? null : isoOf(closed_at),
    drill: drill === 1,
    cancelled: cancelled === 1,
  };
}

export function eventOf(row: EventRow): AlertEventRow {
  const { alert_id: _, start_time, end_time, accepted_at, ...rest } = row;
  return {
    ...rest,
    severity: row.severity as AlertEventRow["severity"],
    start_time: isoOf(start_time),
    end_time: isoOf(end_time),
    accepted_at: isoOf(accepted_at),
  };
}

/** For those who poll: what is active, the largest first, then the newest; what is to come, the soonest first; and what is
 * over before its end, so that whoever shows it stops.
 * @param rows those that are told at `now`
 * @param canary RFC 3339 */
export function feedOf(rows: AlertRow[], canary: string | null, now: number): AlertFeed {
  const isOver = (row: AlertRow): boolean => row.over_at <= now;
  const isUpcoming = (row: AlertRow): boolean => !isOver(row) && row.start_time > now;
  const active = rows.filter((row) => !isOver(row) && !isUpcoming(row));
  const upcoming = rows.filter(isUpcoming);
  return {
    as_of: isoOf(now),
    canary_at: canary,
    alerts: active.sort((a, b) => b.count - a.count || b.opened_at - a.opened_at).map((row) => alertOf(row, now)),
    upcoming: upcoming.sort((a, b) => a.start_time - b.start_time).map((row) => alertOf(row, now)),
    withdrawn: rows.filter(isOver).map((row) => alertOf(row, now)),
  };
}
