/* GET /requests/top-k: the objects are asked live and their figures merged, so a request that is acknowledged counts. */
import * as z from "zod";
import { DIMENSIONS, type Dimension, TopK, type TopRow } from "../../../domain/requests/answers";
import { K_MAX } from "../../../domain/requests/largest";
import { endpointParts } from "../../../domain/requests/minute";
import { METRICS, type Ranked } from "../../../domain/requests/rank";
import { type WindowQuestion, wholeMinutes } from "../../../domain/requests/window";
import { isoOf } from "../../../domain/time";
import { rankIntakes } from "../../request-ranking";
import { route } from "../../route";
import { spanOf, WINDOW_FIELDS, WINDOW_NAMES } from "./window";

const isKnown = <T extends string>(list: readonly T[]) => ({ error: () => `must be one of: ${list.join(", ")}` });

const Query = z.object({
  k: z.coerce.number({ error: "is needed: 1 to 100" }).int().min(1).max(K_MAX).describe("How many rows at most, 1-100"),
  metric: z.enum(METRICS, isKnown(METRICS)).describe("`latency` is another name of `response_time`: the mean, in ms"),
  dimension: z.enum(DIMENSIONS, isKnown(DIMENSIONS)).default("endpoint").describe("What is ranked"),
  window: z.enum(WINDOW_NAMES, isKnown(WINDOW_NAMES)).optional().describe("Up to `end_time`; default: 1h"),
  ...WINDOW_FIELDS,
});
type Query = z.infer<typeof Query>;

export const topK = route(
  {
    method: "GET",
    path: "/top-k",
    summary: "The K largest endpoints, users, statuses or single requests",
    detail:
      "Live: a request that was acknowledged is in it. Larger values first, equal ones by key. Exact for 50,000 keys a " +
      "minute and source; beyond them `approximate` is true and every row has bounds. Percentiles are within 1 %. " +
      "Requests that do not say what a metric needs are not counted for it.",
    query: Query,
    answers: { 200: { description: "The rows in order", schema: TopK } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const now = Date.now();
    const question = questionOf(query, now);
    const { ranking, unavailable } = await rankIntakes(c.env, now, question, query.k);
    const { rows, approximate, unlisted, absent } = ranking;
    return c.json({
      status: "success",
      data: rows.map((row, i) => rowOf(row, i + 1, query.dimension)),
      metric: query.metric,
      dimension: query.dimension,
      window: { start: isoOf(question.from), end: isoOf(question.to) },
      as_of: isoOf(now),
      approximate: approximate || unavailable.length > 0,
      ...(approximate && unlisted !== undefined ? { unlisted_upper: unlisted } : {}),
      ...(absent === undefined ? {} : { absent }),
      ...(unavailable.length === 0 ? {} : { unavailable }),
    } satisfies z.infer<typeof TopK>);
  },
);

function questionOf(query: Query, now: number): WindowQuestion {
  const { from, to } = spanOf(query, now);
  const { dimension, metric, method, status_code, errors_from } = query;
  return { dimension, metric, method, status: status_code, errorsFrom: errors_from, ...wholeMinutes(from, to) };
}

function rowOf({ key, value, lower, upper, count }: Ranked, place: number, dimension: Dimension): TopRow {
  const none = { method: null, endpoint: null };
  return {
    request_id: key,
    metric_value: value,
    rank: place,
    lower,
    upper,
    count,
    ...(dimension === "endpoint" ? endpointParts(key) : none),
  };
}
