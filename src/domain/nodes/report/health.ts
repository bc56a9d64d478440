/* How a node fared in a span of time, by its events: how long it was up, how long down, how often, and how long it took to
 * come back. Pure.
 *
 * Up is whatever there was no failure in: `up`, `suspect`, `flapping`. Down is `down`, and nothing else: maintenance, a stop
 * and the time before the first beat are in neither. A failure that maintenance interrupts is one failure. */
import type { NodeStatus } from "../node";
import type { NodeEvent } from "../node-event";

/** An event, as far as a report needs it. */
export interface Told {
  event: NodeEvent;
  status: NodeStatus;
  /** Epoch ms. */
  at: number;
  downtime_s: number | null;
}

export interface Downtime {
  /** Epoch ms, within the span. */
  from: number;
  /** Undefined while it lasts at the end of the span. */
  to: number | undefined;
  /** Less the maintenance in between. */
  downMs: number;
}

export interface Fared {
  upMs: number;
  downMs: number;
  /** The oldest first. */
  downtimes: Downtime[];
  /** Absences that ended before they were failures. */
  temporary: number;
  /** Of those that came back in the span: the longest from the last sign of life to the next one. */
  slowestRecoveryMs: number | undefined;
  /** Where it stands at the end; undefined where there is no such node. */
  status: NodeStatus | undefined;
}

export interface Span {
  /** Epoch ms; half-open. */
  from: number;
  to: number;
}

/** Takes a node's events in the order of its log, those before the span as well as its own. */
export class Faring {
  readonly #span: Span;
  readonly #fared: Fared = {
    upMs: 0,
    downMs: 0,
    downtimes: [],
    temporary: 0,
    slowestRecoveryMs: undefined,
    status: undefined,
  };
  /** Up to where it is counted. */
  #at: number;

  constructor(span: Span) {
    this.#span = span;
    this.#at = span.from;
  }

  take({ event, status, at, downtime_s }: Told): void {
    if (at >= this.#span.to) return;
    this.#pass(at);
    this.#fared.status = event === "deleted" ? undefined : status;
    if (at < this.#span.from) return;
    if (event === "resumed") this.#fared.temporary++;
    if (event === "recovered") {
      this.#fared.slowestRecoveryMs = Math.max(this.#fared.slowestRecoveryMs ?? 0, (downtime_s ?? 0) * 1_000);
    }
  }

  end(): Fared {
    this.#pass(this.#span.to);
    return this.#fared;
  }

  /** Counts the time up to here as what the node was meanwhile. An order of events that the clock does not share passes none. */
  #pass(at: number): void {
    const from = this.#at;
    const ms = at - from;
    if (ms <= 0) return;
    this.#at = at;
    const { status, downtimes } = this.#fared;
    const open = downtimes.findLast(({ to }) => to === undefined);
    if (status === "down") {
      this.#fared.downMs += ms;
      if (open === undefined) downtimes.push({ from, to: undefined, downMs: ms });
      else open.downMs += ms;
    } else if (open !== undefined && status !== "maintenance") open.to = from;
    if (isUp(status)) this.#fared.upMs += ms;
  }
}

const isUp = (status: NodeStatus | undefined): boolean =>
  status === "up" || status === "suspect" || status === "flapping";

/** Of the time that counts; null where none does. Never rounded up to a hundred. */
export function uptimePercent({ upMs, downMs }: Pick<Fared, "upMs" | "downMs">): number | null {
  const counted = upMs + downMs;
  return counted === 0 ? null : Math.floor((100_000 * upMs) / counted) / 1_000;
}
