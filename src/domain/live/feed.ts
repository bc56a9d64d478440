/* Feed: one topic in a hub. It keeps the hub's position, passes each frame on once, and lets joining sockets in.
 *
 * The position moves only over contiguous frames (or a snapshot that stands for them), so "everything up to the position
 * was passed on" is always true, and a sender that is told the position knows exactly where to go on. */
import type { Delivery } from "../frame";
import { comparePositions, type Position } from "../ledger/position";
import type { Budget } from "./budget";
import type { Pacer } from "./pacer";
import type { Listener } from "./subscriber";
import { Tail } from "./tail";

/** Before every stream's first frame. */
export const BEGINNING: Position = { epoch: "", seq: 0 };

/** none: to be asked for. held: the owner sends. unknown: the owner has no such stream; the wish is kept. */
export type LeaseStatus = "none" | "held" | "unknown";

/** What a delivery leads up to. */
export function endOf(delivery: Delivery): Position {
  if ("snapshot" in delivery) return { epoch: delivery.epoch, seq: delivery.seq };
  return { epoch: delivery.epoch, seq: delivery.first + delivery.frames.length - 1 };
}

export class Feed {
  readonly topic: string;
  readonly live = new Set<Listener>();
  readonly joining = new Set<Listener>();
  /** Null: nothing was heard and nothing is known. */
  position: Position | null = null;
  status: LeaseStatus = "none";
  /** When the lease is to be renewed (held) or asked for again (unknown). */
  renewAt = 0;
  /** After a failed call: not before. */
  retryAt = 0;
  failures = 0;
  /** A lease call is under way. */
  asking = false;
  /** A frame was announced or came since the owner was last asked: an answer that says `unknown` is out of date. */
  announced = false;
  /** An owner has followed a call whose answer was given up: what it believes of this hub may be wrong. */
  strayed = false;
  readonly #pacer: Pacer;
  #tail: Tail | null = null;

  constructor(topic: string, pacer: Pacer) {
    this.topic = topic;
    this.#pacer = pacer;
  }

  /** Nobody has posted to it, as far as is known. */
  get isUnborn(): boolean {
    return this.status === "unknown" && (this.position === null || this.position.epoch === BEGINNING.epoch);
  }

  get isDeserted(): boolean {
    return this.live.size === 0 && this.joining.size === 0;
  }

  // --- Listeners -------------------------------------------------------------

  join(listener: Listener): void {
    this.joining.add(listener);
    this.#tail ??= new Tail();
  }

  /** From now on every frame after `floor` goes to it. */
  enliven(listener: Listener, floor: Position): void {
    this.#unjoin(listener);
    listener.live = true;
    listener.floor = this.position !== null && comparePositions(floor, this.position) <= 0 ? null : floor;
    listener.passed = listener.floor ?? this.position;
    listener.subscriber.changed();
    this.live.add(listener);
    this.#pacer.add(listener);
  }

  /** Its owner has no such stream yet: the first frame will be the listener's first. */
  wait(listener: Listener): void {
    listener.subscriber.tell({ type: "unknown", topic: this.topic });
    this.enliven(listener, listener.floor ?? BEGINNING);
  }

  remove(listener: Listener): void {
    this.#unjoin(listener);
    this.live.delete(listener);
    this.#pacer.remove(listener);
  }

  #unjoin(listener: Listener): void {
    this.joining.delete(listener);
    if (this.joining.size === 0) this.#tail = null;
  }

  /** Up to where a listener is complete. */
  reached(listener: Listener): Position | null {
    if (!listener.live) return listener.floor;
    return listener.held === null ? (listener.floor ?? this.position) : listener.passed;
  }

  /** The position that may be remembered for a restart: nothing that is still held back is lost by it. */
  get durable(): Position | null {
    return this.#pacer.heldBack(this.topic) ?? this.position;
  }

  // --- What the owner delivers -----------------------------------------------

  /** Passes on what is new and contiguous as far as the budget goes, and returns the position after it: the sender goes on
   * from there, with the rest. */
  take(delivery: Delivery, now: number, budget: Budget): Position {
    if ("snapshot" in delivery) return this.#takeSnapshot(delivery, now, budget);
    const skip = this.#known(delivery) ?? delivery.frames.length;
    for (let i = skip; i < delivery.frames.length && budget.spend(this.live.size); i++) {
      this.#pass(delivery.epoch, delivery.first + i, delivery.frames[i] as string, now);
    }
    return this.position ?? { epoch: delivery.epoch, seq: delivery.first - 1 };
  }

  /** How many frames at its beginning have passed already; undefined when none of it may pass. */
  #known({ epoch, first }: { epoch: string; first: number }): number | undefined {
    const have = this.position;
    // Nothing is live yet: what lies before `first` comes with the answer of the lease call.
    if (have === null) return 0;
    if (epoch === have.epoch) return first > have.seq + 1 ? undefined : have.seq + 1 - first;
    return epoch > have.epoch && first === 1 ? 0 : undefined;
  }

  #pass(epoch: string, seq: number, text: string, now: number): void {
    for (const listener of this.live) {
      if (listener.floor !== null) {
        if (comparePositions({ epoch, seq }, listener.floor) <= 0) continue;
        listener.floor = null;
      }
      if (listener.paceMs === 0) listener.subscriber.send(text, this.topic, epoch, seq, now);
      else this.#pacer.offer(listener, { epoch, seq, text }, now);
    }
    this.#tail?.push(epoch, seq, text);
    this.position = { epoch, seq };
    this.announced = true;
  }

  #takeSnapshot(delivery: Extract<Delivery, { snapshot: string }>, now: number, budget: Budget): Position {
    const to = endOf(delivery);
    if (this.position !== null && comparePositions(to, this.position) <= 0) return this.position;
    if (!budget.spend(this.live.size)) return this.position ?? BEGINNING;
    for (const listener of this.live) {
      if (listener.floor !== null && comparePositions(to, listener.floor) <= 0) continue;
      this.#sendSnapshot(listener, delivery.snapshot, to, now);
      listener.floor = null;
    }
    this.#tail?.begin(to.epoch, to.seq + 1);
    this.position = to;
    this.announced = true;
    return to;
  }

  #sendSnapshot(listener: Listener, text: string, to: Position, now: number): void {
    listener.held = null;
    listener.passed = to;
    listener.subscriber.send(text, this.topic, to.epoch, to.seq, now);
  }

  // --- What a joining socket is given ----------------------------------------

  /** Sends one joiner its share of an answer and moves its floor. */
  give(listener: Listener, delivery: Delivery, now: number): void {
    if ("snapshot" in delivery) {
      listener.floor = endOf(delivery);
      this.#sendSnapshot(listener, delivery.snapshot, listener.floor, now);
      return;
    }
    const { epoch, first, frames } = delivery;
    for (let i = 0; i < frames.length; i++) {
      const seq = first + i;
      if (listener.floor !== null && comparePositions({ epoch, seq }, listener.floor) <= 0) continue;
      listener.floor = { epoch, seq };
      listener.subscriber.send(frames[i] as string, this.topic, epoch, seq, now);
    }
  }

  /** Lets a joiner in when it has all that went by. False: it must read on from its floor. */
  settle(listener: Listener, now: number): boolean {
    const floor = listener.floor ?? BEGINNING;
    if (this.position !== null && comparePositions(floor, this.position) < 0) {
      const missed = this.#tail?.after(floor);
      if (missed === undefined) return false;
      this.give(listener, { topic: this.topic, ...missed }, now);
    }
    this.enliven(listener, listener.floor ?? floor);
    return true;
  }
}
