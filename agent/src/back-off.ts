/* How long to wait before the next try. The whole range is drawn from, not only its end: after a deploy all agents lose their
 * sockets in the same moment, and must not come back in the same moment. */

const FIRST_MS = 1_000;
const LAST_MS = 30_000;

export class BackOff {
  #tries = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Between one second and 2, 4, 8, 16, then 30 seconds; at least what the server asks for. */
  next(atLeastMs = 0): number {
    this.#tries++;
    const ceiling = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(this.#tries, 10));
    return Math.max(atLeastMs, FIRST_MS + this.#random() * (ceiling - FIRST_MS));
  }

  reset(): void {
    this.#tries = 0;
  }
}
