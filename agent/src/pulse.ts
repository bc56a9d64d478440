/* When to beat. Beats lie on a grid, so that a slow moment delays one beat and not all that follow; after a sleep of the
 * machine the missed ones are left out. */
import type { Clock } from "./clock.ts";

export class Pulse {
  #intervalMs: number;
  #startedAt = 0;
  #count = 0;
  #cancel: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #beat: () => void;

  constructor(clock: Clock, intervalMs: number, beat: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#beat = beat;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  start(): void {
    this.#startedAt = this.#clock.elapsed();
    this.#count = 0;
    this.#arm();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** From now on at another interval; the same one changes nothing. */
  setInterval(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    if (this.#cancel === undefined) return;
    this.stop();
    this.start();
  }

  #arm(): void {
    const elapsed = this.#clock.elapsed() - this.#startedAt;
    this.#count = Math.max(this.#count, Math.floor(elapsed / this.#intervalMs)) + 1;
    this.#cancel = this.#clock.after(this.#count * this.#intervalMs - elapsed, () => {
      this.#arm();
      this.#beat();
    });
  }
}
