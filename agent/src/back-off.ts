/* How long to wait before the next try. The whole range is drawn from, not only its end: after a deploy all agents lose their
 * sockets in the same moment, and must not come back in the same moment. It ends at two intervals, because after three a node
 * is suspect: a server that was away for a moment is to find nobody missing. */

const FIRST_MS = 1_000;
const LAST_MS = 30_000;
const INTERVALS = 2;

export class BackOff {
  #tries = 0;
  readonly #intervalMs: () => number;
  readonly #random: () => number;

  constructor(intervalMs: () => number, random: () => number = Math.random) {
    this.#intervalMs = intervalMs;
    this.#random = random;
  }

  /** Between one second and 2, 4, 8, … up to two intervals, or 30 seconds; at least what the server asks for. */
  next(atLeastMs = 0): number {
    this.#tries++;
    const last = Math.min(LAST_MS, INTERVALS * this.#intervalMs());
    const ceiling = Math.min(last, FIRST_MS * 2 ** Math.min(this.#tries, 10));
    return Math.max(atLeastMs, FIRST_MS + this.#random() * (ceiling - FIRST_MS));
  }

  reset(): void {
    this.#tries = 0;
  }
}
