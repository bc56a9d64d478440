/* A price: what a source may say, what a reader gets. */
import * as z from "zod";
import { NumberInput } from "../number";
import { Timestamp } from "../time";

/** 1-32 of `A-Za-z0-9._:/-`, upper-cased. */
export const Symbol = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[A-Za-z0-9._:/-]+$/, "may hold letters, digits and . _ : / - only")
  .transform((s) => s.toUpperCase());

/** Of a single price: however many come, the sum of their volumes is still a number. */
export const MAX_VOLUME = 1e280;

/** One posted price. Unknown fields are refused: a misspelt `source_seq` would lose its meaning silently. */
export const PriceInput = z.strictObject({
  symbol: Symbol,
  price: NumberInput,
  timestamp: Timestamp,
  volume: NumberInput.pipe(
    z
      .number()
      .nonnegative({ error: "must not be negative" })
      .max(MAX_VOLUME, { error: `must be at most ${MAX_VOLUME}` }),
  ).optional(),
  id: z.string().min(1).max(128).optional(),
  source: z.string().min(1).max(128).optional(),
  source_seq: z.number().int().nonnegative().optional(),
  source_session: z.string().min(1).max(64).optional(),
});
export type PriceInput = z.infer<typeof PriceInput>;

/** What the feed keeps of it. */
export interface Quote {
  price: number;
  /** Absent for a quote without volume: it counts in price figures only. */
  volume?: number;
  /** Epoch ms, as the source says. */
  timestamp: number;
}

/** The input of the reducer. */
export type PriceCommand = ({ type: "price" } & Quote) | { type: "delete" };

/** The current price of a symbol, as GET answers it. */
export interface Latest {
  symbol: string;
  price: number;
  volume: number | null;
  timestamp: string;
  received_at: string;
  epoch: string;
  seq: number;
}

/** The seven figures of a sliding window; undefined ones are omitted. */
export interface WindowFigures {
  transactions: number;
  volume?: number;
  last_price?: number;
  min_price?: number;
  max_price?: number;
  avg_price_trans?: number;
  avg_price_volume?: number;
}

export interface WindowAnswer extends WindowFigures {
  symbol: string;
  window_ms: number;
  /** The right edge, RFC 3339. */
  at: string;
  truncated?: true;
}

export const WINDOW_MS = { min: 1_000, max: 3_600_000, default: 60_000 } as const;
export const WINDOW_QUOTES = 100_000;
