/* Calls to many objects from one request. Where all objects share a thread, what they do follows each other without a break, and
 * nothing else has its turn meanwhile (docs/decisions/turns.md). */
import { inRounds } from "../domain/at-once";

/** So many at the same time to begin with: fewer are never held up. */
const FIRST = 64;
/** One that takes longer keeps the next ones waiting no longer. */
const QUICK_MS = 250;

/** Does `work` for each item, and lets other requests in between; what came of each, in order. `work` never rejects. */
export function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  return inRounds(items, work, { first: FIRST, quickMs: QUICK_MS, now: Date.now, pause: () => scheduler.wait(1) });
}
