/* D1 over an in-memory SQLite with the real migrations: batches are transactions, `changes` is counted. */
import { readdirSync, readFileSync } from "node:fs";
import type { SQLInputValue } from "node:sqlite";
import { MemoryDb } from "./memory-db";
import { rowsWritten } from "./rows-written";

export type Tables = { name: string; rows: Record<string, SQLInputValue>[] }[];

export class FakeD1 {
  readonly db = new MemoryDb();
  /** The next so many batches and statements fail. */
  failures = 0;
  /** As billed; what a failed batch wrote before it was rolled back is counted as well. */
  rowsWritten = 0;

  constructor() {
    for (const file of readdirSync("migrations")
      .filter((f) => f.endsWith(".sql"))
      .sort()) {
      this.db.exec(readFileSync(`migrations/${file}`, "utf8"));
    }
  }

  get database(): D1Database {
    return {
      prepare: (sql: string) => this.#statement(sql, []),
      batch: async (statements: { now(): unknown }[]) => {
        this.#mayFail();
        this.db.exec("BEGIN");
        try {
          const results = statements.map((statement) => statement.now());
          this.db.exec("COMMIT");
          return results;
        } catch (error) {
          this.db.exec("ROLLBACK");
          throw error;
        }
      },
    } as unknown as D1Database;
  }

  #mayFail(): void {
    if (this.failures > 0) {
      this.failures--;
      throw new Error("D1_ERROR: Network connection lost.");
    }
  }

  #statement(sql: string, values: SQLInputValue[]) {
    const now = () => {
      const results = this.db.prepare(sql).all(...values);
      this.rowsWritten += rowsWritten(this.db, sql);
      const changes = Number((this.db.prepare("SELECT changes() AS n").get() as { n: number }).n);
      return { results, success: true, meta: { changes: /^\s*SELECT/i.test(sql) ? 0 : changes } };
    };
    const later = async () => {
      this.#mayFail();
      return now();
    };
    return {
      bind: (...bound: SQLInputValue[]) => this.#statement(sql, bound),
      now,
      run: later,
      all: later,
      first: async () => (await later()).results[0] ?? null,
    };
  }

  rows<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.db.prepare(sql).all(...values) as T[];
  }

  /** Everything in it, to go back to later. */
  bookmark(): Tables {
    const named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    return this.rows<{ name: string }>(named).map(({ name }) => ({ name, rows: this.rows(`SELECT * FROM ${name}`) }));
  }

  restore(tables: Tables): void {
    for (const { name, rows } of tables) {
      this.db.exec(`DELETE FROM ${name}`);
      for (const row of rows) {
        const marks = Object.keys(row).map(() => "?");
        const sql = `INSERT INTO ${name} (${Object.keys(row).map((column) => `"${column}"`)}) VALUES (${marks})`;
        this.db.prepare(sql).run(...Object.values(row));
      }
    }
  }
}
