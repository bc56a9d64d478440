/* How long things are kept: shown, changed, and tried before it happens. */
import {
  DEFAULT_POLICY,
  Retention,
  RetentionChange,
  RetentionPolicy,
  RetentionRun,
  RunRequest,
} from "../../domain/retention";
import { readInput } from "../read-body";
import { readLastRun, readPolicy, retain, writePolicy } from "../retention";
import { group, route } from "../route";

const show = route(
  {
    method: "GET",
    path: "/",
    summary: "How long things are kept, and what the cron did last",
    answers: { 200: { description: "The policy in force", schema: Retention } },
  },
  async (c) => {
    const [policy, last_run] = await Promise.all([readPolicy(c.env.DB), readLastRun(c.env.DB)]);
    return c.json({ policy, defaults: DEFAULT_POLICY, last_run });
  },
);

const change = route(
  {
    method: "PUT",
    path: "/",
    summary: "Change how long things are kept",
    detail:
      "What is not said is as it was by default. Nothing is deleted by this: the cron does it, hourly and in steps, and the " +
      "answer says what its next step will take.",
    body: RetentionPolicy,
    answers: { 200: { description: "The policy in force", schema: RetentionChange } },
    errors: ["invalid_request", "too_large"],
  },
  async (c) => {
    const policy = await readInput(c, RetentionPolicy);
    await writePolicy(c.env.DB, policy);
    return c.json({ policy, would_delete: await retain(c.env, policy, Date.now(), true) });
  },
);

const run = route(
  {
    method: "POST",
    path: "/run",
    summary: "One step of retention now, or what it would delete",
    detail: "A dry run unless `dry_run` is false. Repeating it is safe: what is gone is not counted again.",
    headers: { "Idempotency-Key": "Accepted; a repeat deletes what has become too old since" },
    body: RunRequest,
    answers: { 200: { description: "What went, or would go", schema: RetentionRun } },
    errors: ["invalid_request", "too_large"],
  },
  async (c) => {
    const { dry_run } = await readInput(c, RunRequest);
    return c.json(await retain(c.env, await readPolicy(c.env.DB), Date.now(), dry_run));
  },
);

export const retention = [group("Operations", "/api/v1/retention", "retention:manage", [show, change, run])];
