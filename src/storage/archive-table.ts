/* D1: the manifest of the archive. All other tables: storage/tables.ts. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { DOMAINS } from "../domain/archive/domains";

/** What is in the bucket of the archive: a row for each object whose entries are under a key. In the order of their age, so
 * that what is too old is found without an index. */
export const archive = sqliteTable(
  "archive",
  {
    domain: text({ enum: DOMAINS }).notNull(),
    /** The later of when it came and what it is about, of everything under the key. */
    kept_from: integer().notNull(),
    key: text().notNull(),
    object: text().notNull(),
    from_epoch: text().notNull(),
    from_pos: integer().notNull(),
    to_epoch: text().notNull(),
    to_pos: integer().notNull(),
    first_at: integer().notNull(),
    last_at: integer().notNull(),
    min_time: integer().notNull(),
    max_time: integer().notNull(),
    entries: integer().notNull(),
    /** Where in the bucket's object it is. */
    offset: integer().notNull(),
    bytes: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.domain, t.kept_from, t.key, t.object] })],
);
