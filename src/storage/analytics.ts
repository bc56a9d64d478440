/* Analytics Engine: the one place that knows which named column is which blob or double.
 * Columns can be added at the end, never renamed or moved: points already written keep their places. */
import * as z from "zod";

/** Every kind of point. `blob1` is the kind and `double1` the start of what it sums up, epoch ms, in all of them, so that
 * one filter fits all. */
export const COLUMNS = {
  /** A minute candle, as it stood when its minute was closed. */
  candle: {
    index: "symbol",
    blobs: ["kind", "symbol"],
    doubles: ["start", "open", "high", "low", "close", "volume", "count"],
  },
  /** The requests of a closed minute to an endpoint, by method and status. */
  request: {
    index: "endpoint",
    blobs: ["kind", "endpoint", "method", "status"],
    doubles: ["start", "count", "errors", "latency_sum", "latency_count", "latency_p95", "bytes"],
  },
  /** A day of a series that is over (`resolution` says how long it was), `labels` is JSON. */
  metric: {
    index: "name",
    blobs: ["kind", "name", "labels", "resolution"],
    doubles: ["start", "count", "sum", "min", "max", "last", "p50", "p95", "p99"],
  },
} as const satisfies Record<string, { index: string; blobs: readonly string[]; doubles: readonly string[] }>;

export type PointKind = keyof typeof COLUMNS;
type Blobs<K extends PointKind> = Exclude<(typeof COLUMNS)[K]["blobs"][number], "kind">;
type Doubles<K extends PointKind> = (typeof COLUMNS)[K]["doubles"][number];

/** A point by the names of its columns. */
export type PointValues<K extends PointKind> = Record<Blobs<K>, string> & Record<Doubles<K>, number>;

export const Point = z.object({ index: z.string(), blobs: z.array(z.string()), doubles: z.array(z.number()) });
export type Point = z.infer<typeof Point>;

/** The platform takes at most so many points per invocation. */
export const POINTS_MAX = 250;
/** ... an index of so many bytes, which samples by what is grouped by, and so many bytes of blobs. */
const INDEX_BYTES = 96;
const BLOB_BYTES = 3_500;

export function pointOf<K extends PointKind>(kind: K, values: PointValues<K>): Point {
  const { index, blobs, doubles } = COLUMNS[kind];
  const named = { ...values, kind } as Record<string, string | number>;
  return {
    index: cut(String(named[index]), INDEX_BYTES),
    blobs: blobs.map((name) => cut(String(named[name]), BLOB_BYTES)),
    doubles: doubles.map((name) => Number(named[name])),
  };
}

/** The beginning of a text that has at most so many bytes in UTF-8. */
function cut(text: string, bytes: number): string {
  const encoded = new TextEncoder().encode(text);
  if (encoded.byteLength <= bytes) return text;
  // What was cut in the middle of a letter is left out.
  return new TextDecoder().decode(encoded.slice(0, bytes), { stream: true });
}

export interface ColumnPlace {
  type: "blob" | "double";
  /** From 1. */
  number: number;
}

export type ColumnOf<K extends PointKind> =
  | (typeof COLUMNS)[K]["blobs"][number]
  | (typeof COLUMNS)[K]["doubles"][number];

/** Which blob or double a named column is. */
export function placeOf<K extends PointKind>(kind: K, name: ColumnOf<K>): ColumnPlace {
  const { blobs, doubles } = COLUMNS[kind] as { blobs: readonly string[]; doubles: readonly string[] };
  const blob = blobs.indexOf(name);
  return blob >= 0 ? { type: "blob", number: blob + 1 } : { type: "double", number: doubles.indexOf(name) + 1 };
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
