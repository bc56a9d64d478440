/* Waiting: how many requests are being worked on. Whoever hangs, as one does whose body never comes, is counted for a minute or
 * two and then no more: however many of them there are, the door opens again. */
import { MINUTE_MS } from "./units";

interface Generation {
  readonly began: number;
  count: number;
}

export class Waiting {
  #present: Generation = { began: 0, count: 0 };
  #former: Generation = this.#present;

  /** How many there are, of those that came not long ago. */
  at(now: number): number {
    const age = now - this.#present.began;
    if (age >= MINUTE_MS) {
      const fresh = { began: now, count: 0 };
      this.#former = age < 2 * MINUTE_MS ? this.#present : fresh;
      this.#present = fresh;
    }
    return this.#present.count + (this.#former === this.#present ? 0 : this.#former.count);
  }

  /** One more; to be ended once, however late. */
  enter(now: number): () => void {
    this.at(now);
    const own = this.#present;
    own.count++;
    return () => {
      own.count--;
    };
  }
}
