/* Writing candles: parts of a log are merged into minute, hour and day rows, under a guard, in one batch. */
import { bucketStart, RESOLUTION_NAMES, type Resolution } from "../../domain/bucket";
import { type CandlePart, mergeCandles, type PricePart, type WindowPart } from "../../domain/prices/candle";
import type { PointValues } from "../analytics";
import { type Guard, guarded } from "./cursors";

/* Column by column: the earlier opening and the later closing win, the rest adds up. Ties do not exist: a tick has a
 * position of its own. */
const MERGE = `INSERT INTO candles (symbol, resolution, start, open, high, low, close, volume, count,
  open_at, open_epoch, open_seq, close_at, close_epoch, close_seq, window, updated_at)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8,
  value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, value->>15, value->>16
FROM json_each(?) WHERE GUARD
ON CONFLICT (symbol, resolution, start) DO UPDATE SET
  open = iif((excluded.open_at, excluded.open_epoch, excluded.open_seq) < (open_at, open_epoch, open_seq), excluded.open, open),
  open_epoch = iif((excluded.open_at, excluded.open_epoch, excluded.open_seq) < (open_at, open_epoch, open_seq), excluded.open_epoch, open_epoch),
  open_seq = iif((excluded.open_at, excluded.open_epoch, excluded.open_seq) < (open_at, open_epoch, open_seq), excluded.open_seq, open_seq),
  open_at = min(open_at, excluded.open_at),
  close = iif((excluded.close_at, excluded.close_epoch, excluded.close_seq) > (close_at, close_epoch, close_seq), excluded.close, close),
  close_epoch = iif((excluded.close_at, excluded.close_epoch, excluded.close_seq) > (close_at, close_epoch, close_seq), excluded.close_epoch, close_epoch),
  close_seq = iif((excluded.close_at, excluded.close_epoch, excluded.close_seq) > (close_at, close_epoch, close_seq), excluded.close_seq, close_seq),
  close_at = max(close_at, excluded.close_at),
  high = max(high, excluded.high), low = min(low, excluded.low),
  volume = volume + excluded.volume, count = count + excluded.count,
  window = coalesce(excluded.window, window), updated_at = max(updated_at, excluded.updated_at)`;

const FIGURES = `UPDATE candles SET window = j.value->>2 FROM json_each(?) AS j
WHERE symbol = j.value->>0 AND resolution = 'minute' AND start = j.value->>1 AND GUARD`;

/** The statements that merge parts, in order. Rows written: one per symbol, resolution and bucket. */
export function mergePriceParts(db: D1Database, parts: PricePart[], guard: Guard, now: number): D1PreparedStatement[] {
  const statements: D1PreparedStatement[] = [];
  let open: (CandlePart | WindowPart)[] = [];
  const flush = () => {
    statements.push(...mergeSegment(db, open, guard, now));
    open = [];
  };
  for (const part of parts) {
    if (part.kind !== "deleted") {
      open.push(part);
      continue;
    }
    flush();
    statements.push(guarded(db, "DELETE FROM candles WHERE symbol = ? AND GUARD", guard, part.symbol));
    statements.push(
      guarded(db, "DELETE FROM symbols WHERE symbol = ? AND epoch <= ? AND GUARD", guard, part.symbol, part.epoch),
    );
  }
  flush();
  return statements;
}

const CLOSED = `SELECT symbol, start, open, high, low, close, volume, count FROM candles
JOIN json_each(?) AS j ON symbol = j.value->>0 AND resolution = 'minute' AND start = j.value->>1`;

/** The minute candles whose close is among these parts, as they stand now. */
export async function closedCandles(db: D1Database, parts: PricePart[]): Promise<PointValues<"candle">[]> {
  const closed = parts.filter((part) => part.kind === "window").map(({ symbol, start }) => [symbol, start]);
  if (closed.length === 0) return [];
  return (await db.prepare(CLOSED).bind(JSON.stringify(closed)).all<PointValues<"candle">>()).results;
}

function mergeSegment(
  db: D1Database,
  parts: (CandlePart | WindowPart)[],
  guard: Guard,
  now: number,
): D1PreparedStatement[] {
  const rows = new Map<string, { resolution: Resolution; candle: CandlePart }>();
  const figures = new Map<string, WindowPart>();
  for (const part of parts) {
    if (part.kind === "window") figures.set(`minute ${part.start} ${part.symbol}`, part);
    else for (const resolution of RESOLUTION_NAMES) gather(rows, part, resolution);
  }
  const values = [...rows].map(([key, { resolution, candle }]) => {
    const window = figures.get(key);
    figures.delete(key);
    return [...candleValues(candle, resolution, window), now];
  });
  const left = [...figures.values()].map((w) => [w.symbol, w.start, JSON.stringify(w.figures)]);
  return [
    ...(values.length === 0 ? [] : [guarded(db, MERGE, guard, JSON.stringify(values))]),
    ...(left.length === 0 ? [] : [guarded(db, FIGURES, guard, JSON.stringify(left))]),
  ];
}

function gather(
  rows: Map<string, { resolution: Resolution; candle: CandlePart }>,
  part: CandlePart,
  resolution: Resolution,
): void {
  const candle = { ...part, start: bucketStart(part.start, resolution) };
  const key = `${resolution} ${candle.start} ${candle.symbol}`;
  const before = rows.get(key);
  rows.set(key, { resolution, candle: before ? mergeCandles(before.candle, candle) : candle });
}

function candleValues(candle: CandlePart, resolution: Resolution, window: WindowPart | undefined): unknown[] {
  const { symbol, start, open, high, low, close, volume, count, first, last } = candle;
  const figures = window ? JSON.stringify(window.figures) : null;
  return [symbol, resolution, start, open, high, low, close, volume, count, ...first, ...last, figures];
}
