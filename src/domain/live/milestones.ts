/* Milestones: sockets that cannot see a gap in seq, because they are paced or filtered, are told up to where they are
 * complete. */
import type { Position } from "../ledger/position";
import type { Listener } from "./subscriber";

export const POSITION_EVERY_MS = 15_000;

export class Milestones {
  readonly #listeners = new Set<Listener>();
  /** When position frames are due; undefined when none are owed. */
  dueAt: number | undefined;

  add(listener: Listener): void {
    if (listener.paceMs > 0 || listener.filter !== null) this.#listeners.add(listener);
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** A frame has passed it by. */
  owe(listener: Listener, now: number): void {
    listener.owed = true;
    this.dueAt ??= now + POSITION_EVERY_MS;
  }

  /** Nobody knows any more what they were told: tell them all. */
  oweAll(at: number): void {
    for (const listener of this.#listeners) listener.owed = true;
    this.dueAt = at;
  }

  /** Tells each in one message. */
  tell(now: number): void {
    const perSubscriber = new Map<Listener["subscriber"], (Position & { topic: string })[]>();
    this.dueAt = undefined;
    for (const listener of this.#listeners) {
      if (!listener.owed || listener.passed === null) continue;
      listener.owed = false;
      const topics = perSubscriber.get(listener.subscriber) ?? [];
      topics.push({ topic: listener.topic, ...listener.passed });
      perSubscriber.set(listener.subscriber, topics);
      if (listener.held !== null) this.owe(listener, now);
    }
    for (const [subscriber, topics] of perSubscriber) subscriber.tell({ type: "position", topics });
  }
}
