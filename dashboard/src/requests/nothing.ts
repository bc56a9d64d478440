/* Whether there is nothing at all to show. Pure. */
import type { History, RequestTimeline, TopK } from "../../../src/domain/requests/answers";

/** What the page has read; undefined: not yet. */
interface Figures {
  history: History | undefined;
  totals: RequestTimeline | undefined;
  ranking: TopK | undefined;
}

/** Every figure of the page says that there is nothing. Figures are read at times of their own: the first request is in one
 * before it is in another, and what has not been read, or lacks an object, says nothing of the kind. */
export function isNothing({ history, totals, ranking }: Figures): boolean {
  if (history === undefined || totals === undefined || ranking === undefined) return false;
  if ([history, totals, ranking].some(({ unavailable = [] }) => unavailable.length > 0)) return false;
  const days = history.data.reduce((sum, { total_requests }) => sum + total_requests, 0);
  return days + totals.total.total_requests + ranking.data.length === 0;
}
