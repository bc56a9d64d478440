/* Prices as D1 has them: known symbols, candles at a cursor, the newest stored value of a symbol. */

import type { Resolution } from "../../domain/bucket";
import type { Cursor } from "../../domain/event";
import { START } from "../../domain/event";
import { comparePositions, type Position } from "../../domain/ledger/position";
import type { CandlePart } from "../../domain/prices/candle";

export interface KnownSymbol {
  symbol: string;
  registered_at: number;
}

/** Symbols after one, in order. `patterns` (names or beginnings with `*`) limit them; null does not. */
export async function listSymbols(
  db: D1Database,
  after: string,
  patterns: readonly string[] | null,
  limit: number,
): Promise<KnownSymbol[]> {
  // No symbol holds a character that GLOB would read as a pattern, and a scope has `*` only at its end.
  const within = patterns === null ? "" : "AND EXISTS (SELECT 1 FROM json_each(?3) WHERE symbols.symbol GLOB value)";
  const sql = `SELECT symbol, registered_at FROM symbols WHERE symbol > ?1 ${within} ORDER BY symbol LIMIT ?2`;
  const bindings = patterns === null ? [after, limit] : [after, limit, JSON.stringify(patterns)];
  return (
    await db
      .prepare(sql)
      .bind(...bindings)
      .all<KnownSymbol>()
  ).results;
}

export interface StoredPrice extends Position {
  symbol: string;
  price: number;
  /** Epoch ms of the tick. */
  timestamp: number;
}

const NEWEST_MINUTES = 5;

/** The newest value that candles hold of each symbol: the highest position among the closes of its last minutes.
 * One statement of a few rows per symbol; symbols without candles are absent. */
export async function newestStored(db: D1Database, symbols: string[]): Promise<Map<string, StoredPrice>> {
  const statement = db.prepare(
    `SELECT close AS price, close_at AS timestamp, close_epoch AS epoch, close_seq AS seq, symbol FROM candles
     WHERE symbol = ? AND resolution = 'minute' ORDER BY start DESC LIMIT ${NEWEST_MINUTES}`,
  );
  const newest = new Map<string, StoredPrice>();
  if (symbols.length === 0) return newest;
  const answers = await db.batch<StoredPrice>(symbols.map((symbol) => statement.bind(symbol)));
  for (const row of answers.flatMap((answer) => answer.results)) {
    const before = newest.get(row.symbol);
    if (before === undefined || comparePositions(row, before) > 0) newest.set(row.symbol, row);
  }
  return newest;
}

export interface StoredCandle extends CandlePart {
  window: Record<string, number> | null;
}

export interface StoredCandles {
  /** Up to where the object's log is in these rows. */
  cursor: Cursor;
  /** When it got there; undefined before anything did. */
  updatedAt: number | undefined;
  rows: StoredCandle[];
}

interface CandleRow {
  start: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  count: number;
  open_at: number;
  open_epoch: string;
  open_seq: number;
  close_at: number;
  close_epoch: string;
  close_seq: number;
  window: string | null;
}

/** Rows with from ≤ start < to, and the cursor they stand at, read in one transaction. */
export async function candlesAt(
  db: D1Database,
  of: { object: string; purpose: string; symbol: string; resolution: Resolution; from: number; to: number },
): Promise<StoredCandles> {
  const [cursors, rows] = await db.batch([
    db
      .prepare("SELECT epoch, pos, updated_at FROM cursors WHERE object = ? AND purpose = ?")
      .bind(of.object, of.purpose),
    db
      .prepare("SELECT * FROM candles WHERE symbol = ? AND resolution = ? AND start >= ? AND start < ? ORDER BY start")
      .bind(of.symbol, of.resolution, of.from, of.to),
  ]);
  const cursor = cursors?.results[0] as (Cursor & { updated_at: number }) | undefined;
  return {
    cursor: cursor === undefined ? START : { epoch: cursor.epoch, pos: cursor.pos },
    updatedAt: cursor?.updated_at || undefined,
    rows: ((rows?.results ?? []) as CandleRow[]).map((row) => candleOf(of.symbol, row)),
  };
}

function candleOf(symbol: string, row: CandleRow): StoredCandle {
  const { start, open, high, low, close, volume, count } = row;
  const first: CandlePart["first"] = [row.open_at, row.open_epoch, row.open_seq];
  const last: CandlePart["last"] = [row.close_at, row.close_epoch, row.close_seq];
  const window = row.window === null ? null : (JSON.parse(row.window) as Record<string, number>);
  return { kind: "candle", symbol, start, open, high, low, close, volume, count, first, last, window };
}

/** When a consumer last moved an object's cursor. */
export async function rolledUpAt(db: D1Database, object: string, purpose: string): Promise<number | undefined> {
  const query = db.prepare("SELECT updated_at FROM cursors WHERE object = ? AND purpose = ?").bind(object, purpose);
  return (await query.first<number>("updated_at")) || undefined;
}
