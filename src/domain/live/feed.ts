/* Feed: one topic in a hub. It keeps the hub's position, passes each frame on once, and lets joining sockets in.
 *
 * The position moves only over contiguous frames (or a snapshot that stands for them), so "everything up to the position
 * was passed on" is always true, and a sender that is told the position knows exactly where to go on. */
import type { Delivery } from "../frame";
import { comparePositions, type Position } from "../ledger/position";
import type { Budget } from "./budget";
import type { Milestones } from "./milestones";
import type { Pacer } from "./pacer";
import type { Reach } from "./reach";
import { Sieve } from "./sieve";
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
  /** Null where it is not counted. */
  readonly reach: Reach | null;
  readonly #pacer: Pacer;
  readonly #milestones: Milestones;
  readonly #sieve = new Sieve();
  #tail: Tail | null = null;

  constructor(topic: string, pacer: Pacer, milestones: Milestones, reach: Reach | null) {
    this.topic = topic;
    this.reach = reach;
    this.#pacer = pacer;
    this.#milestones = milestones;
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
    listener.acknowledged = listener.passed;
    listener.subscriber.changed();
    this.live.add(listener);
    this.#milestones.add(listener);
  }

  /** The same for one that is told where it is, if it has not heard. */
  admit(listener: Listener, floor: Position): void {
    this.enliven(listener, floor);
    if (!listener.owed) return;
    listener.owed = false;
    listener.subscriber.tell({ type: "position", topics: [{ topic: this.topic, ...floor }] });
  }

  /** Its owner has no such stream yet: the first frame will be the listener's first. */
  wait(listener: Listener): void {
    listener.subscriber.tell({ type: "unknown", topic: this.topic });
    listener.owed = false;
    this.enliven(listener, listener.floor ?? BEGINNING);
  }

  remove(listener: Listener): void {
    this.#unjoin(listener);
    this.live.delete(listener);
    this.#pacer.remove(listener);
    this.#milestones.remove(listener);
  }

  #unjoin(listener: Listener): void {
    this.joining.delete(listener);
    if (this.joining.size > 0) return;
    this.#tail = null;
    this.#sieve.clear();
  }

  /** A live listener that was asked says what it has read. */
  acknowledged(listener: Listener, position: Position): void {
    const { position: have, reach } = this;
    const { acknowledged: before } = listener;
    if (reach === null || before === null || have === null) return;
    const upTo = comparePositions(position, have) < 0 ? position : have;
    if (comparePositions(upTo, before) <= 0) return;
    reach.acknowledged(before, upTo);
    listener.acknowledged = upTo;
  }

  /** Up to where a listener is complete. */
  reached(listener: Listener): Position | null {
    return listener.live ? listener.passed : listener.floor;
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
    // A sender that begins again has not heard the last answer.
    if (skip > 0) this.reach?.tellAgain();
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
    const at = { epoch, seq };
    const counts = { registered: 0, asked: 0, flushed: 0 };
    for (const listener of this.live) {
      if (listener.floor !== null) {
        if (comparePositions(at, listener.floor) <= 0) continue;
        listener.floor = null;
      }
      counts.registered += 1;
      if (listener.subscriber.backlog.isAsked) counts.asked += 1;
      if (this.#hand(listener, at, text, now)) counts.flushed += 1;
    }
    this.#tail?.push(epoch, seq, text);
    this.position = at;
    this.announced = true;
    this.reach?.passed(at, counts, this.#sieve.read(text).acceptedAt, now);
    if (this.joining.size === 0) this.#sieve.clear();
  }

  /** Whether the text went out at once. */
  #hand(listener: Listener, at: Position, text: string, now: number): boolean {
    const { filter, subscriber } = listener;
    if (filter !== null && !this.#sieve.passes(filter, text)) {
      if (listener.held === null) listener.passed = at;
      this.#milestones.owe(listener, now);
      return false;
    }
    if (listener.paceMs > 0) {
      this.#pacer.offer(listener, { ...at, text }, now);
      return listener.held === null;
    }
    if (subscriber.isOverrun(text.length, now)) {
      this.#setBack(listener);
      return false;
    }
    listener.passed = at;
    listener.owed = false;
    return subscriber.send(text, this.topic, at.epoch, at.seq, now);
  }

  /** It is to catch up with what goes by from now on. */
  #setBack(listener: Listener): void {
    this.remove(listener);
    listener.live = false;
    listener.floor = listener.passed;
    listener.subscriber.changed();
    this.join(listener);
  }

  #takeSnapshot(delivery: Extract<Delivery, { snapshot: string }>, now: number, budget: Budget): Position {
    const to = endOf(delivery);
    if (this.position !== null && comparePositions(to, this.position) <= 0) return this.position;
    if (!budget.spend(this.live.size)) return this.position ?? BEGINNING;
    for (const listener of this.live) {
      if (listener.floor !== null && comparePositions(to, listener.floor) <= 0) continue;
      this.#sendSnapshot(listener, delivery.snapshot, to, now);
    }
    this.#tail?.begin(to.epoch, to.seq + 1);
    if (this.joining.size === 0) this.#sieve.clear();
    this.position = to;
    this.announced = true;
    return to;
  }

  #sendSnapshot(listener: Listener, text: string, to: Position, now: number): void {
    const { filter } = listener;
    listener.held = null;
    listener.passed = to;
    listener.owed = false;
    const wanted = filter === null ? text : this.#sieve.reduce(filter, text);
    listener.subscriber.send(wanted, this.topic, to.epoch, to.seq, now);
  }

  // --- What a joining socket is given ----------------------------------------

  /** Sends one joiner its share of an answer and moves its floor. False when it must acknowledge before it gets the rest. */
  give(listener: Listener, delivery: Delivery, now: number): boolean {
    if ("snapshot" in delivery) {
      listener.floor = endOf(delivery);
      this.#sendSnapshot(listener, delivery.snapshot, listener.floor, now);
      return true;
    }
    const { epoch, first, frames } = delivery;
    for (let i = 0; i < frames.length; i++) {
      const at = { epoch, seq: first + i };
      if (listener.floor !== null && comparePositions(at, listener.floor) <= 0) continue;
      if (!listener.subscriber.mayCatchUp(now)) return false;
      listener.floor = at;
      this.#giveFrame(listener, at, frames[i] as string, now);
    }
    return true;
  }

  #giveFrame(listener: Listener, { epoch, seq }: Position, text: string, now: number): void {
    listener.owed = listener.filter !== null && !this.#sieve.passes(listener.filter, text);
    if (!listener.owed) listener.subscriber.send(text, this.topic, epoch, seq, now);
  }

  /** Lets a joiner in when it has all that went by. False: it must read on from its floor. */
  settle(listener: Listener, now: number): boolean {
    const floor = listener.floor ?? BEGINNING;
    if (this.position !== null && comparePositions(floor, this.position) < 0) {
      const missed = this.#tail?.after(floor);
      if (missed === undefined || !this.give(listener, { topic: this.topic, ...missed }, now)) return false;
    }
    this.admit(listener, listener.floor ?? floor);
    return true;
  }
}
