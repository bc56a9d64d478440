/* A hub's positions and leases in its storage: one row as long as they are fewer than 5,000. */
import { SavedBoard } from "../../domain/live/saved";

export const SCHEMA = "CREATE TABLE IF NOT EXISTS positions (n INTEGER PRIMARY KEY, body TEXT NOT NULL)";

/** A row may have 2 MB; a topic takes at most 250 bytes here. */
const FEEDS_PER_ROW = 5_000;

export function savePositions(storage: DurableObjectStorage, board: SavedBoard): void {
  const rows = Math.max(1, Math.ceil(board.feeds.length / FEEDS_PER_ROW));
  storage.transactionSync(() => {
    for (let n = 0; n < rows; n++) {
      const body = JSON.stringify({ ...board, feeds: board.feeds.slice(n * FEEDS_PER_ROW, (n + 1) * FEEDS_PER_ROW) });
      storage.sql.exec(
        "INSERT INTO positions (n, body) VALUES (?, ?) ON CONFLICT (n) DO UPDATE SET body = excluded.body",
        n,
        body,
      );
    }
    storage.sql.exec("DELETE FROM positions WHERE n >= ?", rows);
  });
}

/** Undefined when nothing was saved, or nothing that this version can read: leases are then asked for anew. */
export function loadPositions(storage: DurableObjectStorage): SavedBoard | undefined {
  let board: SavedBoard | undefined;
  for (const { body } of storage.sql.exec<{ body: string }>("SELECT body FROM positions ORDER BY n")) {
    const row = SavedBoard.safeParse(JSON.parse(body));
    if (!row.success) return undefined;
    if (board === undefined) board = row.data;
    else board.feeds.push(...row.data.feeds);
  }
  return board;
}
