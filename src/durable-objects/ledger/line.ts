/* The line to one child: one call at a time, repeated until it has everything.
 *
 * Between calls only memory knows what was answered, so an alarm set before a frame leaves looks after it: it repeats a
 * call that failed, and finds what a crash left unsent. */
import { withDeadline } from "../../domain/deadline";
import type { Delivery, Receipts } from "../../domain/frame";

/** Sends to a child by its name; its answer says what it has. */
export type Deliver = (child: string, deliveries: Delivery[]) => Promise<Receipts>;

export const CALL_MS = 2_000;
export const RETRY_MS = 1_000;
/** Among the frames are alerts: whoever comes back must not wait for them. */
export const RETRY_MAX_MS = 5_000;
/** After a crash nobody remembers which frames were answered: an alarm set before they are sent looks after them this
 * soon. Each ring costs two rows written, so a busy stream of prices takes longer than a rare alert. */
export const REPAIR_MS = 20_000;
/** One call carries about so many bytes of frames. */
export const CALL_BYTES = 1_000_000;

export interface LineOptions {
  deliver: Deliver;
  now: () => number;
  repairMs?: number | undefined;
}

export class Line {
  readonly #child: string;
  readonly #options: LineOptions;
  /** Since when it may lack frames. */
  #behindSince: number | undefined;
  /** When the call under way began. */
  #callingSince: number | undefined;
  /** How often it fell behind: what comes while a call ends must not be forgotten with it. */
  #falls = 0;
  #failures = 0;
  #retryAt: number | undefined;

  constructor(child: string, options: LineOptions) {
    this.#child = child;
    this.#options = options;
  }

  get isBehind(): boolean {
    return this.#behindSince !== undefined;
  }

  /** Frames were committed that it may not have. */
  fallBehind(since: number): void {
    this.#falls++;
    this.#behindSince ??= since;
  }

  /** The alarm sends next, not the caller's own turn. */
  leaveToAlarm(): void {
    this.#retryAt = this.#options.now();
  }

  call(deliveries: Delivery[]): Promise<Receipts> {
    return withDeadline(this.#options.deliver(this.#child, deliveries), CALL_MS);
  }

  /** Repeats `step` until it has nothing to send, unless that is going on already. A step that throws is left to the
   * alarm. Never throws. */
  async run(step: () => Promise<boolean>): Promise<void> {
    if (this.#callingSince !== undefined) return;
    this.#callingSince = this.#options.now();
    try {
      let falls: number;
      do {
        falls = this.#falls;
        while (await step()) this.#failures = 0;
      } while (falls !== this.#falls);
      this.#behindSince = undefined;
      this.#retryAt = undefined;
    } catch {
      // The child is gone, overloaded, slow, or did not move.
      this.#failures++;
      this.#retryAt = this.#options.now() + Math.min(RETRY_MS * 2 ** (this.#failures - 1), RETRY_MAX_MS);
    } finally {
      this.#callingSince = undefined;
    }
  }

  dueAt(): number | undefined {
    const repairMs = this.#options.repairMs ?? REPAIR_MS;
    // A call under way has its own end; the alarm only matters if this object does not live to see it.
    if (this.#callingSince !== undefined) return this.#callingSince + Math.max(repairMs, 2 * CALL_MS);
    return this.#retryAt ?? (this.#behindSince === undefined ? undefined : this.#behindSince + repairMs);
  }
}
