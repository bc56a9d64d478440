/* Tail: the newest frames of a topic, kept only while sockets are joining it. A joiner gets a snapshot or a range from the
 * owner and then, from here, what came by meanwhile. Bounded: the oldest go, and a joiner that needed them reads again. */
import type { Position } from "../ledger/position";

const MAX_BYTES = 1_048_576;
const COMPACT_AT = 1_024;

export class Tail {
  #epoch = "";
  #first = 0;
  #frames: string[] = [];
  #dropped = 0;
  #bytes = 0;

  push(epoch: string, seq: number, text: string): void {
    if (epoch !== this.#epoch || seq !== this.#first + this.#frames.length - this.#dropped) this.begin(epoch, seq);
    this.#frames.push(text);
    this.#bytes += text.length;
    while (this.#bytes > MAX_BYTES) this.#dropOldest();
  }

  /** Nothing before `seq` is known. */
  begin(epoch: string, seq: number): void {
    this.#epoch = epoch;
    this.#first = seq;
    this.#frames = [];
    this.#dropped = 0;
    this.#bytes = 0;
  }

  #dropOldest(): void {
    this.#bytes -= (this.#frames[this.#dropped] as string).length;
    this.#dropped += 1;
    this.#first += 1;
    if (this.#dropped < COMPACT_AT) return;
    this.#frames = this.#frames.slice(this.#dropped);
    this.#dropped = 0;
  }

  /** Every frame after `position` and the seq of the first; undefined when some of them are not here. */
  after(position: Position): { epoch: string; first: number; frames: string[] } | undefined {
    if (this.#epoch === "") return undefined;
    const isNewLife = position.epoch < this.#epoch && this.#first === 1;
    if (!isNewLife && (position.epoch !== this.#epoch || this.#first > position.seq + 1)) return undefined;
    const first = isNewLife ? 1 : position.seq + 1;
    return { epoch: this.#epoch, first, frames: this.#frames.slice(this.#dropped + first - this.#first) };
  }
}
