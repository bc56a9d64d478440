/* GET /metrics: what there is, and what it was over time. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { MetricList, Timeline } from "../../../domain/telemetry/answers";
import { DEFAULT_SPAN_MS, edgesOf, TIMELINE_RESOLUTIONS } from "../../../domain/telemetry/points";
import { type Labels, Labels as LabelsSchema, MetricName } from "../../../domain/telemetry/sample";
import { catalogueOf, listMetricNames } from "../../../storage/queries/metrics";
import { askEach } from "../../ask-each";
import type { AppContext } from "../../context";
import { callIntake, METRIC_INTAKE, recentNames, recentObjects } from "../../intakes";
import { requireNames } from "../../middleware/scope";
import { pageOf } from "../../page";
import { badParameter, cursorNamed, limit, route, TimeText } from "../../route";
import { objectsOf, rawOf, timelineOf } from "../../timeline";

const LABELS_LISTED = 100;

/** `host=web-1,disk=sda`, or a JSON object where a value holds a comma. */
const LabelQuery = z
  .string()
  .max(4_000)
  .transform((text, ctx): unknown => {
    if (text.trimStart().startsWith("{")) {
      try {
        return JSON.parse(text);
      } catch {
        ctx.addIssue({ code: "custom", message: "is no JSON object" });
        return z.NEVER;
      }
    }
    const pairs = text.split(",").filter((pair) => pair !== "");
    if (pairs.some((pair) => !pair.includes("="))) {
      ctx.addIssue({ code: "custom", message: "must be like host=web-1,disk=sda, or a JSON object" });
      return z.NEVER;
    }
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
  })
  .pipe(LabelsSchema);

export const TimelineSpan = z.object({
  resolution: z.enum(TIMELINE_RESOLUTIONS).default("minute"),
  from: TimeText.optional().describe(
    "RFC 3339 or epoch ms; without it the last hour, 6 hours, 7 or 90 days, by resolution",
  ),
  to: TimeText.optional().describe("Now, without it"),
  zone: z.string().min(1).max(64).default("UTC").describe("Days and hours of this time zone, such as Europe/Berlin"),
  limit: limit(1_000, 10_000).describe("Of raw values: the newest so many"),
});
export type TimelineSpan = z.infer<typeof TimelineSpan>;

export const list = route(
  {
    method: "GET",
    path: "/",
    summary: "Metrics by name",
    query: z.object({ limit: limit(100, 200), cursor: cursorNamed(MetricName) }),
    answers: { 200: { description: "A page of metrics", schema: MetricList } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    const now = Date.now();
    const after = query.cursor ?? "";
    const listed = await listMetricNames(c.env.DB, after, c.get("principal").scope?.names, query.limit + 1);
    const names = withRecent(c, listed, after, query.limit + 1, now);
    const { page, next_cursor } = pageOf(names, query.limit, (name) => name);
    const known = await catalogueOf(c.env.DB, page, LABELS_LISTED);
    const objects = new Set(page.flatMap((name) => [...recentObjects(c.env, name, now)]));
    for (const one of known.values()) {
      for (const object of one.objects) objects.add(object.slice(METRIC_INTAKE.length + 1));
    }
    const seen = new Map<string, number>();
    const { answers } = await askEach([...objects], (object) =>
      callIntake(c.env, object, (intake) => intake.lastSeen(page)),
    );
    for (const [name, at] of answers.flatMap(({ value }) => value)) {
      seen.set(name, Math.max(seen.get(name) ?? 0, at));
    }
    const body: MetricList = {
      metrics: page.map((name) => {
        const { series = 0, labels = [] } = known.get(name) ?? {};
        const at = seen.get(name);
        const last_seen = at === undefined ? null : new Date(at).toISOString();
        return { name, series, labels, last_seen };
      }),
      next_cursor,
      as_of: new Date(now).toISOString(),
    };
    return c.json(body);
  },
);

/** Names that D1 does not have yet take their places among those it has. */
function withRecent(c: AppContext, listed: string[], after: string, max: number, now: number): string[] {
  const end = listed.length >= max ? (listed.at(-1) as string) : undefined;
  const fresh = recentNames(c.env, now).filter(
    (name) => name > after && (end === undefined || name < end) && mayName(c, name),
  );
  return [...new Set([...listed, ...fresh])].sort();
}

function mayName(c: AppContext, name: string): boolean {
  try {
    requireNames(c, [name]);
    return true;
  } catch {
    return false;
  }
}

export const timeline = route(
  {
    method: "GET",
    path: "/:name",
    summary: "A metric over time",
    detail:
      "Points of all series that have the labels, merged. Buckets are half-open and labelled by their start; empty ones are " +
      "left out; the unfinished one is `partial`. What was acknowledged is in it at once.",
    params: z.object({ name: MetricName }),
    query: TimelineSpan.extend({ labels: LabelQuery.optional().describe("host=web-1,disk=sda, or a JSON object") }),
    answers: { 200: { description: "The timeline", schema: Timeline } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params, query: { labels, ...span } }) => {
    requireNames(c, [params.name]);
    return c.json(await readTimeline(c.env, { name: params.name, labels: labels ?? {} }, span));
  },
);

/** The whole answer. Throws 404 where nobody knows the series, 503 where no object answers.
 * @param also objects that may have series which the catalogue does not know yet */
export async function readTimeline(
  env: Env,
  wanted: { name: string; labels: Labels },
  { resolution, zone, limit, ...asked }: TimelineSpan,
  also: readonly string[] = [],
): Promise<Timeline> {
  const now = Date.now();
  const to = asked.to ?? now + 1;
  const from = asked.from ?? to - DEFAULT_SPAN_MS[resolution];
  const objects = [...new Set([...(await objectsOf(env, wanted, now)), ...also])];
  if (objects.length === 0) throw new AppError("not_found", `There is no metric ${wanted.name} with these labels.`);
  const base = { name: wanted.name, resolution, as_of: new Date(now).toISOString() };
  if (resolution === "raw") {
    const { points, completeFrom, unavailable } = await rawOf(env, wanted, objects, { from, to, limit });
    const complete_from = new Date(completeFrom).toISOString();
    return { ...base, series: countSeries(points), complete_from, ...some(unavailable, objects, points), points };
  }
  const edges = edgesOf(resolution, from, to, zone);
  if (!Array.isArray(edges)) throw badParameter(edges.field, edges.detail);
  const { unavailable, ...answer } = await timelineOf(env, wanted, objects, { resolution, zone, edges }, now);
  return { ...base, zone, ...answer, ...some(unavailable, objects, answer.points) };
}

const countSeries = (points: readonly { labels?: Labels | undefined }[]): number =>
  new Set(points.map(({ labels }) => JSON.stringify(labels))).size;

function some(unavailable: string[], objects: string[], points: readonly unknown[]): { unavailable?: string[] } {
  if (unavailable.length === 0) return {};
  if (unavailable.length === objects.length && points.length === 0) {
    throw new AppError("unavailable", "The objects that have this metric cannot be reached. Try again.");
  }
  return { unavailable };
}
