/* What D1's cursors have passed by, and what was put back from the archive. */
import type { Cursor, Gap } from "../../domain/event";
import { type Guard, guarded } from "./cursors";

/** `upto` of what an epoch may have had after the cursor left it. */
const END = Number.MAX_SAFE_INTEGER;

/** A gap as it is now: `after` moves when something is put back. */
export interface StoredGap extends Gap {
  object: string;
  purpose: string;
  /** Put back so far. */
  events: number;
  /** Epoch ms. */
  updated_at: number;
}

/** An epoch may be left twice, as when its last rows come by two messages: what is known later is more. */
const NOTE = `INSERT INTO gaps (object, purpose, epoch, upto, pos, events, updated_at)
SELECT ?, ?, value->>'epoch', coalesce(value->>'to', ${END}), value->>'after', 0, ? FROM json_each(?) WHERE GUARD
ON CONFLICT (object, purpose, epoch, upto) DO UPDATE SET pos = max(pos, excluded.pos)`;

/** For a batch that moves a cursor past gaps, before it does; nothing where there are none. */
export const noteGaps = (
  db: D1Database,
  object: string,
  purpose: string,
  gaps: readonly Gap[],
  guard: Guard,
  now: number,
): D1PreparedStatement[] =>
  gaps.length === 0 ? [] : [guarded(db, NOTE, guard, object, purpose, now, JSON.stringify(gaps))];

const FIND = `SELECT object, purpose, epoch, pos AS after, nullif(upto, ${END}) AS "to", events, updated_at
FROM gaps WHERE object IN (SELECT value FROM json_each(?)) ORDER BY object, purpose, epoch, upto`;

/** Gaps of some objects, also those that are closed. */
export async function gapsOfObjects(db: D1Database, objects: readonly string[]): Promise<StoredGap[]> {
  return (await db.prepare(FIND).bind(JSON.stringify(objects)).all<StoredGap>()).results;
}

/** D1 stands in the epoch of the present log and behind its last fork: nothing of an earlier epoch comes by messages. */
export interface Beyond {
  object: string;
  purpose: string;
  at: Cursor;
}

const IS_BEYOND = "EXISTS (SELECT 1 FROM cursors WHERE object = ? AND purpose = ? AND epoch = ? AND pos >= ?)";

export const beyond = ({ object, purpose, at }: Beyond): Guard => ({
  sql: IS_BEYOND,
  values: [object, purpose, at.epoch, at.pos],
});

type PlaceOfGap = Pick<StoredGap, "epoch" | "after" | "to">;

const IS_AT = `EXISTS (SELECT 1 FROM gaps WHERE object = ? AND purpose = ? AND epoch = ? AND upto = ? AND pos = ?)
AND ${IS_BEYOND}`;

/** The guard of a step of putting back: the gap is where it was read, and its rows can come by no other way. */
export function refillGuard(cursor: Beyond, { epoch, after, to }: PlaceOfGap): Guard {
  const { object, purpose } = cursor;
  return { sql: IS_AT, values: [object, purpose, epoch, to ?? END, after, ...beyond(cursor).values] };
}

/** The last statements of a step: its events are counted, and the gap is moved. The last one says whether it was done. */
export function moveGap(
  db: D1Database,
  cursor: Beyond,
  gap: PlaceOfGap,
  after: number,
  counted: { rolled: number; parked: number },
  now: number,
): D1PreparedStatement[] {
  const { object, purpose } = cursor;
  const { rolled, parked } = counted;
  const guard = refillGuard(cursor, gap);
  const count = `UPDATE cursors SET rolled = rolled + ?, parked = parked + ? WHERE object = ? AND purpose = ? AND GUARD`;
  const move = `UPDATE gaps SET pos = ?, events = events + ?, updated_at = ?
    WHERE object = ? AND purpose = ? AND epoch = ? AND upto = ? AND GUARD`;
  const place = [object, purpose, gap.epoch, gap.to ?? END];
  return [
    guarded(db, count, guard, rolled, parked, object, purpose),
    guarded(db, move, guard, after, rolled + parked, now, ...place),
  ];
}
