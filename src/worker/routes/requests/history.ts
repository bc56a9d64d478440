/* GET /requests/history: days in D1, completed by what the objects have not sent yet. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { START } from "../../../domain/event";
import { SPAN_MAX_DAYS, SPAN_MAX_MS } from "../../../domain/requests/aggregate";
import { History } from "../../../domain/requests/answers";
import type { DayPart } from "../../../domain/requests/day";
import { historyOf } from "../../../domain/requests/history";
import { requestDays } from "../../../storage/queries/requests";
import { askIntakes, REQUEST_INTAKE } from "../../request-intakes";
import { badParameter, route } from "../../route";

/** Tries to read D1 and the objects at one moment. */
const READS = 3;

const Day = z.iso
  .date({ error: "must be a date such as 2026-11-21" })
  .transform((text) => Date.parse(`${text}T00:00:00Z`))
  .describe("A UTC day, such as 2026-11-21");

const Query = z.object({ start_date: Day, end_date: Day.describe("Included") });

export const history = route(
  {
    method: "GET",
    path: "/history",
    summary: "Requests per UTC day",
    detail: "Averages are weighted by requests. At most 366 days.",
    query: Query,
    answers: { 200: { description: "One row per day", schema: History } },
    errors: ["invalid_request", "unavailable"],
  },
  async (c, { query: { start_date: first, end_date: last } }) => {
    if (first > last) throw badParameter("end_date", "must not lie before start_date");
    if (last - first >= SPAN_MAX_MS)
      throw badParameter("end_date", `lies more than ${SPAN_MAX_DAYS} days after start_date`);
    const now = Date.now();
    const { parts, unavailable } = await readBoth(c.env, first, last, now);
    return c.json({
      status: "success",
      data: historyOf(first, last, parts),
      as_of: new Date(now).toISOString(),
      ...(unavailable.length === 0 ? {} : { unavailable }),
    } satisfies z.infer<typeof History>);
  },
);

/** D1 and what each object has beyond it. When D1 went on in between, all is read again. */
async function readBoth(env: Env, first: number, last: number, now: number) {
  for (let attempt = 1; attempt <= READS; attempt++) {
    const stored = await requestDays(env.DB, first, last);
    const { answers, unavailable } = await askIntakes(env, now, (intake, name) =>
      intake.days(stored.cursors.get(`${REQUEST_INTAKE}/${name}`) ?? START, first, last),
    );
    const live = answers.map(({ value }) => value);
    if (live.every((parts): parts is DayPart[] => parts !== null)) {
      return { parts: [...stored.parts, ...live.flat()], unavailable };
    }
  }
  throw new AppError("unavailable", "The days changed faster than they could be read. Try again.");
}
