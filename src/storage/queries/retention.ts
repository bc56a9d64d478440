/* What is too old in D1, found without reading what is not, and deleted a bounded number of rows at a time. */
import { DOMAINS } from "../../domain/archive/domains";
import { placeOfKey } from "../../domain/archive/manifest";
import type { Resolution } from "../../domain/bucket";
import type { Period } from "../../domain/nodes/report/period";
import type { Cutoffs, KeptTier } from "../../domain/retention";

export interface Swept {
  what: string;
  tier: KeptTier;
  /** Columns of the key, as in `old`. */
  key: string;
  /** Keys of rows that are older than ?1, at most ?2 of them. */
  old: string;
  /** Tables whose rows of these keys go; the last one is what is counted. */
  tables: string[];
}

/** The first column's values in order without reading their rows: each by a seek from the one before. */
const walk = (table: string, column: string): string =>
  `WITH RECURSIVE walk (${column}) AS (SELECT min(${column}) FROM ${table} UNION ALL
  SELECT (SELECT min(${column}) FROM ${table} WHERE ${column} > walk.${column}) FROM walk WHERE walk.${column} IS NOT NULL)`;

const candles = (tier: Resolution): Swept => ({
  what: `candles.${tier}`,
  tier,
  key: "symbol, resolution, start",
  old: `${walk("candles", "symbol")} SELECT c.symbol, c.resolution, c.start FROM walk CROSS JOIN candles c
    ON c.symbol = walk.symbol AND c.resolution = '${tier}' AND c.start < ?1 WHERE c.updated_at < ?1 LIMIT ?2`,
  tables: ["candles"],
});

const reports = (period: Period, tier: KeptTier): Swept => ({
  what: `reports.${period}`,
  tier,
  key: "start, period, kind",
  old: `SELECT start, period, kind FROM reports WHERE start < ?1 AND period = '${period}' LIMIT ?2`,
  tables: ["reports"],
});

/** A new table is a line here. */
export const SWEPT: readonly Swept[] = [
  candles("minute"),
  candles("hour"),
  candles("day"),
  {
    what: "alerts",
    tier: "history",
    key: "alert_id",
    old: `SELECT alert_id FROM alerts WHERE over_at < ?1 AND max(opened_at, coalesce(closed_at, 0)) < ?1
      ORDER BY over_at, alert_id LIMIT ?2`,
    tables: ["alert_events", "reach", "alerts"],
  },
  {
    what: "node_events",
    tier: "history",
    key: "node, epoch, seq",
    old: "SELECT node, epoch, seq FROM node_events WHERE at < ?1 LIMIT ?2",
    tables: ["node_events"],
  },
  // A report lists its nodes: those of hours are many, and their days stay.
  reports("hour", "minute"),
  reports("day", "history"),
  {
    what: "request_days",
    tier: "day",
    key: "day, object",
    old: "SELECT day, object FROM request_days WHERE day < ?1 AND changed_at < ?1 LIMIT ?2",
    tables: ["request_days"],
  },
  {
    what: "aggregations",
    tier: "history",
    key: "aggregation_id",
    old: "SELECT aggregation_id FROM aggregations WHERE submitted_at < ?1 LIMIT ?2",
    tables: ["aggregations"],
  },
  {
    what: "metric_days",
    tier: "day",
    key: "name, day, labels, object",
    old: `${walk("metric_days", "name")} SELECT d.name, d.day, d.labels, d.object FROM walk CROSS JOIN metric_days d
      ON d.name = walk.name AND d.day < ?1 WHERE d.changed_at < ?1 LIMIT ?2`,
    tables: ["metric_days"],
  },
  {
    what: "points",
    tier: "point",
    key: "id",
    old: "SELECT id FROM points WHERE timestamp < ?1 ORDER BY id LIMIT ?2",
    tables: ["points"],
  },
];

/** One step: deletes at most `limit` rows that are too old, in one transaction, or only counts them. */
export async function sweepTable(
  db: D1Database,
  { tier, key, old, tables }: Swept,
  cutoffs: Cutoffs,
  limit: number,
  dryRun: boolean,
): Promise<number> {
  const before = cutoffs[tier];
  if (dryRun) {
    const counted = db.prepare(`SELECT count(*) AS n FROM (${old})`).bind(before, limit);
    return (await counted.first<number>("n")) ?? 0;
  }
  const results = await db.batch(
    tables.map((table) => db.prepare(`DELETE FROM ${table} WHERE (${key}) IN (${old})`).bind(before, limit)),
  );
  return results.at(-1)?.meta.changes ?? 0;
}

/** Keys of the archive whose every entry is too old. */
export async function oldKeys(db: D1Database, before: number, limit: number): Promise<string[]> {
  const sql = `SELECT DISTINCT key FROM archive WHERE domain = ?1 AND kept_from < ?2 LIMIT ?3`;
  const keys: string[] = [];
  for (const domain of DOMAINS) {
    if (keys.length >= limit) break;
    const { results } = await db
      .prepare(sql)
      .bind(domain, before, limit - keys.length)
      .all<{ key: string }>();
    keys.push(...results.map(({ key }) => key));
  }
  return keys;
}

/** Takes keys out of the manifest: from then on they do not exist. */
export async function dropKeys(db: D1Database, keys: readonly string[]): Promise<void> {
  const places = keys.map((key) => ({ ...placeOfKey(key), key }));
  await db
    .prepare(
      `DELETE FROM archive WHERE (domain, kept_from, key) IN
       (SELECT value->>'domain', value->>'kept_from', value->>'key' FROM json_each(?1))`,
    )
    .bind(JSON.stringify(places))
    .run();
}
