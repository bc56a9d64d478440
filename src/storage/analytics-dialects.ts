/* The two dialects in which named queries are said: Analytics Engine's, and SQLite's over table `points`, which has the same
 * points on the local server. Columns are said by name here and nowhere by number. */
import { type ColumnOf, type PointKind, placeOf } from "./analytics";

/** The dataset in Analytics Engine. */
export const DATASET = "tidings";

export interface Dialect {
  name: "analytics_engine" | "sqlite";
  from: string;
  column<K extends PointKind>(kind: K, name: ColumnOf<K>): string;
  /** How many points one stands for. */
  weight: string;
  /** Points that were written at a moment (epoch ms) or later. */
  writtenSince(at: number): string;
  /** The greatest multiple of `width` that is not above `x`, which is not negative. */
  floor(x: string, width: number): string;
}

export const analyticsEngine: Dialect = {
  name: "analytics_engine",
  from: DATASET,
  column(kind, name) {
    const { type, number } = placeOf(kind, name);
    return `${type}${number}`;
  },
  weight: "_sample_interval",
  writtenSince: (at) => `timestamp >= toDateTime(${Math.floor(at / 1_000)})`,
  floor: (x, width) => `intDiv(${x}, ${width}) * ${width}`,
};

export const sqlite: Dialect = {
  name: "sqlite",
  from: "points",
  column(kind, name) {
    const { type, number } = placeOf(kind, name);
    return type === "blob" ? `blobs->>${number - 1}` : `CAST(doubles->>${number - 1} AS REAL)`;
  },
  weight: "1",
  writtenSince: (at) => `timestamp >= ${at}`,
  floor: (x, width) => `CAST(${x} / ${width} AS INTEGER) * ${width}`,
};
