/* What becomes of the parts of each purpose. A new purpose is a line here. */
import type { z } from "zod";
import { AreaPart } from "../domain/alerts/part";
import { NODES_PURPOSE, NodePart } from "../domain/nodes/part";
import { PricePart } from "../domain/prices/candle";
import { REQUESTS_PURPOSE } from "../domain/requests/day";
import { RequestPart } from "../domain/requests/part";
import { dayFigures, METRICS_PURPOSE, MetricPart } from "../domain/telemetry/part";
import { type Point, pointOf } from "../storage/analytics";
import { mergeAreaParts } from "../storage/queries/alerts";
import { closedCandles, mergePriceParts } from "../storage/queries/candles";
import type { Guard } from "../storage/queries/cursors";
import { mergeMetricParts } from "../storage/queries/metrics";
import { mergeNodeParts } from "../storage/queries/nodes";
import { mergeRequestParts, requestPoints } from "../storage/queries/requests";

export interface Sink {
  part: z.ZodType;
  /** Statements that merge parsed parts under the guard; they run in one batch with the cursor. */
  statements(
    db: D1Database,
    parts: unknown[],
    guard: Guard,
    now: number,
  ): D1PreparedStatement[] | Promise<D1PreparedStatement[]>;
  /** Points of what these parts completed; called after their batch. */
  points(db: D1Database, parts: unknown[]): Promise<Point[]>;
}

export const SINKS: Record<string, Sink> = {
  candles: {
    part: PricePart,
    statements: (db, parts, guard, now) => mergePriceParts(db, parts as PricePart[], guard, now),
    points: async (db, parts) =>
      (await closedCandles(db, parts as PricePart[])).map((candle) => pointOf("candle", candle)),
  },
  alerts: {
    part: AreaPart,
    statements: (db, parts, guard) => mergeAreaParts(db, parts as AreaPart[], guard),
    points: async () => [],
  },
  [NODES_PURPOSE]: {
    part: NodePart,
    statements: (db, parts, guard) => mergeNodeParts(db, parts as NodePart[], guard),
    points: async () => [],
  },
  [METRICS_PURPOSE]: {
    part: MetricPart,
    statements: (db, parts, guard, now) => mergeMetricParts(db, parts as MetricPart[], guard, now),
    points: async (_, parts) =>
      (parts as MetricPart[]).flatMap(dayFigures).map((figures) => pointOf("metric", figures)),
  },
  [REQUESTS_PURPOSE]: {
    part: RequestPart,
    statements: (db, parts, guard, now) => mergeRequestParts(db, parts as RequestPart[], guard, now),
    points: async (_, parts) => requestPoints(parts as RequestPart[]),
  },
};

/** The events an unreadable part stands for, as far as it can be told. */
export function eventsOf(part: unknown): number {
  const count = typeof part === "object" && part !== null && "count" in part ? part.count : undefined;
  return typeof count === "number" && Number.isInteger(count) && count >= 0 ? count : 1;
}
