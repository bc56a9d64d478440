/* How much happens per second, as a page sees it: one counter per second, the last minute kept. Pure. */

const SECONDS = 60;

export class Rate {
  #counts = new Array<number>(SECONDS).fill(0);
  #second = 0;

  add(count: number, now: number): void {
    this.#roll(now);
    const at = this.#second % SECONDS;
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
  }

  /** The mean over the last `seconds` whole seconds; the running one would always look too small. */
  perSecond(now: number, seconds = 5): number {
    return (
      this.history(now)
        .slice(-seconds)
        .reduce((sum, n) => sum + n, 0) / seconds
    );
  }

  /** Whole seconds, oldest first. */
  history(now: number): number[] {
    this.#roll(now);
    return Array.from({ length: SECONDS - 1 }, (_, i) => this.#counts[(this.#second + 1 + i) % SECONDS] ?? 0);
  }

  #roll(now: number): void {
    const second = Math.floor(now / 1_000);
    const passed = Math.min(SECONDS, second - this.#second);
    for (let i = 0; i < passed; i++) this.#counts[(second - i) % SECONDS] = 0;
    if (passed > 0) this.#second = second;
  }
}

/** The last so many delays, for a median and a 99th percentile. */
export class Delays {
  #values: number[] = [];
  #next = 0;
  readonly #size: number;

  constructor(size = 500) {
    this.#size = size;
  }

  add(ms: number): void {
    this.#values[this.#next] = ms;
    this.#next = (this.#next + 1) % this.#size;
  }

  /** Undefined before the first one. */
  quantile(q: number): number | undefined {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  }
}
