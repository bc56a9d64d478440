/* Introduction: the registry in D1 and topic `symbols` learn of streams that appeared or went, at once and for certain.
 * Both sides take it any number of times, so it needs no cursor: what is left to tell is kept in one row until it is told. */
import type { Birth } from "../../domain/ledger/draft";
import type { Duty } from "./alarm";
import type { Log } from "./log";

export type Introduce = (births: Birth[]) => Promise<void>;

/** The alarm repeats what a crash or a failure left untold. */
const RETRY_MS = 1_000;

export class Introduction implements Duty {
  readonly name = "introduction";
  readonly #log: Log;
  readonly #introduce: Introduce;
  #births: Birth[];
  #since: number;
  #running = false;

  constructor(log: Log, introduce: Introduce) {
    this.#log = log;
    this.#introduce = introduce;
    this.#births = log.meta<Birth[]>("births") ?? [];
    this.#since = 0;
  }

  /** Part of the commit: a birth is on disk with the entry it belongs to. */
  committed(births: Birth[], now: number): void {
    if (births.length === 0) return;
    this.#births = [...this.#births, ...births];
    this.#since = now;
    this.#log.setMeta("births", this.#births);
  }

  /** Tells at once, without making the append wait. */
  start(): void {
    if (this.#births.length === 0 || this.#running) return;
    this.run().catch(() => {
      // D1 or the topic cannot be reached now; the alarm tries again.
    });
  }

  dueAt(): number | undefined {
    return this.#births.length === 0 ? undefined : this.#since + RETRY_MS;
  }

  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#births.length > 0) {
        const told = this.#births.slice(0, 100);
        await this.#introduce(told);
        this.#births = this.#births.slice(told.length);
        this.#log.setMeta("births", this.#births);
      }
    } finally {
      this.#running = false;
    }
  }
}
