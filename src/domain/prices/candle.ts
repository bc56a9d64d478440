/* Candles: minute deltas made where ticks are in order, merged anywhere. */
import * as z from "zod";
import { bucketStart } from "../bucket";

/** A tick's place in event time, ties broken by order of entry: [timestamp ms, epoch, seq]. */
const Moment = z.tuple([z.number(), z.string(), z.number()]);
export type Moment = z.infer<typeof Moment>;

/** What a set of ticks adds to one minute of one symbol. Merging is associative and commutative; volumes, as sums of
 * doubles, within 1e-9 of each other. */
export const CandlePart = z.object({
  kind: z.literal("candle"),
  symbol: z.string(),
  /** Start of the minute, epoch ms. */
  start: z.number().int(),
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
  count: z.number().int().positive(),
  first: Moment,
  last: Moment,
});
export type CandlePart = z.infer<typeof CandlePart>;

/** The window figures at the close of a minute; a later one replaces an earlier one. */
export const WindowPart = z.object({
  kind: z.literal("window"),
  symbol: z.string(),
  start: z.number().int(),
  figures: z.record(z.string(), z.number()),
});
export type WindowPart = z.infer<typeof WindowPart>;

/** The symbol was deleted: its rows go. */
export const DeletedPart = z.object({
  kind: z.literal("deleted"),
  symbol: z.string(),
  epoch: z.string(),
  seq: z.number().int(),
});
export type DeletedPart = z.infer<typeof DeletedPart>;

export const PricePart = z.discriminatedUnion("kind", [CandlePart, WindowPart, DeletedPart]);
export type PricePart = z.infer<typeof PricePart>;

/** One row of `…/candles`. */
export interface Candle {
  start: string;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  count: number;
  partial: boolean;
}

export function compareMoments(a: Moment, b: Moment): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return a[2] - b[2];
}

/** The candle of a single tick. */
export function candleOf(symbol: string, price: number, volume: number | undefined, moment: Moment): CandlePart {
  const start = bucketStart(moment[0], "minute");
  return {
    kind: "candle",
    symbol,
    start,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: volume ?? 0,
    count: 1,
    first: moment,
    last: moment,
  };
}

/** Both must be of the same symbol; the result begins at the earlier start, so it serves hours and days as well. */
export function mergeCandles(a: CandlePart, b: CandlePart): CandlePart {
  const aFirst = compareMoments(a.first, b.first) <= 0;
  const aLast = compareMoments(a.last, b.last) > 0;
  return {
    kind: "candle",
    symbol: a.symbol,
    start: Math.min(a.start, b.start),
    open: aFirst ? a.open : b.open,
    high: Math.max(a.high, b.high),
    low: Math.min(a.low, b.low),
    close: aLast ? a.close : b.close,
    volume: a.volume + b.volume,
    count: a.count + b.count,
    first: aFirst ? a.first : b.first,
    last: aLast ? a.last : b.last,
  };
}

/** Joins the parts of a range of the log: one candle per symbol and minute. Nothing crosses a deletion. */
export function joinPriceParts(parts: PricePart[]): PricePart[] {
  const done: PricePart[] = [];
  let open = new Map<string, CandlePart | WindowPart>();
  for (const part of parts) {
    if (part.kind === "deleted") {
      done.push(...open.values(), part);
      open = new Map();
      continue;
    }
    const key = `${part.kind} ${part.start} ${part.symbol}`;
    const before = open.get(key);
    open.set(key, part.kind === "candle" && before?.kind === "candle" ? mergeCandles(before, part) : part);
  }
  return [...done, ...open.values()];
}
