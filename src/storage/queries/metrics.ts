/* Metrics in D1: the catalogue of series, and each series' days. Minutes and hours are in the objects. */
import { poolSource } from "../../domain/telemetry/owner";
import type { MetricPart } from "../../domain/telemetry/part";
import { loadRollup, mergeRollup, type Rollup, type SavedRollup, saveRollup } from "../../domain/telemetry/rollup";
import { type Labels, labelsKey } from "../../domain/telemetry/sample";
import { type Guard, guarded } from "./cursors";

interface DayKey {
  name: string;
  day: number;
  labels: string;
  object: string;
}

interface DayRow extends DayKey {
  rollup: string;
}

const ADD_SERIES = `INSERT OR IGNORE INTO metric_series (name, labels, object, since)
SELECT value->>'name', value->>'labels', value->>'object', value->>'since' FROM json_each(?) WHERE GUARD`;

const PUT_DAYS = `INSERT INTO metric_days (name, day, labels, object, rollup, changed_at)
SELECT value->>'name', value->>'day', value->>'labels', value->>'object', value->>'rollup', value->>'changed_at'
FROM json_each(?) WHERE GUARD
ON CONFLICT (name, day, labels, object) DO UPDATE SET rollup = excluded.rollup, changed_at = excluded.changed_at`;

const ADD_EVENTS = `INSERT OR IGNORE INTO operational_events (object, epoch, seq, at, kind, detail)
SELECT value->>'object', value->>'epoch', value->>'seq', value->>'at', value->>'kind', value->>'detail' FROM json_each(?) WHERE GUARD`;

const deletion = (table: string): string =>
  `DELETE FROM ${table} WHERE (name, object) IN (SELECT value->>'name', value->>'object' FROM json_each(?)) AND GUARD`;

const FIND_DAYS = `SELECT d.name, d.day, d.labels, d.object, d.rollup FROM json_each(?) j JOIN metric_days d
ON d.name = j.value->>'name' AND d.day = j.value->>'day' AND d.labels = j.value->>'labels' AND d.object = j.value->>'object'`;

/** The statements that bring D1 up to these parts. Rows written: one per new series, one per series and day, one per event.
 * Days that are there already are read first and written merged: only this object's cursor lets anybody write them. */
export async function mergeMetricParts(
  db: D1Database,
  parts: MetricPart[],
  guard: Guard,
  now: number,
): Promise<D1PreparedStatement[]> {
  const { series, days, events, gone } = sort(parts);
  const statements: D1PreparedStatement[] = [];
  const put = (sql: string, rows: readonly unknown[]) => {
    if (rows.length > 0) statements.push(guarded(db, sql, guard, JSON.stringify(rows)));
  };
  put(deletion("metric_series"), gone);
  put(deletion("metric_days"), gone);
  put(ADD_SERIES, series);
  put(
    PUT_DAYS,
    (await mergedDays(db, days, gone)).map((day) => ({ ...day, changed_at: now })),
  );
  put(ADD_EVENTS, events);
  return statements;
}

/** What is left of the parts once later deletions have had their effect on earlier ones. */
function sort(parts: MetricPart[]) {
  const gone: { name: string; object: string }[] = [];
  let series: { name: string; labels: string; object: string; since: number }[] = [];
  let days: (DayKey & { saved: SavedRollup })[] = [];
  const events: unknown[] = [];
  for (const part of parts) {
    const { object, name } = part;
    if (part.type === "series") series.push({ name, labels: labelsKey(part.labels), object, since: part.at });
    else if (part.type === "day") {
      days.push({ name, day: part.day, labels: labelsKey(part.labels), object, saved: part.rollup });
    } else if (part.type === "overflow") {
      const { epoch, seq, at, label, limit } = part;
      events.push({ object, epoch, seq, at, kind: "series_overflow", detail: JSON.stringify({ name, label, limit }) });
    } else {
      gone.push({ name, object });
      series = series.filter((one) => one.name !== name || one.object !== object);
      days = days.filter((one) => one.name !== name || one.object !== object);
    }
  }
  return { series, days, events, gone };
}

async function mergedDays(
  db: D1Database,
  days: (DayKey & { saved: SavedRollup })[],
  gone: { name: string; object: string }[],
): Promise<DayRow[]> {
  if (days.length === 0) return [];
  const keys = days.map(({ saved: _, ...key }) => key);
  const { results } = await db.prepare(FIND_DAYS).bind(JSON.stringify(keys)).all<DayRow>();
  const merged = new Map<string, { key: DayKey; rollup: Rollup }>();
  const keyOf = ({ name, day, labels, object }: DayKey) => `${name} ${day} ${labels} ${object}`;
  const take = (key: DayKey, saved: SavedRollup) => {
    const found = merged.get(keyOf(key));
    if (found === undefined) merged.set(keyOf(key), { key, rollup: loadRollup(saved) });
    else mergeRollup(found.rollup, loadRollup(saved));
  };
  for (const { rollup, ...key } of results) {
    const isGone = gone.some(({ name, object }) => name === key.name && object === key.object);
    if (!isGone) take(key, JSON.parse(rollup) as SavedRollup);
  }
  for (const { saved, ...key } of days) take(key, saved);
  return [...merged.values()].map(({ key, rollup }) => ({ ...key, rollup: JSON.stringify(saveRollup(rollup)) }));
}

