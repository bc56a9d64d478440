/* Sieve: one topic's texts and the filters they meet. A text is parsed once however many filters look at it, and not at all
 * when none does; what is left of a snapshot is put together once per distinct filter, from texts of its alerts. */
import type { SnapshotMessage } from "../frame";
import { type Matcher, type Subject, subjectOf } from "./filter";

/** As many as one answer of an owner may bring, for all who join by it. */
const MAX_TEXTS = 512;
/** Distinct filters whose snapshot is remembered: after a deploy all sockets of a hub ask for theirs at once. */
const MAX_REDUCED = 64;

/** What is read out of a frame. */
export interface Reading {
  subject: Subject;
  /** Epoch ms; undefined when the frame does not say when it was accepted. */
  acceptedAt: number | undefined;
}

const PASSES: Reading = { subject: { key: null, severities: null }, acceptedAt: undefined };

export class Sieve {
  readonly #readings = new Map<string, Reading>();
  #snapshot: { text: string; parts: SnapshotParts | undefined; reduced: Map<string, string> } | undefined;

  passes(matcher: Matcher, text: string): boolean {
    return matcher.passes(this.read(text).subject);
  }

  read(text: string): Reading {
    let reading = this.#readings.get(text);
    if (reading === undefined) {
      reading = parse(text);
      if (this.#readings.size >= MAX_TEXTS) this.#readings.clear();
      this.#readings.set(text, reading);
    }
    return reading;
  }

  /** The snapshot that a filter leaves. */
  reduce(matcher: Matcher, text: string): string {
    if (this.#snapshot?.text !== text) this.#snapshot = { text, parts: partsOf(text), reduced: new Map() };
    const { parts, reduced } = this.#snapshot;
    if (parts === undefined) return text;
    const wanted = matcher.text;
    let left = reduced.get(wanted);
    if (left === undefined) {
      left = join(parts, matcher);
      if (reduced.size >= MAX_REDUCED) reduced.clear();
      reduced.set(wanted, left);
    }
    return left;
  }

  /** Nothing of what has passed is needed again. */
  clear(): void {
    this.#readings.clear();
    this.#snapshot = undefined;
  }
}

function parse(text: string): Reading {
  try {
    const { type, data } = JSON.parse(text) as { type: unknown; data: { accepted_at?: unknown } | null };
    const acceptedAt = Date.parse(String(data?.accepted_at));
    return { subject: subjectOf(type, data), acceptedAt: Number.isNaN(acceptedAt) ? undefined : acceptedAt };
  } catch {
    /* Not JSON: nothing that a filter could hold back. */
    return PASSES;
  }
}

/** A snapshot in pieces: everything up to its alerts, and each of them. */
interface SnapshotParts {
  beginning: string;
  alerts: { subject: Subject; text: string }[];
}

/** Undefined for a snapshot without alerts: there is nothing to hold back. */
function partsOf(text: string): SnapshotParts | undefined {
  const { data, ...message } = JSON.parse(text) as SnapshotMessage;
  const { alerts, ...rest } = (data ?? {}) as { alerts?: { event_type?: unknown }[] };
  if (!Array.isArray(alerts)) return undefined;
  const members = JSON.stringify(rest).slice(1, -1);
  const beginning = `${JSON.stringify(message).slice(0, -1)},"data":{${members}${members && ","}"alerts":[`;
  return {
    beginning,
    alerts: alerts.map((alert) => ({ subject: subjectOf(alert.event_type, alert), text: JSON.stringify(alert) })),
  };
}

function join({ beginning, alerts }: SnapshotParts, matcher: Matcher): string {
  const wanted = alerts.filter(({ subject }) => matcher.passes(subject));
  return `${beginning}${wanted.map(({ text }) => text).join(",")}]}}`;
}
