/* The tables of a ledger in its object's SQLite: the log, the checkpoint, and a few facts about both.
 *
 *   log(n, at, body)        one row per commit (domain/ledger/row.ts); the oldest is recycled in place, so the file does
 *                           not grow and a commit costs one row written
 *   checkpoint(i, body)     the saved core, cut into pieces below the platform's 2 MB per row
 *   meta(k, v)              confirmed cursors, holes
 *   births(i, body)         streams that appeared or went and are still to be introduced (introduction.ts)
 *   leases(child, topic, until)  who is sent the frames of which topic (lease-table.ts)
 *
 * Tables are created with the first append: asking an object that owns nothing leaves nothing behind. */
import type { Row } from "../../domain/ledger/row";
import { LEASES } from "./lease-table";

/** Rows are kept at least this long for readers who resume. */
export const KEEP_MS = 15 * 60_000;
/** Above this size of the database rows are recycled as soon as everyone has passed them. */
export const RECYCLE_BYTES = 1_000_000_000;
/** Above this size nothing more is taken in: the platform's limit is 10 GB. */
export const FULL_BYTES = 9_000_000_000;
/** The platform's limit per row, which the local runtime does not enforce. */
const ROW_BYTES_MAX = 2_000_000;
/** More than a commit adds to the database, and after how many it is asked how large it is: asking takes as long as a twentieth
 * of a commit. */
