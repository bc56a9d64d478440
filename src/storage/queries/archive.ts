/* The manifest of the archive: which entries are in which object of the bucket. */
import type { ArchiveDomain } from "../../domain/archive/domains";
import { type ManifestRow, placeOfKey } from "../../domain/archive/manifest";
import { type Guard, guarded } from "./cursors";

const COLUMNS = [
  "domain",
  "kept_from",
  "key",
  "object",
  "from_epoch",
  "from_pos",
  "to_epoch",
  "to_pos",
  "first_at",
  "last_at",
  "min_time",
  "max_time",
  "entries",
  "offset",
  "bytes",
] as const satisfies (keyof ManifestRow)[];

const ADD = `INSERT INTO archive (${COLUMNS.join(", ")}) SELECT ${COLUMNS.map(() => "?").join(", ")} WHERE GUARD`;

export const addManifestRow = (db: D1Database, row: ManifestRow, guard: Guard): D1PreparedStatement =>
  guarded(db, ADD, guard, ...COLUMNS.map((name) => row[name]));

export interface ArchiveQuery {
  domain: ArchiveDomain | undefined;
  /** Whose entries; undefined: everybody's. */
  object: string | undefined;
  /** Of what they are about, epoch ms, half-open. */
  from: number;
  to: number;
  /** Where the page before ended. */
  after: ManifestPlace | undefined;
  limit: number;
}

/** The order of the table. */
export type ManifestPlace = Pick<ManifestRow, "domain" | "kept_from" | "key" | "object">;

/** Parts with entries about [from, to), in the order of the table. What is about a moment was kept from then or later, so
 * older parts are not read. */
export async function listArchive(db: D1Database, query: ArchiveQuery): Promise<ManifestRow[]> {
  const { domain, object, from, to, after, limit } = query;
  const values: (string | number)[] = [from, to];
  const bind = (value: string | number): string => `?${values.push(value)}`;
  const conditions = ["kept_from >= ?1", "max_time >= ?1", "min_time < ?2"];
  if (domain !== undefined) conditions.push(`domain = ${bind(domain)}`);
  if (object !== undefined) conditions.push(`object = ${bind(object)}`);
  if (after !== undefined) {
    const place = [after.domain, after.kept_from, after.key, after.object].map(bind);
    conditions.push(`(domain, kept_from, key, object) > (${place.join(", ")})`);
  }
  const sql = `SELECT ${COLUMNS.join(", ")} FROM archive WHERE ${conditions.join(" AND ")}
    ORDER BY domain, kept_from, key, object LIMIT ${bind(limit)}`;
  const found = await db
    .prepare(sql)
    .bind(...values)
    .all<ManifestRow>();
  return found.results;
}

/** Of what entries are about [from, to) and came at `atMost` or before, epoch ms. */
export interface YoungestQuery {
  domain: ArchiveDomain;
  from: number;
  to: number;
  atMost: number;
  /** The last part of the page before. */
  after: ManifestPlace | undefined;
  limit: number;
}

/** Parts, the latest kept first: what a part that is not listed yet has came no later than the last one listed was kept. */
export async function youngestParts(db: D1Database, query: YoungestQuery): Promise<ManifestRow[]> {
  const { domain, from, to, atMost, after, limit } = query;
  const values = [domain, from, to, atMost, limit, ...(after ? [after.kept_from, after.key, after.object] : [])];
  const sql = `SELECT ${COLUMNS.join(", ")} FROM archive
    WHERE domain = ?1 AND kept_from >= ?2 AND max_time >= ?2 AND min_time < ?3 AND first_at <= ?4
    ${after ? "AND kept_from <= ?6 AND (kept_from, key, object) < (?6, ?7, ?8)" : ""}
    ORDER BY kept_from DESC, key DESC, object DESC LIMIT ?5`;
  const found = await db
    .prepare(sql)
    .bind(...values)
    .all<ManifestRow>();
  return found.results;
}

/** Those of the bucket's keys that are ours and that the manifest does not name. */
export async function unnamedPlaces(
  db: D1Database,
  keys: readonly string[],
): Promise<Pick<ManifestRow, "domain" | "kept_from" | "key">[]> {
  const places = keys.flatMap((key) => {
    const place = placeOfKey(key);
    return place === undefined ? [] : [{ ...place, key }];
  });
  const known = places.length === 0 ? new Set<string>() : await knownKeys(db, places);
  return places.filter(({ key }) => !known.has(key));
}

/** Which of these keys the manifest names. */
export async function knownKeys(
  db: D1Database,
  places: readonly Pick<ManifestRow, "domain" | "kept_from" | "key">[],
): Promise<Set<string>> {
  const sql = `SELECT j.value->>'key' AS key FROM json_each(?) j WHERE EXISTS (SELECT 1 FROM archive a
    WHERE a.domain = j.value->>'domain' AND a.kept_from = j.value->>'kept_from' AND a.key = j.value->>'key')`;
  const { results } = await db.prepare(sql).bind(JSON.stringify(places)).all<{ key: string }>();
  return new Set(results.map(({ key }) => key));
}

/** What may have entries of an epoch of an object's log. */
export interface EpochQuery {
  domain: ArchiveDomain;
  object: string;
  epoch: string;
  /** No entry came before, epoch ms. */
  since: number;
  /** Rows after this one; undefined in `to`: to the end of the epoch. */
  after: number;
  to: number | undefined;
  /** Only what was sent before this epoch began. */
  before: string | undefined;
  /** Where the page before ended. */
  from: { to_epoch: string; to_pos: number };
  limit: number;
}

/** In the order of the log. */
export async function partsOfEpoch(db: D1Database, query: EpochQuery): Promise<ManifestRow[]> {
  const { domain, object, epoch, since, after, to, before, from, limit } = query;
  const sql = `SELECT ${COLUMNS.join(", ")} FROM archive
    WHERE domain = ?1 AND object = ?2 AND kept_from >= ?3 AND to_epoch >= ?4 AND (to_epoch > ?4 OR to_pos > ?5)
    AND NOT (from_epoch = to_epoch AND from_pos >= ?6) AND (?7 IS NULL OR to_epoch < ?7)
    AND (to_epoch, to_pos) > (?8, ?9) ORDER BY to_epoch, to_pos LIMIT ?10`;
  const { results } = await db
    .prepare(sql)
    .bind(
      ...[domain, object, since, epoch, after, to ?? Number.MAX_SAFE_INTEGER],
      ...[before ?? null, from.to_epoch, from.to_pos, limit],
    )
    .all<ManifestRow>();
  return results;
}
