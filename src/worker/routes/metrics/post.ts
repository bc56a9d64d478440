/* POST /metrics: the door for samples. One call per owning object, all at once. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { answerOf, MAX_EVENTS } from "../../../domain/posting";
import { type MetricShare, outcomeOf, PostedMetrics, parseMetrics, sharesOf } from "../../../domain/telemetry/posting";
import { EXAMPLE, MetricInput } from "../../../domain/telemetry/sample";
import { appendBatch } from "../../call-object";
import type { AppContext } from "../../context";
import { callIntake, intakeName, noteSamples } from "../../intakes";
import { requireNames } from "../../middleware/scope";
import { eventsIn, readJson } from "../../read-body";
import { requestKey } from "../../request-key";
import { route } from "../../route";

export const post = route(
  {
    method: "POST",
    path: "/",
    summary: "Post one sample of a metric or an array of them",
    detail:
      "At most 1,000 samples and 1 MB, `Content-Encoding: gzip` taken, JSON whatever the Content-Type says. `timestamp` is " +
      "required: a time that cannot be read is refused, never taken as now. A 200 means stored durably and readable at " +
      "once. The same `id`, or the same request under one Idempotency-Key, changes no figure.",
    headers: { "Idempotency-Key": "Makes the whole request safe to repeat" },
    body: z.union([MetricInput, z.array(MetricInput).max(MAX_EVENTS)]),
    answers: { 200: { description: "Every sample is stored", schema: PostedMetrics } },
    errors: ["invalid_request", "too_large", "unsupported_encoding", "conflict", "unavailable"],
  },
  async (c) => {
    const { text, value } = await readJson(c);
    const inputs = eventsIn(value, "samples in one request", parseMetrics, { hint: ` This works: ${EXAMPLE}` });
    requireNames(
      c,
      inputs.map(({ name }) => name),
    );
    const source = c.get("principal").id;
    const shares = sharesOf(inputs, { source, ...requestKey(c, text) }, (group) => intakeName(c.env, source, group));
    const answers = await Promise.all(Array.from(shares, ([name, share]) => deliver(c, name, share)));
    const { body, problem } = outcomeOf(answers);
    if (problem !== undefined) throw new AppError(problem.code, problem.detail, body, problem.errors);
    return c.json(body);
  },
);

async function deliver(c: AppContext, name: string, share: MetricShare) {
  const called = await callIntake(c.env, name, (intake) => appendBatch(intake, share.request));
  const now = Date.now();
  const samples = share.request.events.flatMap(({ body }) => (body.type === "samples" ? body.samples : []));
  for (const metric of new Set(samples.map((sample) => sample.name))) noteSamples(c.env, metric, name, now);
  return { share, answer: answerOf(called) };
}
