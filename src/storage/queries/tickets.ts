/* Stream tickets. */
import { TICKET_LIVES_MS, TICKET_OPENS_MS } from "../../domain/access/ticket";

/** One that is there already stays as it is. Returns when it was made. */
export async function insertTicket(db: D1Database, hash: string, keyId: string, now: number): Promise<number> {
  const made = db
    .prepare(
      `INSERT INTO tickets (hash, key_id, created_at) VALUES (?, ?, ?)
       ON CONFLICT (hash) DO UPDATE SET created_at = created_at RETURNING created_at`,
    )
    .bind(hash, keyId, now);
  return (await made.first<number>("created_at")) ?? now;
}

/** Binds an unused ticket to the stream, or finds it bound to that stream: one statement, so that of two who come with
 * the same ticket and different streams only one gets in. Returns whose ticket it is. */
export async function claimTicket(
  db: D1Database,
  hash: string,
  stream: string,
  now: number,
): Promise<string | undefined> {
  const claim = db.prepare(
    `UPDATE tickets SET stream = ?1
     WHERE hash = ?2 AND ((stream IS NULL AND created_at > ?3) OR (stream = ?1 AND created_at > ?4))
     RETURNING key_id`,
  );
  const bound = claim.bind(stream, hash, now - TICKET_OPENS_MS, now - TICKET_LIVES_MS);
  return (await bound.first<string>("key_id")) ?? undefined;
}

/** Forgets tickets nobody can use any more, a bounded number at a time. Returns how many. */
export async function sweepTickets(db: D1Database, now: number, limit: number): Promise<number> {
  const sweep = db.prepare(
    `DELETE FROM tickets WHERE hash IN (
       SELECT hash FROM tickets WHERE created_at <= ?1 OR (stream IS NULL AND created_at <= ?2) LIMIT ?3)`,
  );
  const result = await sweep.bind(now - TICKET_LIVES_MS, now - TICKET_OPENS_MS, limit).run();
  return result.meta.changes;
}
