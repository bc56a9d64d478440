/* Requests as they were posted, as far as they were read: pages of them put together. Pure. */
import type { KeptRequest, KeptRequests, Unread } from "../../../src/domain/requests/answers";

export interface Lines {
  /** Received last first, without holes. */
  rows: readonly KeptRequest[];
  /** Where older ones are; null when there are none. */
  next: string | null;
  /** What was received after it was looked at; null: all that is kept. */
  backTo: string | null;
  /** Parts of the archive, each once. */
  unread: readonly Unread[];
  /** When the newest page was answered: what came since is not among them. */
  asOf: string;
}

export const linesOf = (page: KeptRequests): Lines => ({
  ...{ rows: page.data, next: page.next_cursor, backTo: page.looked.back_to },
  ...{ unread: page.unread ?? [], asOf: page.as_of },
});

/** With the page that `lines.next` asked for. A part that cannot be read is told by each page that would need it. */
export function withOlder(lines: Lines, page: KeptRequests): Lines {
  const unread = new Map([...lines.unread, ...(page.unread ?? [])].map((part) => [part.key + part.object, part]));
  const rows = [...lines.rows, ...page.data];
  return { ...linesOf(page), rows, unread: [...unread.values()], asOf: lines.asOf };
}
