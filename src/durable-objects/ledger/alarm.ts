/* One alarm for all duties of an object: always the earliest deadline, moved only when the head moves earlier, because
 * every setAlarm is a row written. */
import { earliest, withDeadline } from "../../domain/deadline";

export interface Duty {
  name: string;
  /** When it next has something to do, epoch ms; undefined when it has nothing. Cheap: asked after every commit. */
  dueAt(): number | undefined;
  /** Safe to run twice and when not due. */
  run(now: number): Promise<void>;
}

/** A duty that throws is tried again after 1, 2, 4 … 60 s, and never delays its neighbours. */
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** A duty that takes longer is left to itself: no alarm rings while another is being handled, and a store that does not
 * answer must not hold back what people wait for. */
const DUTY_MS = 5_000;

export class Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #duties: Duty[];
  readonly #failures = new Map<string, { count: number; until: number }>();
  readonly #running = new Map<Duty, Promise<void>>();
  /** When the alarm rings; null when none is set; undefined when not yet known. */
  #rings: number | null | undefined;

  constructor(storage: DurableObjectStorage, duties: Duty[]) {
    this.#storage = storage;
    this.#duties = duties;
  }

  async load(): Promise<void> {
    if (this.#rings === undefined) this.#rings = await this.#storage.getAlarm();
  }

  #dueAt(duty: Duty): number | undefined {
    const due = duty.dueAt();
    const failed = this.#failures.get(duty.name);
    return due === undefined || failed === undefined ? due : Math.max(due, failed.until);
  }

  /** Sets the alarm when a duty is due before it rings; inside a transaction, a rollback takes it back. */
  arm(now: number): void {
    const head = earliest(this.#duties.map((duty) => this.#dueAt(duty)));
    if (head === undefined) return;
    // An alarm set to this very moment inside `alarm()` has been lost by the platform: always a little ahead. One that is
    // set already stays: under load it would be pushed ahead of itself by every commit and never ring.
    const at = Math.max(head, now + 1);
    if (typeof this.#rings === "number" && this.#rings <= at) return;
    this.#rings = at;
    void this.#storage.setAlarm(at);
  }

  /** The body of `alarm()`: never throws. A ring ahead of every deadline only re-arms. */
  async ring(now: number): Promise<void> {
    this.#rings = null;
    await Promise.all(this.#duties.map((duty) => this.#do(duty, now)));
    this.arm(now);
  }

  async #do(duty: Duty, now: number): Promise<void> {
    const due = this.#dueAt(duty);
    if (due === undefined || due > now) return;
    try {
      await withDeadline(this.#begun(duty, now), DUTY_MS);
    } catch (error) {
      const count = (this.#failures.get(duty.name)?.count ?? 0) + 1;
      this.#failures.set(duty.name, { count, until: now + Math.min(RETRY_MS * 2 ** (count - 1), RETRY_MAX_MS) });
      // Said at 1, 2, 4, 8 … failures: a downstream that is dead for an hour must not fill the logs.
      if ((count & (count - 1)) === 0) console.error(`duty ${duty.name} failed ${count} times`, error);
    }
  }

  /** What an earlier ring has left to itself is not begun a second time. */
  async #begun(duty: Duty, now: number): Promise<void> {
    const running = this.#running.get(duty) ?? duty.run(now).finally(() => this.#running.delete(duty));
    this.#running.set(duty, running);
    await running;
    this.#failures.delete(duty.name);
  }
}
