/* What a client makes of topic `alerts`: one alert per id, as its newest frame says. Used by the page and by every test
 * that asks what people see. Types alone are imported: with the schemas, a phone would load twice as much before it can
 * show an alert. So what is relied on here is checked by hand. */
import type { AlertData, AlertsSnapshot, CanaryData } from "./alert";

export type AlertState = "upcoming" | "active" | "closed";

/** Where an alert stands by the clock.
 * @param now epoch ms */
export function stateAt(alert: AlertData, now: number): AlertState {
  if (alert.cancelled || alert.superseded_by !== undefined) return "closed";
  if (now >= Date.parse(alert.aggregate.end_time)) return "closed";
  return now < Date.parse(alert.aggregate.start_time) ? "upcoming" : "active";
}

/** Whether `next` says more than `known` of the same alert: a later revision, or the close of the same. */
export function replaces(next: AlertData, known: AlertData | undefined): boolean {
  if (known === undefined) return true;
  const newer = next.aggregate.revision - known.aggregate.revision;
  return newer > 0 || (newer === 0 && next.event_type === "close" && known.event_type === "open");
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isTime = (value: unknown): boolean => typeof value === "string" && !Number.isNaN(Date.parse(value));

function isAlert(data: unknown): data is AlertData {
  if (!isFields(data) || !isFields(data.aggregate)) return false;
  const { start_time, end_time, revision, count, types } = data.aggregate;
  const hasNames = [data.alert_id, data.location, data.type].every((name) => typeof name === "string");
  const hasFigures = Number.isInteger(revision) && Number.isInteger(count) && Array.isArray(types);
  return hasNames && hasFigures && isTime(start_time) && isTime(end_time);
}

const isCanary = (data: unknown): data is CanaryData => isFields(data) && isTime(data.accepted_at);

export class AlertsView {
  readonly alerts = new Map<string, AlertData>();
  /** RFC 3339: when the newest canary was accepted. */
  canaryAt: string | null = null;

  /** True when it changed anything. What is no alert frame is left alone. */
  take(frame: { type: string; data: unknown }): boolean {
    if (frame.type === "canary") return this.#takeCanary(frame.data);
    const { data } = frame;
    if (!isAlert(data) || !replaces(data, this.alerts.get(data.alert_id))) return false;
    this.alerts.set(data.alert_id, data);
    return true;
  }

  #takeCanary(data: unknown): boolean {
    if (!isCanary(data)) return false;
    this.canaryAt = data.accepted_at;
    return true;
  }

  /** What is not over anywhere else is over here as well; what was closed stays known. */
  reset({ alerts, canary_at }: AlertsSnapshot): void {
    const current = new Set(alerts.map((alert) => alert.alert_id));
    for (const [id, alert] of this.alerts) if (alert.event_type === "open" && !current.has(id)) this.alerts.delete(id);
    for (const data of alerts) this.take({ type: data.event_type, data });
    this.canaryAt = canary_at;
  }
}
