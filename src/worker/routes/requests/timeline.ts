/* GET /requests/timeline: what happened over a window, of all requests or of one key of a ranking. Live, as the ranking is. */
import { z } from "zod";
import { RESOLUTIONS } from "../../../domain/bucket";
import { AppError } from "../../../domain/error";
import { SPAN_MAX_DAYS, SPAN_MAX_MS } from "../../../domain/requests/aggregate";
import { RequestTimeline } from "../../../domain/requests/answers";
import { ERRORS_FROM, Method } from "../../../domain/requests/request";
import {
  BUCKETS_MAX,
  KEYED,
  resolutionFor,
  type TimelineQuestion,
  timelineOf,
  wholeBuckets,
} from "../../../domain/requests/timeline";
import { WINDOWS, type WindowName } from "../../../domain/requests/window";
import { askIntakes } from "../../request-intakes";
import { route, TimeText } from "../../route";

const WINDOW_NAMES = Object.keys(WINDOWS) as [WindowName, ...WindowName[]];
const Status = z.coerce.number().int().min(100).max(599);

const Query = z.object({
  key: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe("`request_id` of a ranking's row, such as `GET /presentations/:id`"),
  dimension: z.enum(KEYED).default("endpoint").describe("What the key is"),
  window: z.enum(WINDOW_NAMES).optional().describe("Up to `end_time`; default: 1h"),
  start_time: TimeText.optional().describe("Instead of a window"),
  end_time: TimeText.optional().describe("Exclusive; default: now"),
  resolution: z
    .enum(["minute", "hour", "day"])
    .optional()
    .describe("Default: minutes up to 6 hours, hours up to 31 days"),
  method: Method.optional(),
  status_code: Status.optional(),
  errors_from: Status.default(ERRORS_FROM).describe("`error_rate` counts this status and greater ones"),
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
      window: { start: iso(question.from), end: iso(question.to) },
      as_of: iso(now),
      approximate: approximate || unavailable.length > 0,
      ...(unavailable.length === 0 ? {} : { unavailable }),
    } satisfies RequestTimeline);
  },
);

const iso = (at: number): string => new Date(at).toISOString();

function questionOf(query: Query, now: number): TimelineQuestion {
  const { window, start_time: start, end_time: end = now, key, dimension } = query;
  if (window !== undefined && start !== undefined) throw bad("window", "cannot be combined with start_time");
  const from = start ?? end - WINDOWS[window ?? "1h"];
  if (from >= end) throw bad("start_time", "must lie before end_time");
  if (end - from > SPAN_MAX_MS) throw bad("start_time", `lies more than ${SPAN_MAX_DAYS} days before end_time`);
  const { resolution = resolutionFor(end - from), method, status_code, errors_from } = query;
  const buckets = Math.ceil((end - from) / RESOLUTIONS[resolution]);
  if (buckets > BUCKETS_MAX) {
    throw bad("resolution", `asks for ${buckets} buckets of a ${resolution}; at most ${BUCKETS_MAX}`);
  }
  return {
    ...(key === undefined ? {} : { key: { dimension, value: key } }),
    ...{ method, status: status_code, errorsFrom: errors_from, resolution },
    ...wholeBuckets(from, end, resolution),
  };
}

const bad = (pointer: string, detail: string) =>
  new AppError("invalid_request", `${pointer} ${detail}.`, {}, [{ pointer, detail }]);
