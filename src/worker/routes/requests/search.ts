/* Single requests, from the logs of the objects and, beyond them, the archive: GET /requests and GET /requests/{request_id}.
 * Each answer says how far it looked. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { KeptRequestAnswer, KeptRequests, type Looked, type Unread } from "../../../domain/requests/answers";
import { parsePlace, placeText, type Search } from "../../../domain/requests/kept";
import { joinLooks, type Page, pageOf } from "../../../domain/requests/page";
import { Method } from "../../../domain/requests/request";
import { isoOf } from "../../../domain/time";
import { readPart } from "../../../storage/archive";
import { youngestParts } from "../../../storage/queries/archive";
import { type ArchiveDoor, ArchiveSearch } from "../../request-archive";
import { askIntakes, REQUEST_INTAKE } from "../../request-intakes";
import { badParameter, cursorTo, limit, route, TimeText } from "../../route";

const cursor = cursorTo(parsePlace);

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
  cursor,
});

interface Answer extends Page {
  looked: Looked;
  unread: Unread[];
  unavailable: string[];
}

/** Newest first over the logs of all objects and the archive. The logs are asked first: what leaves one after that is in the
 * archive by then, since no row goes that is not. */
async function search(env: Env, asked: Search, now: number): Promise<Answer> {
  const { answers, unavailable } = await askIntakes(env, now, (intake) => intake.search(asked));
  const ofLogs = joinLooks(
    answers.map(({ value }) => value),
    asked.limit,
  );
  const has = new Map(answers.map(({ name, value }) => [`${REQUEST_INTAKE}/${name}`, value.has]));
  const ofArchive = await new ArchiveSearch(asked, { ...ofLogs, has }, archiveDoor(env, asked)).run();
  const { rows, next } = pageOf([ofLogs, ofArchive], asked.limit);
  const { unread, parts } = ofArchive;
  const looked = {
    back_to: next === undefined ? null : isoOf(next.at),
    complete: next === undefined && unavailable.length + unread.length === 0,
    archive_parts: parts,
  };
  return { rows, next, looked, unread, unavailable };
}

const archiveDoor = (env: Env, { from, to, after }: Search): ArchiveDoor => ({
  list: (last, limit) =>
    youngestParts(env.DB, {
      domain: "requests",
      from: from ?? Number.MIN_SAFE_INTEGER,
      to: to ?? Number.MAX_SAFE_INTEGER,
      atMost: after?.at ?? Number.MAX_SAFE_INTEGER,
      after: last,
      limit,
    }),
  read: (row) => readPart(env.ARCHIVE, row),
  now: () => Date.now(),
});

const nextOf = ({ next }: Page): string | null => (next === undefined ? null : placeText(next));

export const list = route(
  {
    method: "GET",
    path: "/",
    summary: "Requests as they were posted, newest first",
    detail:
      "From the logs of the objects, which hold the last 15 minutes, less where they exceed 1 GB, and from the archive " +
      "before that. A call takes a bounded time: `looked` says how far back it saw everything, and `next_cursor` goes on " +
      "there, also where a page has fewer requests than `limit`, or none.",
    query: Query,
    answers: { 200: { description: "A page of requests", schema: KeptRequests } },
    errors: ["invalid_request"],
  },
  async (c, { query: { cursor, ...asked } }) => {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = asked;
    if (from >= to) throw badParameter("to", "must be later than from");
    const now = Date.now();
    const page = await search(c.env, { ...asked, after: cursor }, now);
    return c.json({
      status: "success",
      data: page.rows.map(({ request }) => request),
      next_cursor: nextOf(page),
      looked: page.looked,
      as_of: isoOf(now),
      ...(page.unavailable.length === 0 ? {} : { unavailable: page.unavailable }),
      ...(page.unread.length === 0 ? {} : { unread: page.unread }),
    } satisfies z.infer<typeof KeptRequests>);
  },
);

export const one = route(
  {
    method: "GET",
    path: "/:request_id",
    summary: "One request by its id",
    detail:
      "The newest of this id, where several sources have one. A 404 says in `looked` how far back was looked, and has a " +
      "`next_cursor` where there is more to look at.",
    params: z.object({ request_id: z.string().min(1).max(128) }),
    query: z.object({ cursor }),
    answers: { 200: { description: "The request", schema: KeptRequestAnswer } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { request_id }, query: { cursor } }) => {
    const page = await search(c.env, { request_id, after: cursor, limit: 1 }, Date.now());
    const [found] = page.rows;
    if (found !== undefined) return c.json({ status: "success" as const, data: found.request });
    const { looked, unread, unavailable } = page;
    if (unavailable.length > 0) {
      throw new AppError("unavailable", `Not all objects answered: ${unavailable.join(", ")}.`);
    }
    const next_cursor = nextOf(page);
    const how = looked.back_to === null ? "in all that is kept" : `received after ${looked.back_to}`;
    const less = unread.length === 0 ? "" : `; ${unread.length} parts of the archive could not be read`;
    throw new AppError("not_found", `No request ${request_id} ${how}${less}.`, {
      looked,
      next_cursor,
      ...(unread.length === 0 ? {} : { unread }),
    });
  },
);
