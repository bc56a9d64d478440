/* The registry: every object that has ever appended, and how far its log has got in D1. */
import type { Cursor } from "../../domain/event";

export interface RegisteredCursor extends Cursor {
  purpose: string;
  rolled: number;
  parked: number;
  /** When it last moved, epoch ms; 0 when it never did. */
  updated_at: number;
}

export interface RegisteredObject {
  class: string;
  name: string;
  cursors: RegisteredCursor[];
}

export async function isRegistered(db: D1Database, kind: string, name: string): Promise<boolean> {
  return (await db.prepare("SELECT 1 FROM objects WHERE class = ? AND name = ?").bind(kind, name).first()) !== null;
}

/** Names of the objects of a class, in order; all of them without a limit. */
export async function objectsOf(db: D1Database, kind: string, limit?: number): Promise<string[]> {
  // To SQLite, a limit below 0 is none.
  const query = db.prepare("SELECT name FROM objects WHERE class = ? ORDER BY name LIMIT ?").bind(kind, limit ?? -1);
  const { results } = await query.all<{ name: string }>();
  return results.map(({ name }) => name);
}

/** Objects after (class, name), in order, with their cursors. */
export async function listObjects(
  db: D1Database,
  after: { class: string; name: string },
  limit: number,
): Promise<RegisteredObject[]> {
  const query = db.prepare(
    `SELECT o.class, o.name, c.purpose, c.epoch, c.pos, c.rolled, c.parked, c.updated_at
     FROM (SELECT class, name FROM objects WHERE (class, name) > (?1, ?2) ORDER BY class, name LIMIT ?3) o
     LEFT JOIN cursors c ON c.object = o.class || '/' || o.name ORDER BY o.class, o.name, c.purpose`,
  );
  type Row = Pick<RegisteredObject, "class" | "name"> & { [K in keyof RegisteredCursor]: RegisteredCursor[K] | null };
  const { results } = await query.bind(after.class, after.name, limit).all<Row>();
  const objects: RegisteredObject[] = [];
  for (const { class: kind, name, ...cursor } of results) {
    let last = objects.at(-1);
    if (last?.class !== kind || last.name !== name) {
      last = { class: kind, name, cursors: [] };
      objects.push(last);
    }
    if (cursor.purpose !== null) last.cursors.push(cursor as RegisteredCursor);
  }
  return objects;
}

/** Objects, `class/name`, after one, whose cursor did not move within `fresh` (or that have none and are older).
 * @param fresh first and last moment, epoch ms */
export async function staleObjects(
  db: D1Database,
  after: string,
  fresh: [number, number],
  limit: number,
): Promise<string[]> {
  const query = db.prepare(
    `SELECT o.class || '/' || o.name AS object FROM objects o LEFT JOIN cursors c ON c.object = o.class || '/' || o.name
     WHERE o.class || '/' || o.name > ?1 GROUP BY o.class, o.name
     HAVING coalesce(min(c.updated_at), max(o.registered_at)) NOT BETWEEN ?2 AND ?3 ORDER BY object LIMIT ?4`,
  );
  const { results } = await query.bind(after, ...fresh, limit).all<{ object: string }>();
  return results.map((row) => row.object);
}

export interface Counts {
  symbols: number;
  objects: number;
  dead_letters: number;
  last_rollup_at: number | null;
}

/** Reads every row of the registry: for a page that is looked at, not for every request. */
export async function countAll(db: D1Database): Promise<Counts> {
  const query = db.prepare(
    `SELECT (SELECT count(*) FROM symbols) AS symbols, (SELECT count(*) FROM objects) AS objects,
            (SELECT count(*) FROM dead_letters WHERE applied_at IS NULL) AS dead_letters,
            (SELECT nullif(max(updated_at), 0) FROM cursors) AS last_rollup_at`,
  );
  return (await query.first<Counts>()) ?? { symbols: 0, objects: 0, dead_letters: 0, last_rollup_at: null };
}

/** What became of a stream of an object: it began, or it is gone. */
export interface Registration {
  stream: string;
  epoch: string;
  gone: boolean;
}

/** A later epoch replaces an earlier one, whichever comes first. May run twice. */
export async function registerObject(
  db: D1Database,
  kind: string,
  name: string,
  epoch: string,
  at: number,
): Promise<void> {
  await objectRow(db, kind, name, epoch, at).run();
}

/** The object and its symbols in one batch. Old news changes nothing: only an epoch at least as late has an effect. */
export async function registerSymbols(
  db: D1Database,
  kind: string,
  name: string,
  births: readonly Registration[],
  at: number,
): Promise<void> {
  const last =
    births
      .map((birth) => birth.epoch)
      .toSorted()
      .at(-1) ?? "";
  await db.batch([objectRow(db, kind, name, last, at), ...births.map((birth) => symbolRow(db, kind, name, birth, at))]);
}

function objectRow(db: D1Database, kind: string, name: string, epoch: string, at: number): D1PreparedStatement {
  const sql = `INSERT INTO objects (class, name, epoch, registered_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (class, name) DO UPDATE SET epoch = excluded.epoch WHERE excluded.epoch > epoch`;
  return db.prepare(sql).bind(kind, name, epoch, at);
}

function symbolRow(db: D1Database, kind: string, name: string, birth: Registration, at: number): D1PreparedStatement {
  const { stream, epoch, gone } = birth;
  if (gone) return db.prepare("DELETE FROM symbols WHERE symbol = ? AND epoch <= ?").bind(stream, epoch);
  const sql = `INSERT INTO symbols (symbol, object, epoch, registered_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (symbol) DO UPDATE SET object = excluded.object, epoch = excluded.epoch WHERE excluded.epoch > epoch`;
  return db.prepare(sql).bind(stream, `${kind}/${name}`, epoch, at);
}
