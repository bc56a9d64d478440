/* What a domain writes to own a stream: pure functions, nothing else. Time and randomness come in as arguments. */

/** A fact before it is in the log. */
export interface Fact<D = unknown> {
  type: string;
  data: D;
  /** On a broadcast topic: the frame of another stream that this one repeats. */
  origin?: Origin;
}

export interface Origin {
  topic: string;
  epoch: string;
  seq: number;
}

/** A fact in the log: exactly one frame for readers. */
export interface Entry<F extends Fact = Fact> {
  stream: string;
  epoch: string;
  seq: number;
  /** Epoch ms of the commit. */
  at: number;
  type: F["type"];
  data: F["data"];
  origin?: Origin;
}

/** One stream's life. `S` may be changed in place by `apply`: the ledger owns it and rebuilds it after any throw. */
export interface Reducer<S, I, F extends Fact> {
  /** Version of the saved state; an older one goes through `upgrade`, a newer one is answered 503. */
  version: number;
  /** Prefix of the topic of a stream: `prices` makes `prices/AAPL`. */
  topic: string;
  empty(stream: string): S;
  /** Total: every input has an answer. `late` inputs never become the current value. */
  decide(state: S, input: I, now: number, late: boolean): F[];
  /** Which of the facts of `decide` is the event itself, the one whose seq is answered; the last one without this. */
  isOwn?(fact: F): boolean;
  /** What the clock decides once `deadline(state)` has passed. Safe to run twice: a deadline applied returns nothing. */
  tick?(state: S, now: number): F[];
  /** The first moment after `after` at which `tick` may have something to say, epoch ms. Up to `after` it has said all;
   * 0 when nobody knows, as after a checkpoint. Where it depends on more than the state, the object asks for it again
   * (`Ledger.reconsider`) when it may have come nearer. */
  deadline?(state: S, after: number): number | undefined;
  /** Deterministic: the same entries give the same state, live, after a crash and in a backtest. */
  apply(state: S, entry: Entry<F>): S;
  /** The current value for new readers. */
  snapshot(state: S): unknown;
  /** A deleted stream is forgotten once everything about it is confirmed; its next event begins a new epoch. */
  isGone?(state: S): boolean;
  /** For checkpoints: JSON in, JSON out. */
  save(state: S): unknown;
  load(saved: unknown): S;
  upgrade?(saved: unknown, from: number): unknown;
  /** An entry written by an older version, as this version means it. */
  upgradeEntry?(entry: Entry, from: number): Entry<F>;
}

/** One thing that follows from the entries: parts for one purpose, stored in the commit row and pulled by the outbox. */
export interface Output<F extends Fact = Fact> {
  purpose: string;
  /** Its parts are the entries themselves, which the log has: the outbox reads them when it sends, and nothing is stored a
   * second time (domain/archive). */
  raw?: true;
  /** How long parts may gather before they leave, where it differs from what the object's others may. */
  delayMs?: number;
  /** Parts of one entry; computed once, at commit. */
  parts(entry: Entry<F>): unknown[];
  /** Joins the parts of a range so that a message is small; associative. */
  join?(parts: unknown[]): unknown[];
}
