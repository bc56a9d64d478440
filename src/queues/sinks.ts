/* What becomes of the parts of each purpose. A new purpose is a line here. */
import type { z } from "zod";
import { type CandlePart, PricePart } from "../domain/prices/candle";
import { candlePoint, type Point } from "../storage/analytics";
import { type Guard, mergePriceParts } from "../storage/queries/candles";

export interface Sink {
  part: z.ZodType;
  /** Statements that merge parsed parts under the guard; they run in one batch with the cursor. */
  statements(db: D1Database, parts: unknown[], guard: Guard): D1PreparedStatement[];
  points(parts: unknown[]): Point[];
}

export const SINKS: Record<string, Sink> = {
  candles: {
    part: PricePart,
    statements: (db, parts, guard) => mergePriceParts(db, parts as PricePart[], guard),
    points: (parts) => (parts as PricePart[]).filter((p): p is CandlePart => p.kind === "candle").map(candlePoint),
  },
};

/** The events an unreadable part stands for, as far as it can be told. */
export function eventsOf(part: unknown): number {
  const count = typeof part === "object" && part !== null && "count" in part ? part.count : undefined;
  return typeof count === "number" && Number.isInteger(count) && count >= 0 ? count : 1;
}
