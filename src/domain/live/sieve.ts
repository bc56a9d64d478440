/* Sieve: one topic's texts and the filters they meet. A text is parsed once however many filters look at it, and not at all
 * when none does; a snapshot is reduced once per distinct filter. */
import type { SnapshotMessage } from "../frame";
import { type Matcher, type Subject, subjectOf } from "./filter";

/** As many as one answer of an owner may bring, for all who join by it. */
const MAX_TEXTS = 512;

/** What is read out of a frame. */
export interface Reading {
  subject: Subject;
  /** Epoch ms; undefined when the frame does not say when it was accepted. */
  acceptedAt: number | undefined;
}

const PASSES: Reading = { subject: { key: null, severities: null }, acceptedAt: undefined };

export class Sieve {
  readonly #readings = new Map<string, Reading>();
  #snapshot: { text: string; reduced: Map<string, string> } | undefined;

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
    if (this.#snapshot?.text !== text) this.#snapshot = { text, reduced: new Map() };
    const { reduced } = this.#snapshot;
    const wanted = matcher.text;
    let left = reduced.get(wanted);
    if (left === undefined) {
      left = reduce(matcher, text);
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

function reduce(matcher: Matcher, text: string): string {
  const message = JSON.parse(text) as SnapshotMessage;
  const data = message.data as { alerts?: { event_type?: unknown }[] } | null;
  if (!Array.isArray(data?.alerts)) return text;
  const alerts = data.alerts.filter((alert) => matcher.passes(subjectOf(alert.event_type, alert)));
  return JSON.stringify({ ...message, data: { ...data, alerts } });
}
