/* The candles of a chart: what the API answered, moved on by live ticks. Pure.
 *
 * Ticks move open, high, low and close of the newest candle, which repeating cannot spoil. Volume and count would be
 * counted twice if a tick arrived both ways, so they come from the API alone, which is read again every few seconds. */
import { bucketStart, RESOLUTIONS, type Resolution } from "../../../src/domain/bucket";
import type { Candle } from "../../../src/domain/prices/candle";

export interface ChartCandle {
  /** Start of the bucket, epoch ms. */
  start: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** How many buckets a chart begins with. */
export const SPAN: Record<Resolution, number> = { minute: 240, hour: 240, day: 365 };
const KEPT = 2_000;
const MOST_DRAWN = Number.MAX_SAFE_INTEGER / 100;

export class CandleSeries {
  readonly resolution: Resolution;
  #candles = new Map<number, ChartCandle>();

  constructor(resolution: Resolution) {
    this.resolution = resolution;
  }

  /** Oldest first. */
  list(): ChartCandle[] {
    return [...this.#candles.values()].sort((a, b) => a.start - b.start).slice(-KEPT);
  }

  get last(): ChartCandle | undefined {
    let last: ChartCandle | undefined;
    for (const candle of this.#candles.values()) if (last === undefined || candle.start > last.start) last = candle;
    return last;
  }

  /** The API knows better than ticks do, except that its answer may be older than the newest tick. */
  load(candles: Candle[]): void {
    for (const c of candles) {
      const start = Date.parse(c.start);
      this.#candles.set(start, { start, open: c.open, high: c.high, low: c.low, close: c.close, volume: c.volume });
    }
  }

  /** @returns the candle that changed; undefined for a tick of an older bucket, which only the API can place */
  tick(price: number, timestamp: number): ChartCandle | undefined {
    const start = bucketStart(timestamp, this.resolution);
    const { last } = this;
    if (last !== undefined && start < last.start) return undefined;
    const before = this.#candles.get(start);
    const next: ChartCandle =
      before === undefined
        ? { start, open: price, high: price, low: price, close: price, volume: 0 }
        : { ...before, high: Math.max(before.high, price), low: Math.min(before.low, price), close: price };
    this.#candles.set(start, next);
    return next;
  }

  /** The chart's library takes no number beyond it. */
  get isDrawable(): boolean {
    return [...this.#candles.values()].every(({ low, high }) => Math.max(-low, high) < MOST_DRAWN);
  }

  /** What to read again: the last two buckets, since the one before the last may just have got its late ticks. */
  tailFrom(): number | undefined {
    const { last } = this;
    return last === undefined ? undefined : last.start - RESOLUTIONS[this.resolution];
  }
}
