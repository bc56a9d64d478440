/* The doubles count rows as the platform bills them; the figures are those the real runtime reports. */
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { rowsWritten } from "../durable-objects/ledger/rows-written";

const SCHEMA = `CREATE TABLE log (n INTEGER PRIMARY KEY, body TEXT);
CREATE TABLE meta (k TEXT PRIMARY KEY, v TEXT, at INTEGER) WITHOUT ROWID;
CREATE TABLE letters (id TEXT PRIMARY KEY, at INTEGER);
CREATE INDEX letters_at ON letters (at);
INSERT INTO log VALUES (1, 'x');
INSERT INTO meta VALUES ('a', '1', 1);
INSERT INTO letters VALUES ('a', 1);`;

describe("rows written", () => {
  let db: DatabaseSync;
  beforeEach(() => {
    db = new DatabaseSync(":memory:");
    db.exec(SCHEMA);
  });

  it.each([
    ["INSERT INTO log VALUES (2, 'y')", 1],
    ["UPDATE log SET n = 2, body = 'y' WHERE n = 1", 1],
    ["UPDATE log SET body = 'y' WHERE n = 9", 0],
    ["INSERT INTO meta VALUES ('a', '2', 1) ON CONFLICT (k) DO UPDATE SET v = excluded.v", 1],
    ["INSERT INTO meta VALUES ('a', '2', 1) ON CONFLICT (k) DO UPDATE SET v = excluded.v WHERE excluded.at > at", 0],
    ["INSERT OR IGNORE INTO meta VALUES ('a', '2', 1)", 0],
    ["INSERT INTO log SELECT value, 'z' FROM json_each('[5, 6, 7]')", 3],
    ["INSERT INTO letters VALUES ('b', 1)", 3],
    ["DELETE FROM letters", 1],
    ["SELECT * FROM log", 0],
  ])("%s: %i", (sql, rows) => {
    db.prepare(sql).all();
    expect(rowsWritten(db, sql)).toBe(rows);
  });
});
