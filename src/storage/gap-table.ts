/* D1: what its cursors have passed by. All other tables: storage/tables.ts. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Rows (`pos`, `upto`] of an epoch of an object's log that D1 gets by no message any more; written in the batch that moves the
 * cursor past them. What is put back from the archive moves `pos`, so it is the cursor that guards each step of that. */
export const gaps = sqliteTable(
  "gaps",
  {
    object: text().notNull(),
    purpose: text().notNull(),
    epoch: text().notNull(),
    /** The greatest number there is where the cursor left the epoch: whatever else it had. */
    upto: integer().notNull(),
    pos: integer().notNull(),
    /** Events put back from the archive. The cursor counts them as well. */
    events: integer().notNull(),
    /** When it came to be, or was last put back from, epoch ms. */
    updated_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.object, t.purpose, t.epoch, t.upto] })],
);
