/* Parts and messages that could not be read, the newest first. */
import { and, desc, eq, lt, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { deadLetters } from "../tables";

export type DeadLetterRow = typeof deadLetters.$inferSelect;

/** Where the page before ended. */
export interface DeadLetterPlace {
  parked_at: number;
  id: string;
}

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
  return drizzle(db).select().from(deadLetters).where(older).orderBy(...order).limit(limit).all();
}
