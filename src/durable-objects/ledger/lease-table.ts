/* Leases on the disk: who is sent the frames of which topic, and until when. */

export const LEASES =
  "CREATE TABLE IF NOT EXISTS leases (child TEXT, topic TEXT, until INTEGER NOT NULL, PRIMARY KEY (child, topic)) WITHOUT ROWID;";

/** What has ended is looked for this seldom: it means reading the whole table. */
const SWEEP_MS = 60_000;

export interface SavedLease {
  child: string;
  topic: string;
  until: number;
}

/** Where the table is: a ledger has none before its first append. */
export interface Shelf {
  readonly sql: SqlStorage;
  readonly exists: boolean;
  create(): void;
}

export class LeaseTable {
  readonly #shelf: Shelf;
  #sweptAt = 0;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  running(now: number): SavedLease[] {
    if (!this.#shelf.exists) return [];
    const rows = this.#shelf.sql.exec("SELECT child, topic, until FROM leases WHERE until > ?", now).toArray();
    return rows as unknown as SavedLease[];
  }

  save({ child, topic, until }: SavedLease, now: number): void {
    this.#shelf.create();
    if (now >= this.#sweptAt + SWEEP_MS) {
      this.#sweptAt = now;
      this.#shelf.sql.exec("DELETE FROM leases WHERE until <= ?", now);
    }
    this.#shelf.sql.exec(
      "INSERT INTO leases (child, topic, until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until",
      child,
      topic,
      until,
    );
  }

  drop(child: string, topic: string): void {
    this.#shelf.sql.exec("DELETE FROM leases WHERE child = ? AND topic = ?", child, topic);
  }
}
