/* Subscriber: one socket as the switchboard sees it. Listener: one topic of one subscriber. */
import type { Position } from "../ledger/position";
import { Backlog, MAX_UNACKNOWLEDGED_BYTES } from "./backlog";

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
  /** It has unacknowledged frames since `at`. */
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
  /** Paced: the latest frame, which waits for its moment. */
  held: Frame | null;
  heldUntil: number;
  /** Paced: up to where the socket is complete. */
  passed: Position | null;
  /** Paced: frames have passed since the last position frame. */
  owed: boolean;
}

export class Subscriber {
  readonly listeners = new Map<string, Listener>();
  /** Set once; from then on nothing is sent. */
  verdict: Verdict | undefined;
  readonly #outlet: Outlet;
  readonly #watch: Watch;
  readonly backlog: Backlog;

  constructor(outlet: Outlet, watch: Watch, backlog = new Backlog()) {
    this.#outlet = outlet;
    this.#watch = watch;
    this.backlog = backlog;
  }

  /** A frame or snapshot. The text goes out as it came: nothing is serialised per socket. */
  send(text: string, topic: string, epoch: string, seq: number, now: number): void {
    if (!this.#put(text)) return;
    const { backlog } = this;
    if (backlog.since === undefined) this.#watch.waits(now);
    backlog.note(topic, epoch, seq, text.length, now);
    if (backlog.bytes > MAX_UNACKNOWLEDGED_BYTES) this.condemn("slow");
  }

  /** Any other message. */
  tell(message: object): void {
    const text = JSON.stringify(message);
    if (!this.#put(text)) return;
    this.backlog.noteControl(text.length);
    if (this.backlog.bytes > MAX_UNACKNOWLEDGED_BYTES) this.condemn("slow");
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
