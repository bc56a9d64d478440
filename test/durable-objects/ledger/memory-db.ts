/* SQLite in memory that prepares a statement once: to prepare costs more than most of them do. */
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** More texts than any test has of its own. */
const KEPT = 500;

export class MemoryDb extends DatabaseSync {
  readonly #prepared = new Map<string, StatementSync>();

  constructor() {
    super(":memory:");
  }

  override prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    if (this.#prepared.size >= KEPT) this.#prepared.clear();
    const statement = super.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
