/* What the sockets of a hub get: each seq once and in order after dropping what they have, or it is a fault. */
import type { Outlet } from "../../src/domain/live/subscriber";

export class Client implements Outlet {
  /** The seq of the snapshot that it began with. */
  began: number | undefined;
  seq = 0;
  /** Dropped because it had them: a hub that was evicted sends again what it had not noted. */
  repeats = 0;
  /** A seq that did not follow on the one before, or a snapshot in place of frames. */
  gaps = 0;
  /** seq → when the last socket of the hub had it. */
  readonly reached = new Map<number, number>();
  #noted = 0;

  send(text: string): void {
    const { type, seq } = JSON.parse(text) as { type?: string; seq?: number };
    if (seq === undefined || (type !== undefined && type !== "snapshot")) return;
    if (this.began === undefined) {
      this.began = seq;
      this.seq = seq;
      this.#noted = seq;
    } else if (seq <= this.seq) this.repeats++;
    else {
      if (seq !== this.seq + 1 || type === "snapshot") this.gaps++;
      this.seq = seq;
    }
  }

  /** Everything it was sent since the last time had reached every socket by then. */
  reachedBy(at: number): void {
    while (this.#noted < this.seq) this.reached.set(++this.#noted, at);
  }
}
