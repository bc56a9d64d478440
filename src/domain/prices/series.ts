/* A series of candles: what is rolled up, and over it what is not yet. */
import { bucketEnd, bucketStart, type Resolution } from "../bucket";
import type { CandleRow } from "./answers";
import { type CandlePart, mergeCandles, type PricePart } from "./candle";

export interface RolledCandle extends CandlePart {
  window: Record<string, number> | null;
}

export interface Series {
  resolution: Resolution;
  /** Half-open, by the buckets' starts, epoch ms. */
  from: number;
  to: number;
  /** The stream's clock: a bucket that ends after it is unfinished. */
  clock: number;
  withWindow: boolean;
}

/** Rolled-up rows at a cursor plus the minute parts after it: every tick once. Parts come in the order of the log, and
 * nothing crosses a deletion. */
export function seriesOf(series: Series, rolled: RolledCandle[], live: PricePart[]): CandleRow[] {
  const buckets = new Map<number, RolledCandle>(rolled.map((row) => [row.start, row]));
  for (const part of live) addPart(buckets, part, series.resolution);
  return [...buckets.values()]
    .filter((candle) => candle.start >= series.from && candle.start < series.to)
    .sort((a, b) => a.start - b.start)
    .map((candle) => rowOf(candle, series));
}

function addPart(buckets: Map<number, RolledCandle>, part: PricePart, resolution: Resolution): void {
  if (part.kind === "deleted") {
    buckets.clear();
    return;
  }
  const start = bucketStart(part.start, resolution);
  const before = buckets.get(start);
  if (part.kind === "candle") {
    const candle = { ...part, start };
    buckets.set(start, { ...(before ? mergeCandles(before, candle) : candle), window: before?.window ?? null });
  } else if (before !== undefined && resolution === "minute") {
    buckets.set(start, { ...before, window: part.figures });
  }
}

function rowOf(candle: RolledCandle, { resolution, clock, withWindow }: Series): CandleRow {
  const { open, high, low, close, volume, count } = candle;
  const partial = bucketEnd(candle.start, resolution) > clock;
  const row = { start: new Date(candle.start).toISOString(), open, high, low, close, volume, count, partial };
  return withWindow && candle.window !== null ? { ...row, window: candle.window } : row;
}
