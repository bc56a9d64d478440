/* The cursor row of an object and purpose: the one guard of every write that follows from a ledger. */
import type { Cursor } from "../../domain/event";

export interface CursorRow extends Cursor {
  object: string;
  purpose: string;
  rolled: number;
  parked: number;
  updated_at: number;
}

export type CountedCursor = Cursor & { rolled: number; parked: number };

const READ = `SELECT epoch, pos, parked, rolled - (SELECT coalesce(sum(events), 0) FROM gaps g
  WHERE g.object = c.object AND g.purpose = c.purpose) AS rolled FROM cursors c WHERE object = ? AND purpose = ?`;

/** Counts what came by messages: what was put back from the archive is none of the log's. */
export async function readCursor(db: D1Database, object: string, purpose: string): Promise<CountedCursor | null> {
  return db.prepare(READ).bind(object, purpose).first<CountedCursor>();
}

/** Makes sure that there is a row to guard with; costs nothing when there is. */
export function ensureCursor(db: D1Database, object: string, purpose: string): D1PreparedStatement {
  return db
    .prepare(
      "INSERT OR IGNORE INTO cursors (object, purpose, epoch, pos, rolled, parked, updated_at) VALUES (?, ?, '', 0, 0, 0, 0)",
    )
    .bind(object, purpose);
}

/** A condition every statement of a batch carries, so that the batch has its effect once. */
export interface Guard {
  sql: string;
  values: (string | number)[];
}

/** A statement with the guard in place of the word GUARD; its parameters come last. */
export const guarded = (
  db: D1Database,
  sql: string,
  guard: Guard,
  ...values: (string | number | null)[]
): D1PreparedStatement => db.prepare(sql.replace("GUARD", guard.sql)).bind(...values, ...guard.values);

/** SQL condition, and its parameters, under which a message may still have an effect. */
export const GUARD = "EXISTS (SELECT 1 FROM cursors WHERE object = ? AND purpose = ? AND epoch = ? AND pos = ?)";

export const guardValues = (object: string, purpose: string, from: Cursor): (string | number)[] => [
  object,
  purpose,
  from.epoch,
  from.pos,
];

/** The last statement of a message's batch: `meta.changes` says whether the message was the one. */
export function moveCursor(
  db: D1Database,
  object: string,
  purpose: string,
  from: Cursor,
  to: Cursor,
  counted: { rolled: number; parked: number },
  at: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE cursors SET epoch = ?, pos = ?, rolled = rolled + ?, parked = parked + ?, updated_at = ?
       WHERE object = ? AND purpose = ? AND epoch = ? AND pos = ?`,
    )
    .bind(to.epoch, to.pos, counted.rolled, counted.parked, at, ...guardValues(object, purpose, from));
}
