/* The reducer of a place: its alerts, gathered into aggregates, each closed once at its end.
 *
 * Every event is told at once by an `open` that carries the aggregate as it stands then. Exactly one `close` follows at the
 * aggregate's end, by the alarm. An event that comes while a closed aggregate is in its grace period corrects it: its
 * `open` and a later `close` carry the same id and a higher revision. One that joins several lets the oldest survive. */
import type { Entry, Reducer } from "../ledger/reducer";
import { DAY_MS, HOUR_MS } from "../units";
import { type Aggregate, aggregateFrom, aggregateOf, closeData, merged, openData, overlaps } from "./aggregate";
import { type AlertCommand, type AlertData, type AlertEvent, CANARY_EVERY_MS, type CanaryData } from "./alert";

export type AlertFact =
  | { type: "open"; data: AlertData }
  | { type: "close"; data: AlertData }
  | { type: "canary"; data: CanaryData };

export interface AreaState {
  /** As first given; every later spelling is shown as this one. */
  location: string | undefined;
  /** By id, oldest first: those that are open, and closed ones that may still be corrected. */
  aggregates: Map<string, Aggregate>;
  /** When the last canary was sent, where there is one. */
  canary: number | undefined;
}

/** The longest grace period that may be set: how long a closed aggregate is remembered. */
export const GRACE_MAX_MS = HOUR_MS;
/** How long a place remembers ids: a retry of a source, or of a spool that could not reach it for hours, must not open an
 * alert again. */
export const IDENTITY_MS = DAY_MS;
/** Closed aggregates remembered per place; the oldest go first. */
const CLOSED_MAX = 500;

type AreaReducer = Reducer<AreaState, AlertCommand, AlertFact>;

const close = (aggregate: Aggregate, now: number): AlertFact => ({
  type: "close",
  data: closeData(aggregate, {}, now),
});

/** Those that are over by the clock and not closed yet. */
function due(state: AreaState, now: number): Aggregate[] {
  const over = [...state.aggregates.values()].filter((a) => a.closed === undefined && a.end <= now);
  return over.sort((a, b) => a.end - b.end);
}

function decideEvent(state: AreaState, sent: AlertEvent, now: number, graceMs: number): AlertFact[] {
  const event = { ...sent, location: state.location ?? sent.location };
  const alone = aggregateOf(event);
  const joined = joinable(state, alone, now, graceMs);
  const [survivor, ...absorbed] = joined;
  let aggregate = alone;
  if (survivor !== undefined) {
    aggregate = [...absorbed, alone].reduce(merged, survivor);
    aggregate.revision = survivor.revision + 1;
  }
  const over = due(state, now).filter((a) => !joined.includes(a));
  return [
    ...over.map((a) => close(a, now)),
    { type: "open", data: openData(event, aggregate, now) },
    ...absorbed.map((a): AlertFact => {
      const last = { ...a, revision: a.revision + 1 };
      return { type: "close", data: closeData(last, { superseded_by: aggregate.alert_id }, now) };
    }),
    ...(aggregate.end <= now ? [close(aggregate, now)] : []),
  ];
}

/** What an event becomes part of: everything it overlaps or touches, and what that brings it to touch is in it already. */
function joinable(state: AreaState, event: Aggregate, now: number, graceMs: number): Aggregate[] {
  return [...state.aggregates.values()].filter((a) => {
    const corrigible = a.closed === undefined || now - a.closed <= graceMs;
    return corrigible && !a.cancelled && a.drill === event.drill && overlaps(a, event);
  });
}

function decideCancel(state: AreaState, alertId: string, now: number): AlertFact[] {
  const aggregate = state.aggregates.get(alertId);
  if (aggregate === undefined || aggregate.closed !== undefined) return [];
  const last = { ...aggregate, revision: aggregate.revision + 1 };
  return [{ type: "close", data: closeData(last, { cancelled: true }, now) }];
}

/** Whether a canary is on its way. One that was sent in the future was sent before somebody set the clock back: the next would
 * come when that time has come again. */
export function isBeating({ canary }: AreaState, now: number): boolean {
  return canary !== undefined && canary <= now + CANARY_EVERY_MS;
}

function canary(location: string, now: number): AlertFact {
  const kind = { event_type: "canary", eventType: "canary" } as const;
  const data = { ...kind, event_id: `canary-${now}`, location, accepted_at: new Date(now).toISOString() };
  return { type: "canary", data };
}

function apply(state: AreaState, entry: Entry<AlertFact>): AreaState {
  const { data } = entry;
  if (data.event_type === "canary") return { ...state, location: data.location, canary: entry.at };
  state.location ??= data.location;
  if (data.superseded_by !== undefined) state.aggregates.delete(data.alert_id);
  else state.aggregates.set(data.alert_id, aggregateFrom(data, entry.at));
  if (entry.type === "close") forget(state, entry.at);
  return state;
}

/** Drops closed aggregates that are too old, or too many. */
function forget(state: AreaState, now: number): void {
  const closed = [...state.aggregates.values()].filter((a) => a.closed !== undefined);
  const old = closed.filter((a, i) => (a.closed as number) < now - GRACE_MAX_MS || i < closed.length - CLOSED_MAX);
  for (const { alert_id } of old) state.aggregates.delete(alert_id);
}

function deadline(state: AreaState): number | undefined {
  let next = state.canary === undefined ? undefined : state.canary + CANARY_EVERY_MS;
  for (const { closed, end } of state.aggregates.values()) {
    if (closed === undefined && (next === undefined || end < next)) next = end;
  }
  return next;
}

/** @param graceMs how long after its close an aggregate may still be corrected, at most GRACE_MAX_MS */
export function areaOf(graceMs: number): AreaReducer {
  return {
    version: 1,
    topic: "areas",
    empty: () => ({ location: undefined, aggregates: new Map(), canary: undefined }),

    decide(state, command, now) {
      switch (command.type) {
        case "alert":
          return decideEvent(state, command, now, graceMs);
        case "cancel":
          return decideCancel(state, command.alert_id, now);
        case "canary":
          return isBeating(state, now) ? [] : [canary(command.location, now)];
        default:
          return command satisfies never;
      }
    },
    isOwn: (fact) => fact.type === "open",

    deadline,
    tick(state, now) {
      const isDue = state.canary !== undefined && state.canary + CANARY_EVERY_MS <= now;
      const beat = isDue ? [canary(state.location ?? "", now)] : [];
      return [...due(state, now).map((aggregate) => close(aggregate, now)), ...beat];
    },

    apply,
    snapshot: (state) => ({ location: state.location, aggregates: [...state.aggregates.values()] }),
    save: (state) => [state.location ?? null, [...state.aggregates.values()], state.canary ?? null],
    load(saved) {
      const [location, aggregates, beat] = saved as [string | null, Aggregate[], number | null];
      return {
        location: location ?? undefined,
        aggregates: new Map(aggregates.map((a) => [a.alert_id, a])),
        canary: beat ?? undefined,
      };
    },
  };
}
