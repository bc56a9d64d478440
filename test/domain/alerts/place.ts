/* A place under test: the reducer of an area with a clock, without a ledger. `saved` rebuilds its state from its own
 * checkpoint before every step, so that whatever a test shows holds after a crash as well. */
import type { AlertCommand, AlertData, AlertEvent, Severity } from "../../../src/domain/alerts/alert";
import { type AlertFact, areaOf } from "../../../src/domain/alerts/area";
import { AlertsView } from "../../../src/domain/alerts/view";
import type { Entry } from "../../../src/domain/ledger/reducer";

export const MINUTE = 60_000;
export const GRACE_MS = 10 * MINUTE;
/** 10:00 of some day. */
export const TEN = Date.UTC(2025, 1, 13, 10);

/** `10:05` as epoch ms. */
export function clock(text: string): number {
  const [hours, minutes] = text.split(":").map(Number);
  return TEN + (((hours as number) - 10) * 60 + (minutes as number)) * MINUTE;
}

export const timeOf = (text: string): string => new Date(text).toISOString().slice(11, 16);

export class Place {
  readonly #reducer = areaOf(GRACE_MS);
  #state = this.#reducer.empty("haifa");
  readonly entries: Entry<AlertFact>[] = [];
  readonly view = new AlertsView();
  now: number;
  #ids = 0;

  constructor(now = TEN) {
    this.now = now;
  }

  /** An event as a source sends it: start, length in minutes, type. */
  event(start: number, minutes: number, kind = "R", more: Partial<AlertEvent> = {}): AlertEvent {
    const id = `${++this.#ids}`;
    const severity: Severity = "severe";
    const times = { start, end: start + Math.round(minutes * MINUTE) };
    return {
      type: "alert",
      event_id: `e${id}`,
      candidate: `a${id.padStart(4, "0")}`,
      location: "Haifa",
      kind,
      severity,
      ...times,
      drill: false,
      ...more,
    };
  }

  send(command: AlertCommand): Entry<AlertFact>[] {
    return this.#append(this.#reducer.decide(this.#state, command, this.now, false));
  }

  alert(start: string, minutes: number, kind = "R", more: Partial<AlertEvent> = {}): Entry<AlertFact>[] {
    return this.send(this.event(clock(start), minutes, kind, more));
  }

  /** The clock moves; the alarm rings at each deadline on the way. */
  at(now: number): Entry<AlertFact>[] {
    const before = this.entries.length;
    for (;;) {
      const due = this.#reducer.deadline?.(this.#state, 0);
      if (due === undefined || due > now) break;
      this.now = Math.max(this.now, due);
      this.ring();
    }
    this.now = Math.max(this.now, now);
    return this.entries.slice(before);
  }

  /** The alarm, whenever it comes. */
  ring(): Entry<AlertFact>[] {
    return this.#append(this.#reducer.tick?.(this.#state, this.now) ?? []);
  }

  #append(facts: AlertFact[]): Entry<AlertFact>[] {
    const entries = facts.map((fact, i): Entry<AlertFact> => {
      return { stream: "haifa", epoch: "1", seq: this.entries.length + 1 + i, at: this.now, ...fact };
    });
    for (const entry of entries) {
      const saved = JSON.parse(JSON.stringify(this.#reducer.save(this.#state)));
      this.#state = this.#reducer.apply(this.#reducer.load(saved), JSON.parse(JSON.stringify(entry)));
      this.entries.push(entry);
      this.view.take(entry);
    }
    return entries;
  }

  of(type: "open" | "close"): AlertData[] {
    return this.entries.flatMap((entry) => (entry.type === type ? [entry.data as AlertData] : []));
  }

  get opens(): AlertData[] {
    return this.of("open");
  }

  get closes(): AlertData[] {
    return this.of("close");
  }

  /** `10:00-10:15 R ×2` for every close. */
  get told(): string[] {
    return this.closes.map(line);
  }
}

export const line = ({ aggregate: a }: AlertData): string =>
  `${timeOf(a.start_time)}-${timeOf(a.end_time)} ${a.type} ×${a.count}`;
