/* Lists of a running server, all their pages; and the audit that is one of them. */
import { until } from "../until.ts";
import type { Server } from "./server.ts";

interface Paged {
  next_cursor: string | null;
}

/** @param path with its query, without a cursor */
export async function pagesOf<T extends Paged>(server: Server, path: string): Promise<T[]> {
  const pages: T[] = [];
  let next: string | null | undefined;
  do {
    const cursor = typeof next === "string" ? `&cursor=${encodeURIComponent(next)}` : "";
    const answer = await server.fetch(path + cursor);
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    const page = (await answer.json()) as T;
    pages.push(page);
    next = page.next_cursor;
  } while (next !== null);
  return pages;
}

/** Waits until everything adds up and nothing is on its way any more. */
export async function untilAudited(server: Server): Promise<void> {
  const audited = async () => {
    const pages = await pagesOf<Paged & { balanced: boolean; totals: { pending: number } }>(
      server,
      "/api/v1/audit?limit=100",
    );
    return pages.every(({ balanced, totals }) => balanced && totals.pending === 0);
  };
  await until(audited, { deadlineMs: 90_000, everyMs: 250, what: "the audit adds up with nothing pending" });
}
