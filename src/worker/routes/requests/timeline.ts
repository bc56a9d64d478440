/* GET /requests/timeline: what happened over a window, of all requests or of one key of a ranking. Live, as the ranking is. */
import * as z from "zod";
import { RESOLUTION_NAMES, RESOLUTIONS } from "../../../domain/bucket";
import { RequestTimeline } from "../../../domain/requests/answers";
import {
  BUCKETS_MAX,
  KEYED,
  resolutionFor,
  type TimelineQuestion,
  timelineOf,
  wholeBuckets,
} from "../../../domain/requests/timeline";
import { isoOf } from "../../../domain/time";
import { askIntakes } from "../../request-intakes";
import { badParameter, route } from "../../route";
import { spanOf, WINDOW_FIELDS, WINDOW_NAMES } from "./window";

const Query = z.object({
  key: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe("`request_id` of a ranking's row, such as `GET /presentations/:id`"),
  dimension: z.enum(KEYED).default("endpoint").describe("What the key is"),
  window: z.enum(WINDOW_NAMES).optional().describe("Up to `end_time`; default: 1h"),
  resolution: z.enum(RESOLUTION_NAMES).optional().describe("Default: minutes up to 6 hours, hours up to 31 days"),
  ...WINDOW_FIELDS,
});
type Query = z.infer<typeof Query>;

export const timeline = route(
  {
    method: "GET",
    path: "/timeline",
    summary: "Requests, errors and latencies over time",
    detail:
      "Per bucket and for the whole window. Percentiles are within 1 %. Live: a request that was acknowledged is in it.",
    query: Query,
    answers: { 200: { description: "The buckets in order", schema: RequestTimeline } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const now = Date.now();
    const question = questionOf(query, now);
    const { answers, unavailable } = await askIntakes(c.env, now, (intake) => intake.timeline(question));
    const buckets = answers.flatMap(({ value }) => value);
    const { approximate, ...body } = timelineOf(buckets, question.resolution, now);
    return c.json({
      status: "success",
      ...body,
      resolution: question.resolution,
      window: { start: isoOf(question.from), end: isoOf(question.to) },
      as_of: isoOf(now),
      approximate: approximate || unavailable.length > 0,
      ...(unavailable.length === 0 ? {} : { unavailable }),
    } satisfies RequestTimeline);
  },
);

function questionOf(query: Query, now: number): TimelineQuestion {
  const { from, to } = spanOf(query, now);
  const { key, dimension, resolution = resolutionFor(to - from), method, status_code, errors_from } = query;
  const buckets = Math.ceil((to - from) / RESOLUTIONS[resolution]);
  if (buckets > BUCKETS_MAX) {
    throw badParameter("resolution", `asks for ${buckets} buckets of a ${resolution}; at most ${BUCKETS_MAX}`);
  }
  return {
    ...(key === undefined ? {} : { key: { dimension, value: key } }),
    ...{ method, status: status_code, errorsFrom: errors_from, resolution },
    ...wholeBuckets(from, to, resolution),
  };
}
