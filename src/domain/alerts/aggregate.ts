/* An aggregate: the alerts of one place that overlap or touch in event time, as one. Its interval is their union: the least
 * start to the greatest end, never the sum of their lengths, and it never shrinks. */
import { isoOf } from "../time";
import { type AggregateData, type AlertData, type AlertEvent, MIXED } from "./alert";
import { type Severity, worseOf } from "./severity";

/** Types that an aggregate names. A source that invents a type with every event must not make its frames grow for ever. */
const TYPES_MAX = 20;

export interface Aggregate {
  alert_id: string;
  location: string;
  drill: boolean;
  /** Epoch ms. */
  start: number;
  end: number;
  count: number;
  /** In the order they came. */
  types: string[];
  severity: Severity;
  revision: number;
  /** When its close was committed; undefined while it is open. */
  closed: number | undefined;
  cancelled: boolean;
}

/** Touching counts. */
export const overlaps = (a: { start: number; end: number }, b: { start: number; end: number }): boolean =>
  a.start <= b.end && a.end >= b.start;

export const typeOf = (types: readonly string[]): string => (types.length === 1 ? (types[0] as string) : MIXED);

/** An event as an aggregate of its own. */
export function aggregateOf(event: AlertEvent): Aggregate {
  const { candidate: alert_id, location, drill, start, end, kind, severity } = event;
  const types = [kind];
  return {
    alert_id,
    location,
    drill,
    start,
    end,
    count: 1,
    types,
    severity,
    revision: 1,
    closed: undefined,
    cancelled: false,
  };
}

/** `a` grown by `b`: keeps the id and name of `a`, open again, one revision on. */
export function merged(a: Aggregate, b: Aggregate): Aggregate {
  return {
    ...a,
    start: Math.min(a.start, b.start),
    end: Math.max(a.end, b.end),
    count: a.count + b.count,
    types: [...new Set([...a.types, ...b.types])].slice(0, TYPES_MAX),
    severity: worseOf(a.severity, b.severity),
    closed: undefined,
  };
}

function aggregateData(a: Aggregate): AggregateData {
  return {
    start_time: isoOf(a.start),
    end_time: isoOf(a.end),
    count: a.count,
    types: a.types,
    type: typeOf(a.types),
    severity: a.severity,
    revision: a.revision,
  };
}

/** What `open` says: the event, and the aggregate it is part of from now on. */
export function openData(event: AlertEvent, aggregate: Aggregate, now: number): AlertData {
  const start = isoOf(event.start);
  const end = isoOf(event.end);
  return {
    event_type: "open",
    eventType: "open",
    alert_id: aggregate.alert_id,
    event_id: event.event_id,
    location: aggregate.location,
    type: event.kind,
    severity: event.severity,
    ...(event.text === undefined ? {} : { text: event.text }),
    sentTime: start,
    duration: end,
    start_time: start,
    end_time: end,
    accepted_at: isoOf(now),
    aggregate: aggregateData(aggregate),
    ...(aggregate.drill ? { drill: true as const } : {}),
  };
}

/** Why an aggregate is over when it is not because its time is. */
export type Ending = { cancelled: true } | { superseded_by: string } | Record<string, never>;

/** What `close` says: the aggregate, the sum of all its events. */
export function closeData(aggregate: Aggregate, ending: Ending, now: number): AlertData {
  const data = aggregateData(aggregate);
  return {
    event_type: "close",
    eventType: "close",
    alert_id: aggregate.alert_id,
    event_id: null,
    location: aggregate.location,
    type: data.type,
    severity: data.severity,
    sentTime: data.start_time,
    duration: data.end_time,
    start_time: data.start_time,
    end_time: data.end_time,
    accepted_at: isoOf(now),
    aggregate: data,
    ...(aggregate.drill ? { drill: true as const } : {}),
    ...ending,
  };
}

/** The aggregate as a frame of it leaves it. */
export function aggregateFrom(data: AlertData, at: number): Aggregate {
  const { alert_id, location, aggregate } = data;
  return {
    alert_id,
    location,
    drill: data.drill === true,
    start: Date.parse(aggregate.start_time),
    end: Date.parse(aggregate.end_time),
    count: aggregate.count,
    types: aggregate.types,
    severity: aggregate.severity,
    revision: aggregate.revision,
    closed: data.event_type === "close" ? at : undefined,
    cancelled: data.cancelled === true,
  };
}
