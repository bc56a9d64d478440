/* What the price routes answer: one schema each, for the reference and for the types of every client. */
import * as z from "zod";
import { RESOLUTION_NAMES } from "../bucket";
import { Frame } from "../frame";

const Time = z.iso.datetime().describe("RFC 3339, UTC");
const SymbolName = z.string().describe("Upper-case symbol");
const Epoch = z
  .string()
  .describe("Born with the first price of the owning object; a later one sorts after an earlier one");
const Seq = z.number().int().describe("1, 2, 3, … without gaps within (symbol, epoch)");

export const PriceResult = z.object({
  symbol: SymbolName,
  epoch: Epoch.nullable(),
  seq: Seq.nullable().describe("Null while the price is held for its predecessor, and where nothing was stored"),
  duplicate: z.boolean(),
  status: z.enum(["accepted", "duplicate", "held", "conflict", "unavailable"]),
  late: z.literal(true).optional().describe("It filled a skipped number: in the log and the candles, never current"),
});
export type PriceResult = z.infer<typeof PriceResult>;

export const PostedPrices = z.object({
  accepted: z.number().int().describe("Stored durably now, held ones included"),
  duplicates: z.number().int(),
  results: z.array(PriceResult).describe("In the order sent"),
});
export type PostedPrices = z.infer<typeof PostedPrices>;

/** `stale` and `as_of` appear when the owner cannot be reached and the newest stored value stands in. */
export const CurrentPrice = z.object({
  symbol: SymbolName,
  price: z.number(),
  volume: z.number().nullable(),
  timestamp: Time,
  received_at: Time.nullable(),
  epoch: Epoch,
  seq: Seq,
  stale: z.literal(true).optional(),
  as_of: Time.optional(),
});
export type CurrentPrice = z.infer<typeof CurrentPrice>;

export const CurrentPrices = z.object({
  prices: z.array(CurrentPrice),
  missing: z.array(SymbolName),
  unavailable: z.array(SymbolName),
});
export type CurrentPrices = z.infer<typeof CurrentPrices>;

export const KnownSymbols = z.object({
  symbols: z.array(z.object({ symbol: SymbolName, registered_at: Time })),
  next_cursor: z.string().nullable(),
  as_of: Time,
});
export type KnownSymbols = z.infer<typeof KnownSymbols>;

export const DeletedPrice = z.object({ symbol: SymbolName, epoch: Epoch.nullable(), seq: Seq.nullable() });

export const PriceEvents = z.object({
  symbol: SymbolName,
  status: z.enum(["range", "snapshot"]).describe("`snapshot` when the range asked for is no longer kept"),
  epoch: Epoch,
  seq: Seq.describe("The head of the stream; of a snapshot, what it stands for"),
  events: z.array(Frame),
  snapshot: z.unknown().optional(),
  more: z.boolean(),
});

const Figures = z.object({
  transactions: z.number().int().optional(),
  volume: z.number().optional(),
  last_price: z.number().optional(),
  min_price: z.number().optional(),
  max_price: z.number().optional(),
  avg_price_trans: z.number().optional(),
  avg_price_volume: z.number().optional(),
});

export const CandleRow = z.object({
  start: Time,
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
  count: z.number().int(),
  partial: z.boolean(),
  window: Figures.optional().describe("With `fields=window`: the window figures at the close of the minute"),
});
export type CandleRow = z.infer<typeof CandleRow>;

export const Candles = z.object({
  symbol: SymbolName,
  resolution: z.enum(RESOLUTION_NAMES),
  as_of: Time,
  stale: z.literal(true).optional().describe("The owner cannot be reached: what was rolled up until `as_of`"),
  candles: z.array(CandleRow),
});
export type Candles = z.infer<typeof Candles>;

export const PriceWindow = Figures.extend({
  symbol: SymbolName,
  window_ms: z.number().int(),
  at: Time.describe("The right edge"),
  transactions: z.number().int(),
  truncated: z.literal(true).optional(),
});
