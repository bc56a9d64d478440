/* Budget: how much one call may send. Every message that sockets have not taken yet is memory (some KB each), and nothing is
 * taken while the loop runs; so a long delivery to a large crowd is taken in part, and the sender, which is told the position,
 * brings the rest with its next call. Between the two the sockets drain. */

/** 2 frames to a full hub: about 0.1 s. */
export const SENDS_PER_CALL = 8_192;

export class Budget {
  readonly #sends: number;
  /** Messages sent so far. */
  spent = 0;

  constructor(sends: number) {
    this.#sends = sends;
  }

  /** Whether so many more messages may be sent. The first frame always may: each call must make progress. */
  spend(sends: number): boolean {
    if (sends > 0 && this.spent > 0 && this.spent + sends > this.#sends) return false;
    this.spent += sends;
    return true;
  }
}
