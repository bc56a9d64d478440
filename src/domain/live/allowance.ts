/* Allowance: a token bucket. So much at once, and so much per second after that. */

export class Allowance {
  readonly #size: number;
  readonly #perSecond: number;
  #left: number;
  #at = 0;

  constructor(size: number, perSecond: number) {
    this.#size = size;
    this.#perSecond = perSecond;
    this.#left = size;
  }

  /** Takes one; false when there is none. */
  take(now: number): boolean {
    const earned = (Math.max(0, now - this.#at) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#size, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
