/* The sliding window of one symbol: quotes in order of event time, and the seven figures over any part of it.
 *
 * Columns of doubles, because a busy symbol keeps 100,000 quotes and an object may hold many symbols: 24 bytes a quote. */
import { add, type Decimal, decimal, divide, multiply, toNumber, ZERO } from "./decimal";
import { WINDOW_MS, WINDOW_QUOTES, type WindowFigures } from "./price";

const FIRST_CAPACITY = 16;

/** Quotes that all windows of one object may hold together: 24 bytes each, and as much again while a column grows. */
export const OBJECT_QUOTES = 500_000;

/** What the windows of one object share. Beyond it each may hold its fair share, so that memory stays below twice the
 * budget however many symbols a partition has. */
export class QuoteBudget {
  readonly #max: number;
  used = 0;
  windows = 0;

  constructor(max = OBJECT_QUOTES) {
    this.#max = max;
  }

  /** Whether a window of this length must let its oldest quote go. */
  isOver(length: number): boolean {
    return length > WINDOW_QUOTES || (this.used > this.#max && length > this.#max / this.windows);
  }
}

export class QuoteWindow {
  #times = new Float64Array(FIRST_CAPACITY);
  #prices = new Float64Array(FIRST_CAPACITY);
  /** NaN for a quote without volume. */
  #volumes = new Float64Array(FIRST_CAPACITY);
  #start = 0;
  #end = 0;
  readonly #budget: QuoteBudget;
  /** A window counts from its first quote: an empty one is often made only to be looked at. */
  #counts = false;
  /** The latest quote that is no longer held; windows that reach back to it are truncated. */
  droppedUpTo: number;

  constructor(budget = new QuoteBudget(), droppedUpTo = Number.NEGATIVE_INFINITY) {
    this.#budget = budget;
    this.droppedUpTo = droppedUpTo;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Inserts a quote in time order, after those of the same millisecond. Late ones move what is later. */
  insert(timestamp: number, price: number, volume: number | undefined): void {
    if (this.#end === this.#times.length) this.#makeRoom();
    this.#count();
    let at = this.#end;
    if (at > this.#start && (this.#times[at - 1] as number) > timestamp) {
      at = this.#firstWhere((time) => time > timestamp);
      for (const column of [this.#times, this.#prices, this.#volumes]) column.copyWithin(at + 1, at, this.#end);
    }
    this.#times[at] = timestamp;
    this.#prices[at] = price;
    this.#volumes[at] = volume ?? Number.NaN;
    this.#end++;
    this.#budget.used++;
    while (this.#budget.isOver(this.length)) {
      this.#dropFirst();
    }
  }

  /** Forgets quotes before `from`: no window can reach them any more. */
  expire(from: number): void {
    while (this.#start < this.#end && (this.#times[this.#start] as number) < from) this.#dropFirst();
  }

  /** The symbol is gone: its quotes no longer count. */
  release(): void {
    this.expire(Number.POSITIVE_INFINITY);
    if (this.#counts) this.#budget.windows--;
    this.#counts = false;
  }

  #count(): void {
    if (this.#counts) return;
    this.#counts = true;
    this.#budget.windows++;
  }

  #dropFirst(): void {
    this.droppedUpTo = Math.max(this.droppedUpTo, this.#times[this.#start] as number);
    this.#start++;
    this.#budget.used--;
  }

  /** A quote that is too old for any window up to now; windows that end before may miss it. */
  pass(timestamp: number): void {
    this.droppedUpTo = Math.max(this.droppedUpTo, timestamp);
  }

  #makeRoom(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.length * 2);
    const grown = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(capacity);
      next.set(column.subarray(this.#start, this.#end));
      return next;
    };
    this.#times = grown(this.#times);
    this.#prices = grown(this.#prices);
    this.#volumes = grown(this.#volumes);
    this.#end = this.length;
    this.#start = 0;
  }

  /** Figures over [at − windowMs, at], both ends inclusive. Sums are exact; `last_price` is left to the caller, who
   * knows the order of entry. */
  figures(at: number, windowMs: number): WindowFigures {
    let count = 0;
    let [sum, weighted, volume] = [ZERO, ZERO, ZERO];
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const from = at - windowMs;
    for (let i = this.#firstWhere((time) => time >= from); i < this.#end && (this.#times[i] as number) <= at; i++) {
      const price = this.#prices[i] as number;
      const exact = decimal(price);
      count++;
      sum = add(sum, exact);
      if (price < low) low = price;
      if (price > high) high = price;
      const traded = this.#volumes[i] as number;
      if (Number.isNaN(traded)) continue;
      const exactVolume = decimal(traded);
      volume = add(volume, exactVolume);
      weighted = add(weighted, multiply(exact, exactVolume));
    }
    return count === 0 ? { transactions: 0 } : named(count, sum, weighted, volume, low, high);
  }

  /** First index whose time is far enough; `isFar` stays true from there on. */
  #firstWhere(isFar: (time: number) => boolean): number {
    let [low, high] = [this.#start, this.#end];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isFar(this.#times[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  save(): unknown {
    const column = (c: Float64Array) => [...c.subarray(this.#start, this.#end)];
    const dropped = Number.isFinite(this.droppedUpTo) ? this.droppedUpTo : null;
    return [
      column(this.#times),
      column(this.#prices),
      column(this.#volumes).map((v) => (Number.isNaN(v) ? null : v)),
      dropped,
    ];
  }

  static load(saved: unknown, budget = new QuoteBudget()): QuoteWindow {
    const [times, prices, volumes, dropped] = saved as [number[], number[], (number | null)[], number | null];
    const window = new QuoteWindow(budget, dropped ?? undefined);
    window.#times = Float64Array.from(times);
    window.#prices = Float64Array.from(prices);
    window.#volumes = Float64Array.from(volumes, (v) => v ?? Number.NaN);
    window.#end = times.length;
    budget.used += times.length;
    if (times.length > 0) window.#count();
    return window;
  }
}

function named(
  count: number,
  sum: Decimal,
  weighted: Decimal,
  volume: Decimal,
  low: number,
  high: number,
): WindowFigures {
  return {
    transactions: count,
    volume: toNumber(volume),
    min_price: low,
    max_price: high,
    avg_price_trans: divide(sum, { digits: BigInt(count), scale: 0 }),
    ...(volume.digits === 0n ? {} : { avg_price_volume: divide(weighted, volume) }),
  };
}

/** How far back any window may reach. */
export const REACH_MS = WINDOW_MS.max;
