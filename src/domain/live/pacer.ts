/* Pacer: for sockets that want only the latest frame per so many milliseconds. The first frame goes at once; what follows
 * within the pace is held, the newest replacing the older, until its moment comes. */
import { comparePositions, type Position } from "../ledger/position";
import type { Milestones } from "./milestones";
import type { Frame, Listener } from "./subscriber";

export class Pacer {
  readonly #milestones: Milestones;
  readonly #held = new Set<Listener>();

  constructor(milestones: Milestones) {
    this.#milestones = milestones;
  }

  remove(listener: Listener): void {
    this.#held.delete(listener);
  }

  offer(listener: Listener, frame: Frame, now: number): void {
    this.#milestones.owe(listener, now);
    if (now < listener.heldUntil) {
      listener.held = frame;
      this.#held.add(listener);
    } else this.#send(listener, frame, now);
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
      if (least === null || comparePositions(passed, least) < 0) least = passed;
    }
    return least;
  }
}
