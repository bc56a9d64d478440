/* Ranges that were acknowledged and are known to be lost downstream, per purpose; kept on the disk. */
import type { Cursor } from "../../domain/event";
import type { Log } from "./log";

export interface Hole {
  purpose: string;
  epoch: string;
  after: number;
  to: number | null;
  reason: string;
  at: number;
}

export class Holes {
  readonly #log: Log;
  readonly list: Hole[];

  constructor(log: Log) {
    this.#log = log;
    this.list = log.meta<Hole[]>("holes") ?? [];
  }

  add(hole: Hole): void {
    const isKnown = this.list.some(
      (h) => h.purpose === hole.purpose && h.epoch === hole.epoch && h.after === hole.after,
    );
    if (isKnown) return;
    this.list.push(hole);
    this.#log.setMeta("holes", this.list);
  }

  /** What D1 confirmed of a lost epoch stays: the hole begins after it. */
  narrow(purpose: string, { epoch, pos }: Cursor): void {
    const hole = this.list.find((h) => h.purpose === purpose && h.to === null && h.epoch === epoch && h.after < pos);
    if (hole === undefined) return;
    hole.after = pos;
    this.#log.setMeta("holes", this.list);
  }
}
