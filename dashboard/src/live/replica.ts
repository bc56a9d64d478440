/* What this page has of each topic, and what to do with the next message about it. Pure: no socket, no clock, no DOM.
 *
 * The promise: every frame of a topic is applied once, in order, or the page knows that it is not up to date. An earlier
 * epoch and a lower or equal seq are dropped; a jump in seq is a gap, nothing after it is applied, and the topic is asked
 * for again from where this page stands. Paced and filtered topics jump by design: there, only what is older is dropped.
 * A filtered topic begins with a snapshot each time it is asked for: the frame that answers others may not pass its filter,
 * and what another filter let pass is not what this one does. */
import type { Frame, SnapshotMessage, Subscription } from "../../../src/domain/frame";
import type { Position } from "../../../src/domain/ledger/position";

/** How much of a topic is wanted. */
export type Terms = Pick<Subscription, "pace_ms" | "filter">;

/** `gap`: ask for the topic again (`Replica.subscription`), once. */
export type Verdict = "apply" | "drop" | "gap";

interface TopicState {
  have: Position | undefined;
  terms: Terms;
  /** Asked for, not answered yet. */
  awaiting: boolean;
  /** Something of it was applied once: while an answer is due, what is shown may be old. */
  isShown: boolean;
  /** A snapshot or frame arrived that the server has not been told of. */
  unacknowledged: boolean;
}

const isSame = (a: Terms, b: Terms): boolean =>
  a.pace_ms === b.pace_ms && JSON.stringify(a.filter) === JSON.stringify(b.filter);

/** Not every frame of the topic comes: a jump in seq means nothing. */
const isThinned = ({ terms }: TopicState): boolean => terms.pace_ms !== undefined || terms.filter !== undefined;

/** What comes before the snapshot was meant for an earlier filter. */
const awaitsSnapshot = ({ terms, awaiting }: TopicState): boolean => terms.filter !== undefined && awaiting;

/** Negative when `a` is older. Epochs sort as strings; a later-born one replaces an earlier one. */
export function comparePositions(a: Position, b: Position): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

export class Replica {
  #topics = new Map<string, TopicState>();

  /** True when the topic is new here, or wanted on other terms: then it must be asked for. */
  want(topic: string, terms: Terms = {}): boolean {
    const known = this.#topics.get(topic);
    if (known !== undefined && isSame(known.terms, terms)) return false;
    const isFiltered = terms.filter !== undefined || known?.terms.filter !== undefined;
    const have = isFiltered ? undefined : known?.have;
    this.#topics.set(topic, { have, terms, awaiting: true, isShown: known?.isShown ?? false, unacknowledged: false });
    return true;
  }

  forget(topic: string): boolean {
    return this.#topics.delete(topic);
  }

  has = (topic: string): boolean => this.#topics.has(topic);
  isAwaiting = (topic: string): boolean => this.#topics.get(topic)?.awaiting ?? true;
  position = (topic: string): Position | undefined => this.#topics.get(topic)?.have;
  get topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** How many topics the server still owes an answer. */
  get awaiting(): number {
    let count = 0;
    for (const state of this.#topics.values()) if (state.awaiting) count++;
    return count;
  }

  /** Of those, how many are shown already and may be old. A topic without data cannot mislead anybody. */
  get behind(): number {
    let count = 0;
    for (const state of this.#topics.values()) if (state.awaiting && state.isShown) count++;
    return count;
  }

  /** The wish for a topic, from where this page stands: from one frame before, because a server that has nothing new says
   * nothing, and silence cannot be told from an answer on its way. The frame that comes again is the answer. */
  subscription(topic: string): Subscription {
    const state = this.#topics.get(topic);
    const have = state?.have;
    const beginsAnew = have === undefined || state?.terms.filter !== undefined;
    const after = beginsAnew ? {} : { after: { epoch: have.epoch, seq: Math.max(0, have.seq - 1) } };
    return { topic, ...after, ...state?.terms };
  }

  /** The socket is gone: whatever is here may be old until each topic is answered again. */
  lost(): void {
    for (const state of this.#topics.values()) state.awaiting = true;
  }

  frame(frame: Frame): Verdict {
    const state = this.#topics.get(frame.topic);
    if (state === undefined || awaitsSnapshot(state)) return "drop";
    const { have } = state;
    if (have !== undefined && comparePositions(frame, have) <= 0) {
      if (frame.epoch === have.epoch && frame.seq === have.seq) state.awaiting = false;
      return "drop";
    }
    if (!isThinned(state) && !follows(frame, have)) return this.#gap(state, frame);
    return this.#advance(state, frame);
  }

  /** A snapshot older than what is here still answers the question: the page is not behind it. */
  snapshot(message: SnapshotMessage): Verdict {
    const state = this.#topics.get(message.topic);
    if (state === undefined) return "drop";
    if (!awaitsSnapshot(state) && state.have !== undefined && comparePositions(message, state.have) <= 0) {
      state.awaiting = false;
      return "drop";
    }
    return this.#advance(state, message);
  }

  /** The server says the socket is complete up to here. Being behind that is a gap unless frames were thinned out. */
  complete(topic: string, upTo: Position): Verdict {
    const state = this.#topics.get(topic);
    if (state === undefined || awaitsSnapshot(state)) return "drop";
    const behind = state.have === undefined || comparePositions(state.have, upTo) < 0;
    if (behind && upTo.seq > 0 && !isThinned(state)) return this.#gap(state, upTo);
    if (behind) state.have = { epoch: upTo.epoch, seq: upTo.seq };
    state.awaiting = false;
    return "apply";
  }

  /** Nobody has posted there yet: there is nothing to be behind of. */
  unknown(topic: string): void {
    const state = this.#topics.get(topic);
    if (state !== undefined) state.awaiting = false;
  }

  /** Positions the server has not been told of, and forgets that it owes them. */
  takeUnacknowledged(): (Position & { topic: string })[] {
    const taken: (Position & { topic: string })[] = [];
    for (const [topic, state] of this.#topics) {
      if (!state.unacknowledged || state.have === undefined) continue;
      state.unacknowledged = false;
      taken.push({ topic, ...state.have });
    }
    return taken;
  }

  #advance(state: TopicState, to: Position): Verdict {
    state.have = { epoch: to.epoch, seq: to.seq };
    state.awaiting = false;
    state.isShown = true;
    state.unacknowledged = true;
    return "apply";
  }

  /** While an answer is due already, a jump only means that these frames overtook it: asking again would multiply them. */
  #gap(state: TopicState, seen: Position): Verdict {
    if (state.awaiting) return "drop";
    state.awaiting = true;
    // Another epoch has no common range with this one: only a snapshot can bridge it.
    if (state.have !== undefined && state.have.epoch !== seen.epoch) state.have = undefined;
    return "gap";
  }
}

function follows(frame: Position, have: Position | undefined): boolean {
  if (have === undefined || have.epoch !== frame.epoch) return frame.seq === 1;
  return frame.seq === have.seq + 1;
}
