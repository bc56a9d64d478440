/* Single requests, from the logs of the objects themselves: GET /requests and GET /requests/{request_id}. A log holds what
 * is recent; each answer says how far it looked. */
import { z } from "zod";
import { AppError } from "../../../domain/error";
import { KeptRequestAnswer, KeptRequests } from "../../../domain/requests/answers";
import { comparePlaces, type Found, parsePlace, placeText, type Search } from "../../../domain/requests/kept";
import { Method } from "../../../domain/requests/request";
import { askIntakes } from "../../request-intakes";
import { limit, route } from "../../route";
import { TimeText } from "../prices/candles";

const Query = z.object({
  from: TimeText.optional().describe("By the requests' own time"),
  to: TimeText.optional().describe("Exclusive"),
  endpoint: z
    .string()
    .min(1)
    .max(2_048)
    .optional()
    .describe("As it was posted, or as it is ranked, without the method"),
  user_id: z.string().min(1).max(128).optional(),
  status_code: z.coerce.number().int().min(100).max(599).optional(),
  method: Method.optional(),
  limit: limit(100, 1_000),
  cursor: z
    .string()
    .max(400)
    .transform((text, ctx) => {
      const place = parsePlace(text);
      if (place === undefined) ctx.addIssue("must be `next_cursor` of the page before");
      return place ?? z.NEVER;
    })
    .optional()
    .describe("`next_cursor` of the page before"),
});

const iso = (at: number): string => new Date(at).toISOString();

interface Page {
  rows: Found[];
  next: string | null;
  since: number;
  unavailable: string[];
}

/** Newest first over all objects. What lies before the moment since which one of them has looked at all is left out:
 * something of that object might belong in between. */
async function search(env: Env, asked: Search, now: number): Promise<Page> {
  const { answers, unavailable } = await askIntakes(env, now, (intake) => intake.search(asked));
  const full = ({ found }: { found: Found[] }) => found.length >= asked.limit;
  const since = answers.reduce((most, { value }) => (full(value) ? most : Math.max(most, value.since)), 0);
  const all = answers
    .flatMap(({ value }) => value.found)
    .filter(({ place }) => place.at >= since)
    .sort((a, b) => comparePlaces(a.place, b.place));
  const rows = all.slice(0, asked.limit);
  const last = rows.at(-1);
  const isMore = all.length > rows.length || answers.some(({ value }) => full(value));
  return { rows, next: isMore && last !== undefined ? placeText(last.place) : null, since, unavailable };
}

const lookedOf = ({ since }: Page) => ({ back_to: since === 0 ? null : iso(since), complete: since === 0 });

export const list = route(
  {
    method: "GET",
    path: "/",
    summary: "Requests as they were posted, newest first",
    detail:
      "From the logs of the objects, which hold the last 15 minutes, less where they exceed 1 GB. `looked` says how far back all of them " +
      "were read: a question that matches little is answered in bounded time, not in full.",
    query: Query,
    answers: { 200: { description: "A page of requests", schema: KeptRequests } },
    errors: ["invalid_request"],
  },
  async (c, { query: { cursor, ...asked } }) => {
    const now = Date.now();
    const page = await search(c.env, { ...asked, after: cursor }, now);
    return c.json({
      status: "success",
      data: page.rows.map(({ request }) => request),
      next_cursor: page.next,
      looked: lookedOf(page),
      as_of: iso(now),
      ...(page.unavailable.length === 0 ? {} : { unavailable: page.unavailable }),
    } satisfies z.infer<typeof KeptRequests>);
  },
);

export const one = route(
  {
    method: "GET",
    path: "/:request_id",
    summary: "One request by its id",
    detail: "The newest of this id, where several sources have one. A 404 says how far back was looked.",
    params: z.object({ request_id: z.string().min(1).max(128) }),
    answers: { 200: { description: "The request", schema: KeptRequestAnswer } },
    errors: ["not_found", "unavailable"],
  },
  async (c, { params: { request_id } }) => {
    const page = await search(c.env, { request_id, limit: 1 }, Date.now());
    const [found] = page.rows;
    if (found !== undefined) return c.json({ status: "success" as const, data: found.request });
    if (page.unavailable.length > 0) {
      throw new AppError("unavailable", `Not all objects answered: ${page.unavailable.join(", ")}.`);
    }
    const how = page.since === 0 ? "in what the logs hold" : `back to ${iso(page.since)}`;
    throw new AppError("not_found", `No request ${request_id} ${how}.`, { looked: lookedOf(page) });
  },
);
