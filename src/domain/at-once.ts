/* Many calls, some of them at the same time. */
import { withDeadline } from "./deadline";

/** Does `work` for each item, never more than `limit` at the same time; what came of each, in order. Rejects with the first
 * failure. */
export async function atOnce<T, R>(limit: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

export interface Rounds {
  /** How many the first round is. */
  first: number;
  /** A round that is over within so many ms is followed by one of twice as many. One that is not is left to itself, and
   * followed by one of half as many. */
  quickMs: number;
  /** Epoch ms. */
  now(): number;
  /** Between two rounds. */
  pause(): Promise<void>;
}

/** Does `work` for each item, in rounds as large as are quick; what came of each, in order. `work` never rejects. */
export async function inRounds<T, R>(items: readonly T[], work: (item: T) => Promise<R>, rounds: Rounds): Promise<R[]> {
  const { first, quickMs, now, pause } = rounds;
  const begun: Promise<R>[] = [];
  for (let width = first; begun.length < items.length; ) {
    if (begun.length > 0) await pause();
    const began = now();
    const round = items.slice(begun.length, begun.length + width).map(work);
    begun.push(...round);
    await withDeadline(Promise.all(round), quickMs).catch(() => {});
    width = now() - began < quickMs ? 2 * width : Math.ceil(width / 2);
  }
  return Promise.all(begun);
}
