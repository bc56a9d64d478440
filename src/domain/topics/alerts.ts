/* Topic `alerts`: the last frame of every alert that is not over, and when the canary was last heard. */
import { type Aggregate, aggregateFrom, closeData, overlaps } from "../alerts/aggregate";
import { AlertData, type AlertsSnapshot, CANARY_LOCATION, CanaryData } from "../alerts/alert";
import { replaces } from "../alerts/view";
import type { Entry } from "../ledger/reducer";
import { DAY_MS } from "../units";
import type { Current } from "./topic";

/** An alert whose close never came is dropped so long after its end. */
const FORGOTTEN_MS = DAY_MS;

/** So many that are over can still be found, until the history has them. */
const LATELY_MAX = 1_000;

export interface CurrentAlerts {
  alerts: Map<string, AlertData>;
  /** Those that were closed last. A convenience, not kept in checkpoints. */
  lately: Map<string, AlertData>;
  canaryAt: string | null;
}

function apply(current: CurrentAlerts, entry: Entry): CurrentAlerts {
  const canary = CanaryData.safeParse(entry.data);
  if (canary.success) {
    // Every minute is often enough: with a country's alerts, each frame would look at thousands.
    forget(current, entry.at);
    return { ...current, canaryAt: canary.data.accepted_at };
  }
  const alert = AlertData.safeParse(entry.data);
  if (!alert.success) return current;
  const { alert_id, event_type } = alert.data;
  if (event_type === "open") {
    current.alerts.set(alert_id, alert.data);
    current.lately.delete(alert_id);
  } else close(current, alert.data);
  return current;
}

function close({ alerts, lately }: CurrentAlerts, data: AlertData): void {
  alerts.delete(data.alert_id);
  lately.set(data.alert_id, data);
  const oldest = lately.keys().next().value;
  if (lately.size > LATELY_MAX && oldest !== undefined) lately.delete(oldest);
}

function forget({ alerts }: CurrentAlerts, now: number): void {
  for (const [id, { aggregate }] of alerts) {
    if (Date.parse(aggregate.end_time) < now - FORGOTTEN_MS) alerts.delete(id);
  }
}

/** An area that no longer has its older frames tells its aggregates: those unknown here are opened, those closed there are
 * closed here, and so are those that it has no more. */
function resync(current: CurrentAlerts, source: unknown): { type: string; data: AlertData }[] {
  const { location, aggregates = [] } = source as { location?: string; aggregates?: Aggregate[] };
  const told = aggregates.flatMap((aggregate) => {
    const isClosed = typeof aggregate.closed === "number";
    const known = current.alerts.get(aggregate.alert_id);
    if (isClosed && known === undefined) return [];
    const data = isClosed ? closedAs(aggregate) : openedAs(aggregate);
    return replaces(data, known) ? [{ type: data.event_type, data }] : [];
  });
  const kept = new Set(aggregates.map(({ alert_id }) => alert_id));
  const gone = [...current.alerts.values()].filter((data) => data.location === location && !kept.has(data.alert_id));
  return [...told, ...gone.map((data) => ({ type: "close", data: goneAs(data, aggregates) }))];
}

/** Absorbed by what it overlaps, or closed so long ago that its area has forgotten it. */
function goneAs(data: AlertData, aggregates: readonly Aggregate[]): AlertData {
  const last = aggregateFrom(data, 0);
  const survivor = aggregates.find((other) => other.drill === last.drill && overlaps(other, last));
  const ending = survivor === undefined ? {} : { superseded_by: survivor.alert_id };
  return closeData({ ...last, revision: last.revision + 1 }, ending, last.start);
}

const closedAs = (aggregate: Aggregate): AlertData =>
  closeData(aggregate, aggregate.cancelled ? { cancelled: true } : {}, aggregate.closed as number);

/** An open aggregate whose events were told while nobody could hear: as one event. */
const openedAs = (aggregate: Aggregate): AlertData => ({
  ...closeData(aggregate, {}, aggregate.start),
  event_type: "open",
  eventType: "open",
});

export const alerts: Current<CurrentAlerts> = {
  version: 1,
  contiguous: true,
  empty: () => ({ alerts: new Map(), lately: new Map(), canaryAt: null }),
  apply,
  resync,
  find: ({ alerts, lately, canaryAt }, id) => (id === CANARY_LOCATION ? canaryAt : (alerts.get(id) ?? lately.get(id))),
  snapshot: ({ alerts, canaryAt }): AlertsSnapshot => ({ alerts: [...alerts.values()], canary_at: canaryAt }),
  save: ({ alerts, canaryAt }) => [[...alerts.values()], canaryAt],
  load(saved) {
    const [alerts, canaryAt] = saved as [AlertData[], string | null];
    return { alerts: new Map(alerts.map((alert) => [alert.alert_id, alert])), lately: new Map(), canaryAt };
  },
};
