/* Aggregations: POST /requests/aggregate submits one, the queue works it, GET /requests/aggregate/{id} shows it. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { fingerprint } from "../../../domain/ledger/fingerprint";
import { AggregateInput } from "../../../domain/requests/aggregate";
import { Aggregation, SubmittedAggregation } from "../../../domain/requests/answers";
import { isoOf } from "../../../domain/time";
import { findAggregation, submitAggregation } from "../../../storage/queries/requests";
import type { AppContext } from "../../context";
import { readInput } from "../../read-body";
import { idempotencyKey } from "../../request-key";
import { route } from "../../route";

export const submit = route(
  {
    method: "POST",
    path: "/aggregate",
    summary: "Ask for the figures of all requests of a span",
    detail: "Worked by the queue within seconds; at most 366 days. The span is widened to whole minutes.",
    headers: { "Idempotency-Key": "The same key gives the same aggregation" },
    body: AggregateInput,
    answers: { 202: { description: "It will be worked", schema: SubmittedAggregation } },
    errors: ["invalid_request", "too_large", "unsupported_encoding", "conflict", "unavailable"],
  },
  async (c) => {
    const { start_time, end_time, metrics } = await readInput(c, AggregateInput);
    const asked = { aggregation_id: newId(c), start_time, end_time, metrics };
    const row = await submitAggregation(c.env.DB, asked, Date.now());
    const isSame = JSON.stringify([row.start_time, row.end_time, row.metrics]);
    if (isSame !== JSON.stringify([start_time, end_time, metrics])) {
      throw new AppError("conflict", "This Idempotency-Key was used for another aggregation.");
    }
    // A message that was lost before is made up for by the repetition.
    if (row.done_at === null) await c.env.AGGREGATIONS.send({ v: 1, aggregation_id: row.aggregation_id });
    const body = {
      status: "success" as const,
      message: "Aggregation request submitted." as const,
      aggregation_id: row.aggregation_id,
    };
    return c.json(body, 202);
  },
);

/** Two keys that differ give ids that differ: two fingerprints of each. */
function newId(c: AppContext): string {
  const key = idempotencyKey(c);
  if (key === undefined) return crypto.randomUUID();
  const name = `${c.get("principal").id}/${key}`;
  return `${fingerprint(name).toString(36)}-${fingerprint(`${name}/again`).toString(36)}`;
}

export const aggregation = route(
  {
    method: "GET",
    path: "/aggregate/:id",
    summary: "An aggregation and, once it was worked, its figures",
    params: z.object({ id: z.string().min(1).max(64) }),
    answers: { 200: { description: "The aggregation", schema: Aggregation } },
    errors: ["not_found"],
  },
  async (c, { params: { id } }) => {
    const row = await findAggregation(c.env.DB, id);
    if (row === undefined) throw new AppError("not_found", `No aggregation ${id}.`);
    const metrics = row.result ?? row.metrics.map((name) => ({ metric_name: name, metric_value: null }));
    const data = {
      aggregation_id: row.aggregation_id,
      state: row.done_at === null ? ("submitted" as const) : ("done" as const),
      start_time: isoOf(row.start_time),
      end_time: isoOf(row.end_time),
      total_requests: row.total_requests,
      metrics,
      submitted_at: isoOf(row.submitted_at),
      as_of: row.done_at === null ? null : isoOf(row.done_at),
    };
    return c.json({ status: "success", data } satisfies z.infer<typeof Aggregation>);
  },
);
