/* Rows written as the platform bills them, compared with what the real runtime reports for an object and for D1: a new row
 * is 1, and 1 for each index it is in, a primary key that is not the table itself among them; a delete is 1. An update is 1
 * and 1 for each index it touches: here for each index there is, so where a table has indexes this is an upper bound. */
import type { DatabaseSync } from "node:sqlite";

const WRITE = /^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|UPDATE(?:\s+OR\s+\w+)?|(DELETE)\s+FROM)\s+[`"]?(\w+)/i;

/** What the statement that was just run has written. */
export function rowsWritten(db: DatabaseSync, sql: string): number {
  const [, deletes, table] = WRITE.exec(sql) ?? [];
  if (table === undefined) return 0;
  const { n } = db.prepare("SELECT changes() AS n").get() as { n: number };
  return Number(n) * (deletes === undefined ? 1 + indexesOf(db, table) : 1);
}

/** Schemas do not change while rows are counted, and to ask costs more than a write. */
const known = new WeakMap<DatabaseSync, Map<string, number>>();

function indexesOf(db: DatabaseSync, table: string): number {
  const tables = known.get(db) ?? new Map<string, number>();
  known.set(db, tables);
  const count = tables.get(table) ?? countIndexes(db, table);
  tables.set(table, count);
  return count;
}

function countIndexes(db: DatabaseSync, table: string): number {
  const { wr } = db.prepare("SELECT wr FROM pragma_table_list WHERE name = ?").get(table) as { wr: number };
  const indexes = db.prepare("SELECT origin FROM pragma_index_list(?)").all(table) as { origin: string }[];
  // Without a rowid the primary key is the table.
  return indexes.filter(({ origin }) => !(wr === 1 && origin === "pk")).length;
}
