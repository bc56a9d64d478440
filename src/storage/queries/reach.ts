/* Reach in D1: for each frame of topic `alerts`, what the hubs have counted so far. */
import type { ReachRow } from "../../domain/alerts/answers";
import { jsonColumns } from "./json-rows";

export type StoredReach = Omit<ReachRow, "counted_at"> & { alert_id: string; counted_at: number };

const COLUMNS = [
  "event_type",
  "epoch",
  "seq",
  "registered",
  "asked",
  "flushed",
  "acknowledged",
  "p50_ms",
  "p99_ms",
  "counted_at",
] as const satisfies (keyof ReachRow)[];

export async function readReach(db: D1Database, alertId: string): Promise<ReachRow[]> {
  const query = db
    .prepare(`SELECT ${COLUMNS.join(", ")} FROM reach WHERE alert_id = ? ORDER BY epoch, seq`)
    .bind(alertId);
  const { results } = await query.all<Omit<StoredReach, "alert_id">>();
  return results.map((row) => ({ ...row, counted_at: new Date(row.counted_at).toISOString() }));
}

/** Counts are absolute and only grow: a later, smaller one was counted by an object that had forgotten the earlier. */
const WRITE = `INSERT INTO reach (alert_id, ${COLUMNS.join(", ")})
SELECT value->>'alert_id', ${jsonColumns(COLUMNS)} FROM json_each(?) WHERE true
ON CONFLICT (alert_id, epoch, seq) DO UPDATE SET registered = excluded.registered, asked = excluded.asked,
  flushed = excluded.flushed, acknowledged = excluded.acknowledged, p50_ms = excluded.p50_ms, p99_ms = excluded.p99_ms,
  counted_at = excluded.counted_at
WHERE excluded.flushed + excluded.acknowledged >= flushed + acknowledged`;

export async function writeReach(db: D1Database, rows: StoredReach[]): Promise<void> {
  await db.prepare(WRITE).bind(JSON.stringify(rows)).run();
}
