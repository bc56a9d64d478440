/* Subscriber: one socket as the switchboard sees it. Listener: one topic of one subscriber. */
import type { Position } from "../ledger/position";
import { Backlog, MAX_UNACKNOWLEDGED_MS } from "./backlog";
import type { Matcher } from "./filter";

/** Where texts go: a WebSocket, or a test's list. May throw when it is gone. */
export interface Outlet {
  send(text: string): void;
}

/** Why a subscriber must be closed. */
export type Verdict = "slow" | "broken";

/** What a subscriber reports to whoever runs it. */
export interface Watch {
  condemned(subscriber: Subscriber): void;
  /** What is saved of it is out of date. */
  changed(subscriber: Subscriber): void;
  /** It has unacknowledged frames since `at`, or rests since then. */
  waits(at: number): void;
}

export interface Frame extends Position {
  text: string;
}

export interface Listener {
  readonly subscriber: Subscriber;
  readonly topic: string;
  /** Joining: what the socket has, null when it wants a snapshot. Live: frames up to here are not for it. */
  floor: Position | null;
  live: boolean;
  /** It was told that its topic cannot be reached: once is enough. */
  warned: boolean;
  /** 0: every frame. */
  paceMs: number;
  /** Null: whatever is said. */
  filter: Matcher | null;
  /** Paced: the latest frame, which waits for its moment. */
  held: Frame | null;
  heldUntil: number;
  /** Paced or filtered: up to where the socket is complete. */
  passed: Position | null;
  /** It does not know up to where it is complete: frames have passed it by, or it has heard nothing yet. */
  owed: boolean;
  /** Where reach is counted: up to where its acknowledgements are counted. */
  acknowledged: Position | null;
}

export class Subscriber {
  readonly listeners = new Map<string, Listener>();
  /** Set once; from then on nothing is sent. */
  verdict: Verdict | undefined;
  readonly #outlet: Outlet;
  readonly #watch: Watch;
  readonly backlog: Backlog;
  /** Since when it is given nothing of what it missed, because it has yet to acknowledge what it was given. */
  #restsSince: number | undefined;

  constructor(outlet: Outlet, watch: Watch, backlog = new Backlog()) {
    this.#outlet = outlet;
    this.#watch = watch;
    this.backlog = backlog;
  }

  /** A frame or snapshot. The text goes out as it came: nothing is serialised per socket. False when it did not go out. */
  send(text: string, topic: string, epoch: string, seq: number, now: number): boolean {
    if (!this.#put(text)) return false;
    const { backlog } = this;
    if (backlog.since === undefined) this.#watch.waits(now);
    backlog.note(topic, epoch, seq, text.length, now);
    if (backlog.isTooLarge) this.condemn("slow");
    return true;
  }

  /** Any other message. */
  tell(message: object): void {
    const text = JSON.stringify(message);
    if (!this.#put(text)) return;
    this.backlog.noteControl(text.length);
    if (this.backlog.isTooLarge) this.condemn("slow");
  }

  /** Whether it may be given more of what it missed. Otherwise it rests until it has acknowledged. */
  mayCatchUp(now: number): boolean {
    if (!this.backlog.isHalfFull) return true;
    this.#rest(now);
    return false;
  }

  /** Whether it acknowledges, and so much more would be too much for it all the same: more came than it had time for. From
   * then on it rests, as one that catches up. */
  isOverrun(bytes: number, now: number): boolean {
    if (!this.backlog.acknowledges || !this.backlog.wouldBeTooLarge(bytes)) return false;
    this.#rest(now);
    return true;
  }

  #rest(now: number): void {
    if (this.#restsSince !== undefined) return;
    this.#restsSince = now;
    this.#watch.waits(now);
  }

  get isResting(): boolean {
    return this.#restsSince !== undefined;
  }

  /** True when this ends its rest, perhaps for a moment only. */
  acknowledge(topic: string, position: Position): boolean {
    const before = this.backlog.bytes;
    this.backlog.acknowledge(topic, position);
    if (!this.isResting || this.backlog.bytes === before) return false;
    this.#restsSince = undefined;
    return true;
  }

  isSlow(now: number): boolean {
    return this.backlog.isSlow(now) || now - (this.#restsSince ?? now) >= MAX_UNACKNOWLEDGED_MS;
  }

  /** Since when it has kept the hub waiting; undefined while its silence means nothing. */
  get waitsSince(): number | undefined {
    const { acknowledges, since } = this.backlog;
    if (!acknowledges || since === undefined) return this.#restsSince;
    return Math.min(since, this.#restsSince ?? since);
  }

  changed(): void {
    this.#watch.changed(this);
  }

  condemn(verdict: Verdict): void {
    if (this.verdict !== undefined) return;
    this.verdict = verdict;
    this.#watch.condemned(this);
  }

  #put(text: string): boolean {
    if (this.verdict !== undefined) return false;
    try {
      this.#outlet.send(text);
      return true;
    } catch {
      /* The peer is gone, or the runtime has closed the socket already. */
      this.condemn("broken");
      return false;
    }
  }
}
