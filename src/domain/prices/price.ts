/* A price: what a source may say, what a reader gets. */
import { z } from "zod";

const MAX_AHEAD_MS = 5 * 60_000;
const SECONDS_LOOK_LIKE = 100_000_000_000; // epoch ms below this is 1973: surely seconds
const MAX_TIME_MS = 8_640_000_000_000_000; // the last moment a Date can hold

/** 1-32 of `A-Za-z0-9._:/-`, upper-cased. */
export const Symbol = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[A-Za-z0-9._:/-]+$/, "may hold letters, digits and . _ : / - only")
  .transform((s) => s.toUpperCase());

/** A union reports nothing better than "invalid" by itself. */
function orMissing(message: string): (issue: { input?: unknown }) => string {
  return (issue) => (issue.input === undefined ? "is missing" : message);
}

const Decimal = z.union(
  [
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,30}(\.\d{1,30})?$/)
      .transform(Number),
  ],
  { error: orMissing('must be a finite number, such as 12.5 or "12.5"') },
);

const EpochMs = z
  .number()
  .int()
  .superRefine((at, ctx) => {
    if (at < 0 || Math.abs(at) > MAX_TIME_MS)
      ctx.addIssue({ code: "custom", message: "is no epoch time in milliseconds" });
    else if (at > 0 && at < SECONDS_LOOK_LIKE) {
      ctx.addIssue({ code: "custom", message: "looks like epoch seconds; send epoch milliseconds" });
    }
  });

/** An offset can carry the year 0000 below what RFC 3339 can write back. */
const Rfc3339 = z.iso
  .datetime({ offset: true })
  .transform((s) => Date.parse(s))
  .refine((at) => at >= Date.parse("0000-01-01T00:00:00Z"));

/** RFC 3339 or epoch ms, as epoch ms. How far ahead it may lie is asked apart (`liesAhead`): a schema has no clock. */
export const Timestamp = z.union([EpochMs, Rfc3339], {
  error: orMissing("must be an RFC 3339 time such as 2026-11-21T10:00:00Z, or epoch milliseconds"),
});

/** What the schema takes as epoch milliseconds. */
export const isEpochMs = (at: unknown): at is number =>
  Number.isInteger(at) && (at as number) >= SECONDS_LOOK_LIKE && (at as number) <= MAX_TIME_MS;

export const LIES_AHEAD = "lies more than 5 minutes ahead";
export const liesAhead = (at: number, now: number): boolean => at > now + MAX_AHEAD_MS;

/** One posted price. Unknown fields are refused: a misspelt `source_seq` would lose its meaning silently. */
export const PriceInput = z.strictObject({
  symbol: Symbol,
  price: Decimal,
  timestamp: Timestamp,
  volume: Decimal.pipe(z.number().nonnegative({ error: "must not be negative" })).optional(),
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
