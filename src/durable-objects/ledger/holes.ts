/* Ranges that were acknowledged and are known to be lost downstream, per purpose; kept on the disk. */
import type { Hole } from "../../domain/ledger/holes";
import type { Log } from "./log";

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
}
