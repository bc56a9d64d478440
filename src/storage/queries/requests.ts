/* Requests in D1: their days, and the aggregations that were asked for. Minutes and hours are in the objects. */
import type { Cursor } from "../../domain/event";
import type { AggregatedMetric } from "../../domain/requests/answers";
import { type DayPart, joinDays, REQUESTS_PURPOSE } from "../../domain/requests/day";
import type { CellPart, RequestPart } from "../../domain/requests/part";
import type { Metric } from "../../domain/requests/rank";
import { type Point, pointOf } from "../analytics";
import { type Guard, guarded } from "./cursors";
import { jsonColumns } from "./json-rows";

const COLUMNS = ["day", "object", "count", "errors", "timed", "us", "min", "max", "bins", "sized", "bytes"] as const;
const SUMS = ["count", "errors", "timed", "us", "sized", "bytes"] as const;

/* Figures add up column by column, the sketch bin by bin. Where nothing was timed yet, least and greatest say nothing. */
const MERGE_DAYS = `INSERT INTO request_days (${COLUMNS.join(", ")}, changed_at)
SELECT ${jsonColumns(COLUMNS)}, ? FROM json_each(?) WHERE GUARD
ON CONFLICT (day, object) DO UPDATE SET
  ${SUMS.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")},
  min = CASE WHEN timed = 0 THEN excluded.min WHEN excluded.timed = 0 THEN min ELSE min(min, excluded.min) END,
  max = max(max, excluded.max),
  bins = (SELECT json_group_object(key, n) FROM (SELECT key, sum(value) AS n FROM (
    SELECT key, value FROM json_each(request_days.bins) UNION ALL SELECT key, value FROM json_each(excluded.bins)
  ) GROUP BY key)),
  changed_at = excluded.changed_at`;

/** The statements that add parts to their days. Rows written: one per object and day. */
export function mergeRequestParts(
  db: D1Database,
  parts: RequestPart[],
  guard: Guard,
  now: number,
): D1PreparedStatement[] {
  const days = joinDays(parts.filter((part) => part.kind === "day"));
  if (days.length === 0) return [];
  const rows = days.map((part) => ({ ...part, bins: JSON.stringify(part.bins) }));
  return [guarded(db, MERGE_DAYS, guard, now, JSON.stringify(rows))];
}

/** One point per cell of a closed minute; a minute that closes again adds to what was said. */
export const requestPoints = (parts: RequestPart[]): Point[] =>
  parts.filter((part): part is CellPart => part.kind === "cell").map(pointOfCell);

const pointOfCell = (cell: CellPart): Point =>
  pointOf("request", {
    endpoint: cell.endpoint,
    method: cell.method,
    status: String(cell.status),
    start: cell.start,
    count: cell.requests,
    errors: cell.errors,
    latency_sum: cell.latency_ms,
    latency_count: cell.timed,
    latency_p95: cell.p95_ms,
    bytes: cell.bytes,
  });

export interface StoredDays {
  parts: DayPart[];
  /** Where D1 stands with each object, at the same moment. */
  cursors: Map<string, Cursor>;
}

/** Days in [first, last], by their starts. */
export async function requestDays(db: D1Database, first: number, last: number): Promise<StoredDays> {
  const [days, cursors] = (await db.batch([
    db
      .prepare(`SELECT ${COLUMNS.join(", ")} FROM request_days WHERE day BETWEEN ? AND ? ORDER BY day, object`)
      .bind(first, last),
    db.prepare("SELECT object, epoch, pos FROM cursors WHERE purpose = ?").bind(REQUESTS_PURPOSE),
  ])) as [D1Result<Omit<DayPart, "kind" | "bins"> & { bins: string }>, D1Result<Cursor & { object: string }>];
  const parts = days.results.map((row) => ({
    ...row,
    kind: "day" as const,
    bins: JSON.parse(row.bins) as DayPart["bins"],
  }));
  return { parts, cursors: new Map(cursors.results.map(({ object, epoch, pos }) => [object, { epoch, pos }])) };
}

/* === Aggregations ==================================================================================================== */

export interface AggregationRow {
  aggregation_id: string;
  start_time: number;
  end_time: number;
  metrics: Metric[];
  submitted_at: number;
  done_at: number | null;
  total_requests: number | null;
  result: AggregatedMetric[] | null;
}

export type NewAggregation = Pick<AggregationRow, "aggregation_id" | "start_time" | "end_time" | "metrics">;

/** Writes it down unless it is there; returns the one there is. */
export async function submitAggregation(db: D1Database, asked: NewAggregation, now: number): Promise<AggregationRow> {
  const { aggregation_id, start_time, end_time, metrics } = asked;
  await db
    .prepare(
      `INSERT OR IGNORE INTO aggregations (aggregation_id, start_time, end_time, metrics, submitted_at)
       VALUES (?, ?, ?, ?, ?)`,
    )
    .bind(aggregation_id, start_time, end_time, JSON.stringify(metrics), now)
    .run();
  return (await findAggregation(db, aggregation_id)) as AggregationRow;
}

export async function findAggregation(db: D1Database, id: string): Promise<AggregationRow | undefined> {
  type Stored = Omit<AggregationRow, "metrics" | "result"> & { metrics: string; result: string | null };
  const row = await db.prepare("SELECT * FROM aggregations WHERE aggregation_id = ?").bind(id).first<Stored>();
  if (row === null) return undefined;
  return {
    ...row,
    metrics: JSON.parse(row.metrics) as Metric[],
    result: row.result === null ? null : (JSON.parse(row.result) as AggregatedMetric[]),
  };
}

/** The first result stays. */
export async function finishAggregation(
  db: D1Database,
  id: string,
  total: number,
  result: AggregatedMetric[],
  now: number,
): Promise<void> {
  await db
    .prepare(
      "UPDATE aggregations SET done_at = ?, total_requests = ?, result = ? WHERE aggregation_id = ? AND done_at IS NULL",
    )
    .bind(now, total, JSON.stringify(result), id)
    .run();
}
