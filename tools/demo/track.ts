/* A track: recorded things in a loop, each handed out once when it is due, at the pace it happened. */

/** Nobody looks at a demo in which nothing happens for longer. */
const LONGEST_PAUSE_MS = 5_000;
/** The pause before the first one again is not in any sample; a second is as good as any. */
const BETWEEN_LOOPS_MS = 1_000;
const MAX_TOGETHER = 1_000;

/** When each happened, after the first, with pauses clipped. `times` are in order; one that is not counts as no pause. */
export function offsetsOf(times: readonly number[], longestPauseMs = LONGEST_PAUSE_MS): number[] {
  let offset = 0;
  return times.map((at, i) => {
    const pause = at - (times[i - 1] ?? at);
    offset += Math.min(longestPauseMs, Math.max(0, pause));
    return offset;
  });
}

export interface Recorded {
  /** Ms after the first of its track. */
  offsetMs: number;
}

/** A recorded thing, happening again. */
export interface Due<T> {
  recorded: T;
  /** Epoch ms. */
  at: number;
  /** The same however often it is sent, and of nothing else in this run or another. */
  id: string;
}

export class Track<T extends Recorded> {
  readonly #recorded: readonly T[];
  readonly #name: string;
  readonly #speed: number;
  readonly #run: string;
  #loop = 0;
  #next = 0;
  #startedAt: number;

  /** @param name tells the ids of a run's tracks apart */
  constructor(name: string, recorded: readonly T[], speed: number, startedAt: number) {
    this.#name = name;
    this.#recorded = recorded;
    this.#speed = speed;
    this.#startedAt = startedAt;
    this.#run = startedAt.toString(36);
  }

  dueAt(now: number): Due<T>[] {
    const due: Due<T>[] = [];
    for (
      let recorded = this.#recorded[this.#next];
      recorded !== undefined && due.length < MAX_TOGETHER;
      recorded = this.#recorded[this.#next]
    ) {
      const at = Math.round(this.#startedAt + recorded.offsetMs / this.#speed);
      if (at > now) break;
      due.push({ recorded, at, id: `${this.#run}/${this.#loop}/${this.#name}/${this.#next}` });
      this.#advance(at);
    }
    return due;
  }

  #advance(at: number): void {
    this.#next++;
    if (this.#next < this.#recorded.length) return;
    this.#next = 0;
    this.#loop++;
    this.#startedAt = at + BETWEEN_LOOPS_MS / this.#speed;
  }
}
