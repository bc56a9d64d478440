/* /nodes/{id}/metrics: what a node measures, in and out. */
import * as z from "zod";
import { scopeAllows } from "../../../domain/access/scope";
import { AppError } from "../../../domain/error";
import { intakeOfNode, nodeLabels, PostedMeasure } from "../../../domain/nodes/metrics";
import { parseEvents } from "../../../domain/posting";
import { Timeline } from "../../../domain/telemetry/answers";
import { PostedMetrics } from "../../../domain/telemetry/posting";
import { MetricName } from "../../../domain/telemetry/sample";
import { aheadOf } from "../../../domain/time";
import { type AppContext, settings } from "../../context";
import { callIntake } from "../../intakes";
import { requireNames, requireNodes } from "../../middleware/scope";
import { askMonitor, callMonitor } from "../../monitors";
import { eventsIn, readJson } from "../../read-body";
import { route } from "../../route";
import { readTimeline, TimelineSpan } from "../metrics/read";
import { NodeParam, noNode } from "./param";

const MAX_MEASURES = 100;

export const postMetrics = route(
  {
    method: "POST",
    path: "/:id/metrics",
    summary: "What a node measured",
    detail:
      "One object or an array of at most 100, each with its `timestamp` and figures by name. The same `id` again changes " +
      "nothing. The node must be known: its beat registers it. An agent's socket carries the same.",
    params: NodeParam,
    body: z.union([PostedMeasure, z.array(PostedMeasure).max(MAX_MEASURES)]),
    answers: { 200: { description: "Stored; counted are the moments", schema: PostedMetrics } },
    errors: ["invalid_request", "not_found", "too_large", "conflict", "unavailable"],
  },
  async (c, { params: { id } }) => {
    requireNodes(c, [id]);
    const posted = eventsIn((await readJson(c)).value, "moments in one request", parseMeasures, { max: MAX_MEASURES });
    requireNames(c, new Set(posted.flatMap(({ metrics }) => Object.keys(metrics))));
    const measures = posted.map((measure) => ({ ...measure, id: measure.id ?? crypto.randomUUID() }));
    const answers = await askMonitor(c.env, id, (monitor) => monitor.measure(id, measures));
    if (answers.length === 0) throw noNode(id);
    const duplicates = answers.filter((isDuplicate) => isDuplicate).length;
    return c.json({ accepted: answers.length - duplicates, duplicates } satisfies PostedMetrics);
  },
);

const parseMeasures = (value: unknown, now: number) =>
  parseEvents(
    value,
    (event) => PostedMeasure.safeParse(event),
    (event) => aheadOf(event, now),
  );

const NodeFigures = z.object({
  node: z.string(),
  metrics: z.array(z.object({ name: z.string(), value: z.number(), timestamp: z.string() })),
  as_of: z.string(),
});

export const readMetrics = route(
  {
    method: "GET",
    path: "/:id/metrics",
    summary: "What a node measures",
    detail: "With `name` its timeline; without, the last figure of each name.",
    params: NodeParam,
    query: TimelineSpan.extend({ name: MetricName.optional() }),
    answers: { 200: { description: "The figures, or a timeline", schema: z.union([NodeFigures, Timeline]) } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { id }, query: { name, ...span } }) => {
    requireNodes(c, [id]);
    if (name === undefined) return c.json(await lastFigures(c, id));
    requireNames(c, [name]);
    const own = await ownIntake(c, id);
    return c.json(await readTimeline(c.env, { name, labels: nodeLabels(id) }, span, own === undefined ? [] : [own]));
  },
);

/** The object that has the node's newest series; undefined where nobody can say. */
async function ownIntake(c: AppContext, id: string): Promise<string | undefined> {
  const called = await callMonitor(c.env, id, (monitor) => monitor.status(id));
  if (!called.ok) return undefined;
  if (called.value === null) throw noNode(id);
  return intakeOfNode(id, called.value.pool, settings(c).INTAKE_PARTITIONS);
}

async function lastFigures(c: AppContext, id: string): Promise<z.infer<typeof NodeFigures>> {
  const own = await ownIntake(c, id);
  if (own === undefined) throw new AppError("unavailable", "The node's monitor cannot be reached. Try again.");
  const called = await callIntake(c.env, own, (intake) => intake.figures(nodeLabels(id)));
  if (!called.ok) throw new AppError(called.error.code, called.error.detail);
  return {
    node: id,
    metrics: called.value
      .filter(({ name }) => scopeAllows(c.get("principal").scope, "names", name))
      .map(({ at, ...figure }) => ({ ...figure, timestamp: new Date(at).toISOString() })),
    as_of: new Date().toISOString(),
  };
}
