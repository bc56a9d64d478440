/* Parts and messages that could not be read. */
import { and, desc, eq, lt, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { OutboxMessage } from "../../domain/event";
import { deadLetters } from "../tables";
import type { Guard } from "./cursors";

export type DeadLetterRow = typeof deadLetters.$inferSelect;

/** Where the page before ended. */
export interface DeadLetterPlace {
  parked_at: number;
  id: string;
}

/** The newest first. */
export async function listDeadLetters(
  db: D1Database,
  after: DeadLetterPlace | undefined,
  limit: number,
): Promise<DeadLetterRow[]> {
  const older =
    after === undefined
      ? undefined
      : or(
          lt(deadLetters.parked_at, after.parked_at),
          and(eq(deadLetters.parked_at, after.parked_at), lt(deadLetters.id, after.id)),
        );
  const order = [desc(deadLetters.parked_at), desc(deadLetters.id)];
  return drizzle(db)
    .select()
    .from(deadLetters)
    .where(older)
    .orderBy(...order)
    .limit(limit)
    .all();
}

export async function findDeadLetter(db: D1Database, id: string): Promise<DeadLetterRow | null> {
  return db.prepare("SELECT * FROM dead_letters WHERE id = ?").bind(id).first<DeadLetterRow>();
}

const PARK = `INSERT OR IGNORE INTO dead_letters (id, object, purpose, body, reason, events, parked_at)
  SELECT ?, ?, ?, ?, ?, ?, ?`;
const MAX_REASON = 1_000;

/** A part of a message, in the batch and under the guard of its message: its row and the cursor move together.
 * The same part of the same range has the same id, however often it comes. */
export function parkPart(
  db: D1Database,
  guard: Guard,
  message: OutboxMessage,
  index: number,
  part: unknown,
  events: number,
  reason: string,
  at: number,
): D1PreparedStatement {
  const { object, purpose, to } = message;
  const id = `${object}/${purpose}/${to.epoch}:${to.pos}/${index}`;
  return db
    .prepare(`${PARK} WHERE ${guard.sql}`)
    .bind(id, object, purpose, JSON.stringify(part), reason.slice(0, MAX_REASON), events, at, ...guard.values);
}

/** A message that is none: it belongs to no cursor, so nothing is counted for it. May run twice. */
export async function parkMessage(
  db: D1Database,
  id: string,
  queue: string,
  body: unknown,
  reason: string,
  at: number,
): Promise<void> {
  const text = JSON.stringify(body) ?? "null";
  await db.prepare(PARK).bind(id, queue, "", text, reason.slice(0, MAX_REASON), 0, at).run();
}
