/* Topic `alerts`: the last frame of every alert that is not over, and when the canary was last heard. */
import { type Aggregate, closeData } from "../alerts/aggregate";
import { AlertData, type AlertsSnapshot, CANARY_LOCATION, CanaryData } from "../alerts/alert";
import { replaces } from "../alerts/view";
import type { Entry } from "../ledger/reducer";
import type { Current } from "./topic";

/** An alert whose close never came is dropped so long after its end. */
const FORGOTTEN_MS = 24 * 60 * 60_000;

export interface CurrentAlerts {
  alerts: Map<string, AlertData>;
  canaryAt: string | null;
}

function apply(current: CurrentAlerts, entry: Entry): CurrentAlerts {
  const canary = CanaryData.safeParse(entry.data);
  if (canary.success) return { ...current, canaryAt: canary.data.accepted_at };
  const alert = AlertData.safeParse(entry.data);
  if (!alert.success) return current;
  if (alert.data.event_type === "open") current.alerts.set(alert.data.alert_id, alert.data);
  else current.alerts.delete(alert.data.alert_id);
  forget(current, entry.at);
  return current;
}

function forget({ alerts }: CurrentAlerts, now: number): void {
  for (const [id, { aggregate }] of alerts) {
    if (Date.parse(aggregate.end_time) < now - FORGOTTEN_MS) alerts.delete(id);
  }
}

/** An area that no longer has its older frames tells its aggregates: those unknown here are opened, those closed there are
 * closed here. */
function resync(current: CurrentAlerts, source: unknown): { type: string; data: AlertData }[] {
  const aggregates = (source as { aggregates?: Aggregate[] }).aggregates ?? [];
  return aggregates.flatMap((aggregate) => {
    const isClosed = typeof aggregate.closed === "number";
    const known = current.alerts.get(aggregate.alert_id);
    if (isClosed && known === undefined) return [];
    const data = isClosed ? closeData(aggregate, {}, aggregate.closed as number) : openedAs(aggregate);
    return replaces(data, known) ? [{ type: data.event_type, data }] : [];
  });
}

/** An open aggregate whose events were told while nobody could hear: as one event. */
const openedAs = (aggregate: Aggregate): AlertData => ({
  ...closeData(aggregate, {}, aggregate.start),
  event_type: "open",
  eventType: "open",
});

export const alerts: Current<CurrentAlerts> = {
  version: 1,
  contiguous: true,
  empty: () => ({ alerts: new Map(), canaryAt: null }),
  apply,
  resync,
  find: ({ alerts, canaryAt }, id) => (id === CANARY_LOCATION ? canaryAt : alerts.get(id)),
  snapshot: ({ alerts, canaryAt }): AlertsSnapshot => ({ alerts: [...alerts.values()], canary_at: canaryAt }),
  save: ({ alerts, canaryAt }) => [[...alerts.values()], canaryAt],
  load(saved) {
    const [alerts, canaryAt] = saved as [AlertData[], string | null];
    return { alerts: new Map(alerts.map((alert) => [alert.alert_id, alert])), canaryAt };
  },
};
