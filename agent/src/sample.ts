/* What a machine measured at one moment. */
import type { Clock } from "./clock.ts";

export interface Sample {
  /** `<boot id>/<number>`: the same sample sent again is known by it. */
  id: string;
  /** Epoch ms. */
  timestamp: number;
  metrics: Record<string, number>;
}

/** Names samples. The number is the milliseconds since the machine started: it needs no file to stay unique over restarts of
 * the agent, only grows within a boot, and a wall clock that is set back does not touch it. */
export class SampleIds {
  #last = 0;
  readonly #bootId: string;
  readonly #clock: Clock;

  constructor(bootId: string, clock: Clock) {
    this.#bootId = bootId;
    this.#clock = clock;
  }

  next(): string {
    this.#last = Math.max(this.#last + 1, this.#clock.elapsed());
    return `${this.#bootId}/${this.#last}`;
  }
}
