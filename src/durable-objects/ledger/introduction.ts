/* Introduction: the registry in D1 and topic `symbols` learn of streams that appeared or went, at once and for certain.
 * Both sides take it any number of times, so it needs no cursor: what is left to tell is kept in rows until it is told. */
import type { Birth } from "../../domain/ledger/draft";
import type { Duty } from "./alarm";
import type { Log } from "./log";

export type Introduce = (births: Birth[]) => Promise<void>;

/** The alarm repeats what a crash or a failure left untold; one that is under way has longer. */
const RETRY_MS = 1_000;
const RUNNING_MS = 5_000;
/** Births told at once. */
const TOLD = 100;

export class Introduction implements Duty {
  readonly name = "introduction";
  readonly #log: Log;
  readonly #introduce: Introduce;
  /** Births by their row, in order. */
  #waiting: { i: number; births: Birth[] }[];
  #next: number;
  #since = 0;
  #running = false;

  constructor(log: Log, introduce: Introduce) {
    this.#log = log;
    this.#introduce = introduce;
    const rows = log.exists ? log.sql.exec("SELECT i, body FROM births ORDER BY i").toArray() : [];
    this.#waiting = (rows as { i: number; body: string }[]).map(({ i, body }) => ({
      i,
      births: JSON.parse(body) as Birth[],
    }));
    this.#next = (this.#waiting.at(-1)?.i ?? 0) + 1;
  }

  /** Part of the commit: a birth is on disk with the entry it belongs to. */
  committed(births: Birth[], now: number): void {
    if (births.length === 0) return;
    const i = this.#next++;
    this.#log.sql.exec("INSERT INTO births (i, body) VALUES (?, ?)", i, JSON.stringify(births));
    this.#waiting.push({ i, births });
    this.#since = now;
  }

  /** Tells at once, without making the append wait. */
  start(now: number): void {
    if (this.#waiting.length === 0 || this.#running) return;
    this.run(now).catch(() => {
      // D1 or the topic cannot be reached now; the alarm tries again.
    });
  }

  dueAt(): number | undefined {
    if (this.#waiting.length === 0) return undefined;
    return this.#since + (this.#running ? RUNNING_MS : RETRY_MS);
  }

  async run(now: number): Promise<void> {
    this.#since = now;
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0) {
        const told = this.#waiting.slice(0, TOLD);
        await this.#introduce(told.flatMap(({ births }) => births));
        this.#log.sql.exec("DELETE FROM births WHERE i <= ?", told.at(-1)?.i);
        this.#waiting = this.#waiting.slice(told.length);
      }
    } finally {
      this.#running = false;
    }
  }
}
