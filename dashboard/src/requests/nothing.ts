/* Whether there is nothing at all to show. Pure. */
import type { History, RequestTimeline, TopK } from "../../../src/domain/requests/answers";

/** What the page has read; undefined: not yet. */
interface Figures {
  history: History | undefined;
  totals: RequestTimeline | undefined;
  ranking: TopK | undefined;
}

/** Whether any of the days has one. */
export const hasRequests = (history: History | undefined): boolean =>
  history?.data.some(({ total_requests }) => total_requests > 0) ?? false;

/** Every figure of the page says that there is nothing. Figures are read at times of their own: the first request is in one
 * before it is in another, and what has not been read, or lacks an object, says nothing of the kind. */
export function isNothing({ history, totals, ranking }: Figures): boolean {
  if (history === undefined || totals === undefined || ranking === undefined) return false;
  if ([history, totals, ranking].some(({ unavailable = [] }) => unavailable.length > 0)) return false;
  return !hasRequests(history) && totals.total.total_requests + ranking.data.length === 0;
}
