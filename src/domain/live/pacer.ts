/* Pacer: for sockets that want only the latest frame per so many milliseconds. The first frame goes at once; what follows
 * within the pace is held, the newest replacing the older, until its moment comes. */
import type { Position } from "../ledger/position";
import type { Frame, Listener } from "./subscriber";

/** How often a paced socket is told up to where it is complete: it cannot see a gap in seq. */
export const POSITION_EVERY_MS = 15_000;

export class Pacer {
  readonly #held = new Set<Listener>();
  readonly #paced = new Set<Listener>();
  /** When position frames are due; undefined when none are owed. */
  positionsAt: number | undefined;

  add(listener: Listener): void {
    if (listener.paceMs > 0) this.#paced.add(listener);
  }

  remove(listener: Listener): void {
    this.#held.delete(listener);
    this.#paced.delete(listener);
  }

  offer(listener: Listener, frame: Frame, now: number): void {
    this.#owe(listener, now);
    if (now < listener.heldUntil) {
      listener.held = frame;
      this.#held.add(listener);
    } else this.#send(listener, frame, now);
  }

  #owe(listener: Listener, now: number): void {
    listener.owed = true;
    this.positionsAt ??= now + POSITION_EVERY_MS;
  }

  #send(listener: Listener, frame: Frame, now: number): void {
    listener.held = null;
    this.#held.delete(listener);
    listener.heldUntil = now + listener.paceMs;
    listener.passed = { epoch: frame.epoch, seq: frame.seq };
    listener.subscriber.send(frame.text, listener.topic, frame.epoch, frame.seq, now);
  }

  /** Sends every held frame whose moment has come. */
  flush(now: number): void {
    for (const listener of [...this.#held]) {
      if (listener.held !== null && listener.heldUntil <= now) this.#send(listener, listener.held, now);
    }
  }

  /** When the next held frame is due. */
  get nextFlush(): number | undefined {
    let next: number | undefined;
    for (const { heldUntil } of this.#held) if (next === undefined || heldUntil < next) next = heldUntil;
    return next;
  }

  /** The least position that a held frame of this topic leaves incomplete. */
  heldBack(topic: string): Position | null {
    let least: Position | null = null;
    for (const { topic: held, passed } of this.#held) {
      if (held !== topic || passed === null) continue;
      if (least === null || passed.epoch < least.epoch || (passed.epoch === least.epoch && passed.seq < least.seq)) {
        least = passed;
      }
    }
    return least;
  }

  /** Nobody knows any more what paced sockets were told: tell them all. */
  oweAll(at: number): void {
    for (const listener of this.#paced) listener.owed = true;
    this.positionsAt = at;
  }

  /** Tells each paced socket up to where it is complete, in one message. */
  tellPositions(now: number): void {
    const perSubscriber = new Map<Listener["subscriber"], (Position & { topic: string })[]>();
    this.positionsAt = undefined;
    for (const listener of this.#paced) {
      if (!listener.owed || listener.passed === null) continue;
      listener.owed = false;
      const topics = perSubscriber.get(listener.subscriber) ?? [];
      topics.push({ topic: listener.topic, ...listener.passed });
      perSubscriber.set(listener.subscriber, topics);
      if (listener.held !== null) this.#owe(listener, now);
    }
    for (const [subscriber, topics] of perSubscriber) subscriber.tell({ type: "position", topics });
  }
}
