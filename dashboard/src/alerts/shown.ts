/* An alert as the page shows it, wherever it was heard: from a frame, from the second path, from the history. Pure. */
import type { AlertData } from "../../../src/domain/alerts/alert";
import type { Alert, AlertFeed } from "../../../src/domain/alerts/answers";
import type { Severity } from "../../../src/domain/alerts/severity";
import { type AlertState, stateAt } from "../../../src/domain/alerts/view";

export interface Shown {
  id: string;
  location: string;
  /** In the order they came; more than one is a mixed threat. */
  types: readonly string[];
  type: string;
  severity: Severity;
  text: string | undefined;
  /** Epoch ms, as start, end and the moment of the latest news. */
  start: number;
  end: number;
  newsAt: number;
  /** When its latest event was accepted, where that is known: the second path does not tell. */
  eventAt: number | undefined;
  count: number;
  revision: number;
  state: AlertState;
  drill: boolean;
  cancelled: boolean;
  supersededBy: string | undefined;
}

/** @param now epoch ms by the server's clock */
export function shownOf(data: AlertData, now: number, text?: string): Shown {
  const { aggregate } = data;
  return {
    id: data.alert_id,
    location: data.location,
    types: aggregate.types,
    type: aggregate.type,
    severity: aggregate.severity,
    text: data.text ?? text,
    start: Date.parse(aggregate.start_time),
    end: Date.parse(aggregate.end_time),
    newsAt: Date.parse(data.accepted_at),
    eventAt: data.event_id === null ? undefined : Date.parse(data.accepted_at),
    count: aggregate.count,
    revision: aggregate.revision,
    state: data.event_type === "close" ? "closed" : stateAt(data, now),
    drill: data.drill ?? false,
    cancelled: data.cancelled ?? false,
    supersededBy: data.superseded_by,
  };
}

/** What the API answers, as the frame that would have said the same: one fold takes both. */
export function frameDataOf(alert: Alert): AlertData {
  const { alert_id, location, type, types, severity, start_time, end_time, count, revision } = alert;
  // An alert that has ended is closed for everybody, even before its close frame.
  const event_type = alert.state === "closed" ? "close" : "open";
  return {
    event_type,
    eventType: event_type,
    alert_id,
    event_id: null,
    location,
    type,
    severity,
    sentTime: start_time,
    duration: end_time,
    start_time,
    end_time,
    accepted_at: alert.closed_at ?? alert.opened_at,
    aggregate: { start_time, end_time, count, types, type, severity, revision },
    ...(alert.drill ? { drill: true } : {}),
    ...(alert.cancelled ? { cancelled: true } : {}),
    ...(alert.superseded_by === null ? {} : { superseded_by: alert.superseded_by }),
  };
}

/** What the second path tells, as frames. Nothing is over because it is absent: this path lags behind the first. While a
 * version is rolled out, an older one may answer, which tells nothing of what was withdrawn. */
export const framesOf = ({ alerts, upcoming, withdrawn = [] }: AlertFeed): { type: string; data: AlertData }[] =>
  [...alerts, ...upcoming, ...withdrawn].map(frameDataOf).map((data) => ({ type: data.event_type, data }));

/** The largest first, then the newest; ids last, so that equals do not change places. */
export const byWeight = (a: Shown, b: Shown): number =>
  b.count - a.count || b.start - a.start || a.id.localeCompare(b.id);
const bySoonest = (a: Shown, b: Shown): number => a.start - b.start || a.id.localeCompare(b.id);
/** A cancelled alert is over before its end. */
const overAt = ({ end, newsAt, cancelled }: Shown): number => (cancelled ? Math.min(end, newsAt) : end);
const byLatest = (a: Shown, b: Shown): number => overAt(b) - overAt(a) || a.id.localeCompare(b.id);

export interface Sections {
  active: Shown[];
  upcoming: Shown[];
  closed: Shown[];
}

const ORDER: Record<keyof Sections, (a: Shown, b: Shown) => number> = {
  active: byWeight,
  upcoming: bySoonest,
  closed: byLatest,
};

/** One kind of alerts, real ones or drills, never both. */
export function sectionsOf(alerts: readonly Shown[], drill: boolean): Sections {
  const ofState = (state: keyof Sections): Shown[] =>
    alerts.filter((alert) => alert.drill === drill && alert.state === state).sort(ORDER[state]);
  return { active: ofState("active"), upcoming: ofState("upcoming"), closed: ofState("closed") };
}
