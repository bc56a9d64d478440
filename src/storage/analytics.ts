/* Analytics Engine: the one place that knows which named column is which blob or double.
 * Columns can be added at the end, never renamed or moved: points already written keep their places. */
import { z } from "zod";

interface Columns {
  blobs: readonly string[];
  doubles: readonly string[];
}

/** One point per minute candle, as it stood when its minute was closed; index: the symbol. */
export const CANDLE_COLUMNS = {
  blobs: ["kind", "symbol"],
  doubles: ["start", "open", "high", "low", "close", "volume", "count"],
} as const satisfies Columns;

export const Point = z.object({ index: z.string(), blobs: z.array(z.string()), doubles: z.array(z.number()) });
export type Point = z.infer<typeof Point>;

/** The platform takes at most so many points per invocation. */
export const POINTS_MAX = 250;

/** A candle by the names of its columns. */
export type CandleColumns = Record<(typeof CANDLE_COLUMNS.blobs)[number], string> &
  Record<(typeof CANDLE_COLUMNS.doubles)[number], number>;

export function candlePoint(candle: CandleColumns): Point {
  return {
    index: candle.symbol,
    blobs: CANDLE_COLUMNS.blobs.map((name) => candle[name]),
    doubles: CANDLE_COLUMNS.doubles.map((name) => candle[name]),
  };
}

/** SQL names of the columns, for queries: `{ symbol: "blob2", start: "double1" }`. */
export function columnNames(columns: Columns): Record<string, string> {
  const named = (names: readonly string[], prefix: string) => names.map((name, i) => [name, `${prefix}${i + 1}`]);
  return Object.fromEntries([...named(columns.blobs, "blob"), ...named(columns.doubles, "double")]);
}

/** Writes points: sampled and unconfirmed in production, rows of table `points` where the binding does nothing. */
export async function writePoints(env: Env, points: Point[], at: number): Promise<void> {
  if (env.TIDINGS_RUNTIME !== "local") {
    for (const { index, blobs, doubles } of points.slice(0, POINTS_MAX)) {
      env.ANALYTICS.writeDataPoint({ indexes: [index], blobs, doubles });
    }
    return;
  }
  if (points.length === 0) return;
  const rows = JSON.stringify(points.map((p) => [at, p.index, JSON.stringify(p.blobs), JSON.stringify(p.doubles)]));
  await env.DB.prepare(
    `INSERT INTO points (dataset, timestamp, index1, blobs, doubles)
     SELECT 'tidings', value->>0, value->>1, value->>2, value->>3 FROM json_each(?)`,
  )
    .bind(rows)
    .run();
}
