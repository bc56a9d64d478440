/* Tiers: closed windows of time, packed in the object's own SQLite beside its log. One row holds many of them (a block), as
 * compressed JSON: rows written are the bill, and minutes of ten thousand series would fill D1 in a month.
 *
 *   tiers(series, tier, start, kept_from, body)   one row per block
 *
 * Written by `project` inside the transaction of the commit that closes the windows, so that a window is either in memory
 * or here, never in both and never in neither. */
import { deflateRawSync, inflateRawSync } from "node:zlib";

const SCHEMA = `CREATE TABLE IF NOT EXISTS tiers (
  series TEXT NOT NULL, tier TEXT NOT NULL, start INTEGER NOT NULL, kept_from INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (tier, series, start)
) WITHOUT ROWID`;

/** The platform's limit per row is 2 MB, which the local runtime does not enforce. */
const BODY_BYTES_MAX = 1_900_000;
/** Level 1: blocks are written far more often than read, and are repetitive. */
const LEVEL = 1;

export interface Block {
  series: string;
  /** Start of the block, epoch ms. */
  start: number;
  value: unknown;
}

export class Tiers {
  readonly #sql: SqlStorage;
  #exists: boolean | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get #isThere(): boolean {
    this.#exists ??= this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'tiers'").toArray().length > 0;
    return this.#exists;
  }

  /** What a block holds; undefined when there is none. */
  get<T>(tier: string, series: string, start: number): T | undefined {
    return this.range<T>(tier, series, start, start + 1)[0]?.value;
  }

  /** Blocks of a series whose start is in [from, to), in order of time. */
  range<T>(tier: string, series: string, from: number, to: number): { start: number; value: T }[] {
    if (!this.#isThere) return [];
    const rows = this.#sql.exec(
      "SELECT start, body FROM tiers WHERE tier = ? AND series = ? AND start >= ? AND start < ? ORDER BY start",
      ...[tier, series, from, to],
    );
    return rows
      .toArray()
      .map(({ start, body }) => ({ start: start as number, value: unpack(body as ArrayBuffer) as T }));
  }

  /** Writes a block whole. Costs one row written.
   * @param now its age is counted from the later of this and its start: what arrives late is kept as long as the rest */
  put(tier: string, { series, start, value }: Block, now: number): void {
    this.#create();
    const body = pack(value);
    if (body.byteLength > BODY_BYTES_MAX) throw new Error(`a block of ${tier} exceeds ${BODY_BYTES_MAX} bytes`);
    this.#sql.exec(
      `INSERT INTO tiers (series, tier, start, kept_from, body) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (tier, series, start)
       DO UPDATE SET body = excluded.body, kept_from = max(kept_from, excluded.kept_from)`,
      ...[series, tier, start, Math.max(start, now), body],
    );
  }

  /** Since when the oldest block of a tier is kept; undefined when there is none. Reads the tier's keys. */
  oldest(tier: string): number | undefined {
    if (!this.#isThere) return undefined;
    const { at } = this.#sql.exec("SELECT min(kept_from) AS at FROM tiers WHERE tier = ?", tier).one();
    return at === null ? undefined : (at as number);
  }

  /** Deletes blocks kept since before a moment, at most so many; returns how many went. Nothing when `dryRun`: how many would go. */
  prune(tier: string, before: number, limit: number, dryRun: boolean): number {
    if (!this.#isThere) return 0;
    const old = this.#sql
      .exec("SELECT series, start FROM tiers WHERE tier = ? AND kept_from < ? LIMIT ?", tier, before, limit)
      .toArray() as { series: string; start: number }[];
    if (dryRun) return old.length;
    for (const { series, start } of old) {
      this.#sql.exec("DELETE FROM tiers WHERE tier = ? AND series = ? AND start = ?", tier, series, start);
    }
    return old.length;
  }

  /** Deletes all blocks of a series. */
  drop(series: string): void {
    if (this.#isThere) this.#sql.exec("DELETE FROM tiers WHERE series = ?", series);
  }

  #create(): void {
    if (this.#isThere) return;
    this.#sql.exec(SCHEMA);
    this.#exists = true;
  }
}

const pack = (value: unknown): Uint8Array<ArrayBuffer> =>
  new Uint8Array(deflateRawSync(JSON.stringify(value), { level: LEVEL }));

const unpack = (body: ArrayBuffer): unknown =>
  JSON.parse(new TextDecoder().decode(inflateRawSync(new Uint8Array(body))));
