/* When to make a noise. Pure.
 *
 * Once for an alert that this page did not know and that is not over; again when it gets worse and when an upcoming one
 * begins. Growing alone is shown, not sounded: in an attack every place grows every few seconds, and a sound that never
 * ends says nothing. What was missed while disconnected and is still active sounds when it arrives, however long that took:
 * what counts is that it is new to this person and not over. What was there before the page was opened does not. */
import { SEVERITIES } from "../../../src/domain/alerts/severity";
import type { Shown } from "./shown";

const URGENCY = { closed: 0, upcoming: 1, active: 2 } as const;

interface Told {
  urgency: number;
  severity: number;
}

const toldOf = ({ state, severity }: Shown): Told => ({
  urgency: URGENCY[state],
  severity: SEVERITIES.indexOf(severity),
});

export class Bell {
  #told = new Map<string, Told>();

  /** Known without a sound. */
  settle(alerts: readonly Shown[]): void {
    for (const alert of alerts) this.#told.set(alert.id, toldOf(alert));
  }

  /** Those to sound for, each once.
   * @param alerts all that are shown */
  hear(alerts: readonly Shown[]): Shown[] {
    const news = this.hearSome(alerts);
    this.#forget(alerts);
    return news;
  }

  /** The same of some, while the others are as they were. */
  hearSome(alerts: readonly Shown[]): Shown[] {
    const news = alerts.filter((alert) => this.#isNews(alert));
    this.settle(alerts);
    return news;
  }

  #isNews(alert: Shown): boolean {
    const { urgency, severity } = toldOf(alert);
    if (urgency === URGENCY.closed) return false;
    const told = this.#told.get(alert.id);
    return told === undefined || urgency > told.urgency || severity > told.severity;
  }

  /** What is no longer shown cannot come back as news of the same alert. */
  #forget(alerts: readonly Shown[]): void {
    if (this.#told.size <= alerts.length) return;
    const ids = new Set(alerts.map(({ id }) => id));
    for (const id of this.#told.keys()) if (!ids.has(id)) this.#told.delete(id);
  }
}

export interface Tone {
  /** Hertz. */
  pitch: number;
  /** Seconds from the beginning. */
  at: number;
  lasts: number;
}

const STEP = 0.22;
const tones = (pitches: number[], lasts: number): Tone[] => pitches.map((pitch, i) => ({ pitch, at: i * STEP, lasts }));

/** What it sounds like: the worse, the longer and the more restless. A drill is one low, soft pair that nobody mistakes. */
export function patternOf(alert: Pick<Shown, "severity" | "drill">): Tone[] {
  if (alert.drill) return tones([330, 262], 0.3);
  switch (alert.severity) {
    case "extreme":
      return tones([880, 660, 880, 660, 880, 660, 880, 660, 880], 0.2);
    case "severe":
      return tones([880, 660, 880, 660, 880], 0.2);
    default:
      return tones([660, 880, 660], 0.2);
  }
}

/** The one to sound for when several come at once: real before drill, worse before less, larger before smaller. */
export const gravest = (alerts: readonly Shown[]): Shown | undefined =>
  alerts.toSorted(
    (a, b) =>
      Number(a.drill) - Number(b.drill) ||
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      b.count - a.count,
  )[0];