/** As `matchesPattern` reads it: GLOB would take other signs than the last `*` for a pattern too. */
const ALLOWED = `AND EXISTS (SELECT 1 FROM json_each(?3) WHERE value = name
  OR (substr(value, -1) = '*' AND substr(name, 1, length(value) - 1) = substr(value, 1, length(value) - 1)))`;

/** Names after one, in order. */
export async function listMetricNames(
  db: D1Database,
  after: string,
  names: readonly string[] | undefined,
  limit: number,
): Promise<string[]> {
  const allowed = names === undefined ? "" : ALLOWED;
  const sql = `SELECT DISTINCT name FROM metric_series WHERE name > ?1 ${allowed} ORDER BY name LIMIT ?2`;
  const values = names === undefined ? [after, limit] : [after, limit, JSON.stringify(names)];
  const { results } = await db
    .prepare(sql)
    .bind(...values)
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}

/** Whether the labels of a row, JSON in `column`, have all of the wanted ones, JSON in parameter `wanted`. */
const hasLabels = (column: string, wanted: string): string => `NOT EXISTS
  (SELECT 1 FROM json_each(${wanted}) wanted WHERE NOT EXISTS
    (SELECT 1 FROM json_each(${column}) has WHERE has.key = wanted.key AND has.value = wanted.value))`;

/** The objects, `MetricIntake/…`, that have series of a name with all these labels. */
export async function objectsWith(db: D1Database, name: string, labels: Labels): Promise<string[]> {
  const sql = `SELECT DISTINCT object FROM metric_series WHERE name = ?1 AND ${hasLabels("metric_series.labels", "?2")}`;
  const { results } = await db.prepare(sql).bind(name, JSON.stringify(labels)).all<{ object: string }>();
  return results.map(({ object }) => object);
}

export interface CataloguedName {
  series: number;
  /** The first so many, in order. */
  labels: Labels[];
  objects: string[];
}

/** What there is of some names.
 * @param most labels that are listed per name */
export async function catalogueOf(
  db: D1Database,
  names: readonly string[],
  most: number,
): Promise<Map<string, CataloguedName>> {
  const wanted = "name IN (SELECT value FROM json_each(?1))";
  const [objects, labels] = await db.batch([
    db
      .prepare(`SELECT name, object, count(*) AS series FROM metric_series WHERE ${wanted} GROUP BY name, object`)
      .bind(JSON.stringify(names)),
    db
      .prepare(
        `SELECT name, labels FROM (SELECT name, labels, row_number() OVER (PARTITION BY name ORDER BY labels) AS place
         FROM metric_series WHERE ${wanted}) WHERE place <= ?2 ORDER BY name, labels`,
      )
      .bind(JSON.stringify(names), most),
  ]);
  const found = new Map<string, CataloguedName>();
  for (const { name, object, series } of (objects?.results ?? []) as {
    name: string;
    object: string;
    series: number;
  }[]) {
    const one = found.get(name) ?? { series: 0, labels: [], objects: [] };
    one.series += series;
    one.objects.push(object);
    found.set(name, one);
  }
  for (const { name, labels: text } of (labels?.results ?? []) as { name: string; labels: string }[]) {
    found.get(name)?.labels.push(JSON.parse(text) as Labels);
  }
  return found;
}

/** Days of a name whose first moment is in [from, to), of series in some objects that have all labels. */
export async function daysOf(
  db: D1Database,
  { name, labels }: { name: string; labels: Labels },
  objects: readonly string[],
  from: number,
  to: number,
): Promise<{ day: number; rollup: Rollup }[]> {
  const sql = `SELECT day, rollup FROM metric_days WHERE name = ?1 AND day >= ?2 AND day < ?3
    AND object IN (SELECT value FROM json_each(?4)) AND ${hasLabels("metric_days.labels", "?5")}`;
  const { results } = await db
    .prepare(sql)
    .bind(name, from, to, JSON.stringify(objects), JSON.stringify(labels))
    .all<{ day: number; rollup: string }>();
  return results.map(({ day, rollup }) => ({ day, rollup: loadRollup(JSON.parse(rollup) as SavedRollup) }));
}

/** The objects that have the metrics of a pool of nodes, or of all pools; `MetricIntake/…`. */
export async function poolObjects(db: D1Database, pool: string | undefined): Promise<string[]> {
  const prefix = `MetricIntake/${poolSource(pool ?? "")}${pool === undefined ? "" : "/"}`;
  const sql = "SELECT DISTINCT object FROM metric_series WHERE substr(object, 1, length(?1)) = ?1 ORDER BY object";
  return (await db.prepare(sql).bind(prefix).all<{ object: string }>()).results.map(({ object }) => object);
}
