/* Budget: how much one call may send. Every message that sockets have not taken yet is memory (some KB each), and nothing is
 * taken while the loop runs; so a long delivery to a large crowd is taken in part, and the sender, which is told the position,
 * brings the rest with its next call. Between the two the sockets drain. */

/** 4 frames to a full hub: 0.1 to 0.3 s. */
export const SENDS_PER_CALL = 16_384;

export class Budget {
  #left: number;
  #isUntouched = true;

  constructor(sends: number) {
    this.#left = sends;
  }

  /** Whether so many more messages may be sent. The first frame always may: each call must make progress. */
  spend(sends: number): boolean {
    if (!this.#isUntouched && sends > 0 && sends > this.#left) return false;
    this.#isUntouched = false;
    this.#left -= sends;
    return true;
  }
}
