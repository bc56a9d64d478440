/* What could not be read is parked, shown, and can be applied again once the code can read it. */
import * as z from "zod";
import { AppliedDeadLetter, DeadLetters } from "../../domain/audit";
import { AppError } from "../../domain/error";
import { isoOf } from "../../domain/time";
import { applyDeadLetter } from "../../queues/dead-letter";
import { type DeadLetterPlace, type DeadLetterRow, listDeadLetters } from "../../storage/queries/dead-letters";
import { pageOf } from "../page";
import { cursorTo, group, limit, route } from "../route";

const list = route(
  {
    method: "GET",
    path: "/",
    summary: "List dead letters, the newest first",
    query: z.object({ limit: limit(100, 200), cursor: cursorTo(placeOf) }),
    answers: { 200: { description: "Parked parts and messages", schema: DeadLetters } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const rows = await listDeadLetters(c.env.DB, query.cursor, query.limit + 1);
    const { page, next_cursor } = pageOf(rows, query.limit, ({ parked_at, id }) => `${parked_at}:${id}`);
    return c.json({ dead_letters: page.map(shownAs), next_cursor });
  },
);

const shownAs = (row: DeadLetterRow) => ({
  ...row,
  parked_at: isoOf(row.parked_at),
  applied_at: row.applied_at === null ? null : isoOf(row.applied_at),
});

function placeOf(text: string): DeadLetterPlace | undefined {
  const match = /^(\d{1,15}):(.+)$/.exec(text);
  return match === null ? undefined : { parked_at: Number(match[1]), id: match[2] as string };
}

const apply = route(
  {
    method: "POST",
    path: "/:id/apply",
    summary: "Apply a dead letter again",
    detail: "Under its own id, once: a second time changes nothing.",
    params: z.object({ id: z.string().min(1).max(400) }),
    answers: { 200: { description: "Applied now or before", schema: AppliedDeadLetter } },
    errors: ["not_found", "unreadable"],
  },
  async (c, { params: { id } }) => {
    const status = await applyDeadLetter(c.env, id, Date.now());
    if (status === "not_found") throw new AppError("not_found", `No dead letter ${id}.`);
    if (status === "still_unreadable") throw new AppError("unreadable", "This version cannot read it either.");
    return c.json({ id, status });
  },
);

export const deadLetters = [
  group("Operations", "/api/v1/dead-letters", "dead_letters:read", [list]),
  group("Operations", "/api/v1/dead-letters", "dead_letters:apply", [apply]),
];