const COMMIT_BYTES_MAX = 16_000_000;
const ASK_AFTER = 64;
/** Rows read at a time: each may have 256 KB. */
const PAGE_ROWS = 64;
/** Characters per checkpoint piece: at most three bytes each in UTF-8. */
const PIECE_CHARS = 600_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS checkpoint (i INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS births (i INTEGER PRIMARY KEY, body TEXT NOT NULL);
${LEASES}
`;

export interface LogLimits {
  recycleBytes: number;
  fullBytes: number;
}

export class Log {
  readonly sql: SqlStorage;
  readonly #limits: LogLimits;
  #created: boolean | undefined;
  #oldest: { n: number; at: number } | undefined;
  /** Rows of the checkpoint as last written. */
  #pieces = 0;
  /** So often the database cannot have become full since it was asked how large it is. */
  #roomy = 0;

  constructor(sql: SqlStorage, limits: LogLimits = { recycleBytes: RECYCLE_BYTES, fullBytes: FULL_BYTES }) {
    this.sql = sql;
    this.#limits = limits;
  }

  /** Whether this object has ever appended. */
  get exists(): boolean {
    this.#created ??= this.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'log'").toArray().length > 0;
    return this.#created;
  }

  create(): void {
    if (this.exists) return;
    this.sql.exec(SCHEMA);
    this.#created = true;
  }

  /** Rows above `after` in order, a page at a time: a cursor must not be held across an await. */
  page(after: number, limit = PAGE_ROWS): Row[] {
    if (!this.exists) return [];
    const rows = this.sql.exec("SELECT n, at, body FROM log WHERE n > ? ORDER BY n LIMIT ?", after, limit);
    return rows.toArray() as unknown as Row[];
  }

  *after(pos: number): Generator<Row> {
    for (let last = pos; ; ) {
      const rows = this.page(last);
      yield* rows;
      const end = rows.at(-1);
      if (end === undefined) return;
      last = end.n;
    }
  }

  /** Rows from the newest to the oldest, a page at a time as well; those younger than `atMost` (epoch ms) are passed over
   * without reading their bodies. */
  *newest(atMost = Number.MAX_SAFE_INTEGER): Generator<Row> {
    for (let first: number | undefined = Number.MAX_SAFE_INTEGER; first !== undefined && this.exists; ) {
      const sql = "SELECT n, at, body FROM log WHERE n < ? AND at <= ? ORDER BY n DESC LIMIT ?";
      const rows = this.sql.exec(sql, first, atMost, PAGE_ROWS).toArray() as unknown as Row[];
      yield* rows;
      first = rows.at(-1)?.n;
    }
  }

  /** The oldest row kept; undefined when the log is empty. */
  oldest(): { n: number; at: number } | undefined {
    if (this.#oldest === undefined && this.exists) {
      this.#oldest = this.sql.exec("SELECT n, at FROM log ORDER BY n LIMIT 1").toArray()[0] as
        | { n: number; at: number }
        | undefined;
    }
    return this.#oldest;
  }

  /** True when the database is full and no row may be recycled. `passed`: the last row that nobody needs any more. */
  isFull(passed: number): boolean {
    if (this.#roomy-- > 0) return false;
    const room = this.#limits.fullBytes - this.sql.databaseSize;
    this.#roomy = Math.min(ASK_AFTER, Math.floor(room / COMMIT_BYTES_MAX));
    if (room > 0) return false;
    const oldest = this.oldest();
    return oldest === undefined || oldest.n > passed;
  }

  /** Writes one commit. Costs one row written per row; call inside a transaction. */
  write(rows: Row[], passed: number, now: number): void {
    this.create();
    for (const row of rows) {
      // Three bytes a character at most; only long texts are worth measuring exactly.
      if (row.body.length * 3 > ROW_BYTES_MAX && new TextEncoder().encode(row.body).length > ROW_BYTES_MAX) {
        throw new Error(`log row ${row.n} exceeds ${ROW_BYTES_MAX} bytes`);
      }
      const oldest = this.oldest();
      if (oldest !== undefined && oldest.n <= passed && this.#mayRecycle(oldest.at, now)) {
        this.sql.exec("UPDATE log SET n = ?, at = ?, body = ? WHERE n = ?", row.n, row.at, row.body, oldest.n);
        this.#oldest = undefined;
      } else {
        this.sql.exec("INSERT INTO log (n, at, body) VALUES (?, ?, ?)", row.n, row.at, row.body);
      }
    }
  }

  #mayRecycle(at: number, now: number): boolean {
    return now - at >= KEEP_MS || this.sql.databaseSize >= this.#limits.recycleBytes;
  }

  readCheckpoint(): string | undefined {
    if (!this.exists) return undefined;
    const pieces = this.sql.exec("SELECT body FROM checkpoint ORDER BY i").toArray() as { body: string }[];
    this.#pieces = pieces.length;
    return pieces.length === 0 ? undefined : pieces.map((p) => p.body).join("");
  }

  writeCheckpoint(text: string): void {
    this.create();
    const count = Math.ceil(text.length / PIECE_CHARS);
    for (let i = 0; i < count; i++) {
      const body = text.slice(i * PIECE_CHARS, (i + 1) * PIECE_CHARS);
      this.sql.exec(
        "INSERT INTO checkpoint (i, body) VALUES (?, ?) ON CONFLICT (i) DO UPDATE SET body = excluded.body",
        i,
        body,
      );
    }
    if (this.#pieces > count) this.sql.exec("DELETE FROM checkpoint WHERE i >= ?", count);
    this.#pieces = count;
  }

  meta<T>(key: string): T | undefined {
    if (!this.exists) return undefined;
    const found = this.sql.exec("SELECT v FROM meta WHERE k = ?", key).toArray()[0] as { v: string } | undefined;
    return found === undefined ? undefined : (JSON.parse(found.v) as T);
  }

  setMeta(key: string, value: unknown): void {
    this.create();
    this.sql.exec(
      "INSERT INTO meta (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
      key,
      JSON.stringify(value),
    );
  }

  /** Rows and bytes on disk, for the audit. */
  size(): { rows: number; bytes: number } {
    if (!this.exists) return { rows: 0, bytes: 0 };
    const { rows } = this.sql.exec("SELECT count(*) AS rows FROM log").one() as { rows: number };
    return { rows, bytes: this.sql.databaseSize };
  }
}
