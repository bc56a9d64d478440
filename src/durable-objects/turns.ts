/* Turns. Where all objects share a thread, what they do inside follows each other without a break, and the runtime looks at its
 * sockets and timers only afterwards: nothing else has its turn meanwhile (docs/decisions/turns.md). */
import { inRounds, type Rounds } from "../domain/at-once";

/** A timer is waited for until nothing else is left to do, and then everything else has its turn first. */
export const turn = (): Promise<void> => scheduler.wait(1);

/** Fewer than in the first round are never held up. One that takes longer keeps the next ones waiting no longer. */
const CALLS: Pick<Rounds, "first" | "quickMs"> = { first: 64, quickMs: 250 };

/** Does `work` for each item, and lets others in between; what came of each, in order. `work` never rejects. */
export function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>, rounds = CALLS): Promise<R[]> {
  return inRounds(items, work, { ...rounds, now: Date.now, pause: turn });
}
