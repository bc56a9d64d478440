/* The storage of a durable object over an in-memory SQLite, with crashes where the real one can have them: before and
 * after every statement, before and after a commit, before and after the disk has it. */
import { MemoryDb } from "./memory-db";
import { rowsWritten } from "./rows-written";

export class Crash extends Error {
  override name = "Crash";
}

/** What survives a crash, an eviction, a deploy. */
export class Disk {
  readonly db = new MemoryDb();
  alarm: number | null = null;
  /** Overrides the size of the database, for budgets. */
  size: number | undefined;
  rowsWritten = 0;

  /** Everything on the disk, as a bookmark to restore later. */
  bookmark(): Bookmark {
    const tables = this.db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all() as {
      name: string;
      sql: string;
    }[];
    return {
      alarm: this.alarm,
      tables: tables.map(({ name, sql }) => ({
        name,
        sql,
        rows: this.db.prepare(`SELECT * FROM ${name}`).all() as Record<string, never>[],
      })),
    };
  }

  restore(bookmark: Bookmark): void {
    for (const { name } of this.bookmark().tables) this.db.exec(`DROP TABLE ${name}`);
    for (const { name, sql, rows } of bookmark.tables) {
      this.db.exec(sql);
      for (const row of rows) {
        const columns = Object.keys(row);
        const marks = columns.map(() => "?").join(", ");
        this.db.prepare(`INSERT INTO ${name} (${columns.join(", ")}) VALUES (${marks})`).run(...Object.values(row));
      }
    }
    this.alarm = bookmark.alarm;
  }
}

export interface Bookmark {
  alarm: number | null;
  tables: { name: string; sql: string; rows: Record<string, never>[] }[];
}

/** One life of an object: from its construction to its crash or eviction. */
export class Life {
  dead = false;
  /** Storage steps until the crash; undefined for none. */
  crashIn: number | undefined;
  #inTransaction = false;
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  die(): void {
    this.dead = true;
  }

  #step(): void {
    if (this.dead) throw new Crash("this life is over");
    if (this.crashIn === undefined) return;
    if (this.crashIn-- > 0) return;
    this.die();
    throw new Crash("crashed");
  }

  get ctx(): DurableObjectState {
    const storage = {
      sql: this.#sql(),
      transactionSync: <T>(work: () => T): T => this.#transaction(work),
      sync: async () => {
        this.#step();
        await Promise.resolve();
        this.#step();
      },
      setAlarm: (at: number) => {
        this.#step();
        this.#disk.rowsWritten++;
        this.#disk.alarm = at;
        return Promise.resolve();
      },
      getAlarm: async () => this.#disk.alarm,
    };
    return { storage, abort: () => this.die() } as unknown as DurableObjectState;
  }

  #sql(): SqlStorage {
    const disk = this.#disk;
    const step = () => this.#step();
    return {
      exec(query: string, ...values: never[]) {
        step();
        if (values.length === 0 && query.includes(";\n")) {
          disk.db.exec(query);
          return { toArray: () => [], one: () => ({}) };
        }
        const statement = disk.db.prepare(query);
        const rows = statement.all(...values);
        disk.rowsWritten += rowsWritten(disk.db, query);
        step();
        return { toArray: () => rows, one: () => rows[0] };
      },
      get databaseSize() {
        if (disk.size !== undefined) return disk.size;
        const { page_count: pages } = disk.db.prepare("PRAGMA page_count").get() as { page_count: number };
        return pages * 4096;
      },
    } as unknown as SqlStorage;
  }

  #transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    const alarm = this.#disk.alarm;
    this.#disk.db.exec("BEGIN");
    this.#inTransaction = true;
    try {
      const result = work();
      this.#step();
      this.#disk.db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#disk.db.exec("ROLLBACK");
      this.#disk.alarm = alarm;
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }
}
