/* What nodes say over HTTP: one beat, or beats of many nodes at once. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { Heartbeat } from "../../../domain/nodes/node";
import { NodeHeartbeat, PostedBeats, postedBeats, signalOf } from "../../../domain/nodes/posting";
import { MAX_EVENTS, parseEvents } from "../../../domain/posting";
import { aheadOf } from "../../../domain/time";
import type { NodeSignal } from "../../../durable-objects/node-monitor";
import { type AppContext, settings } from "../../context";
import { requireNodes } from "../../middleware/scope";
import { signal } from "../../monitors";
import { mayRegister, noteRegistered, tooManyNodes } from "../../new-nodes";
import { readJson, summary } from "../../read-body";
import { route } from "../../route";
import { NodeParam } from "./param";

const ERRORS = ["invalid_request", "not_found", "too_large", "too_many_requests", "unavailable"] as const;
export const beat = route(
  {
    method: "POST",
    path: "/:id/heartbeats",
    summary: "One beat of a node",
    detail:
      "A node that nobody knows is registered, with 10 s between beats, suspect after 30 and down after 60 unless it says " +
      "`interval_s`. The body may be empty. A beat with a `timestamp` that is old or came before changes nothing.",
    params: NodeParam,
    body: Heartbeat,
    answers: { 200: { description: "Heard", schema: PostedBeats } },
    errors: ERRORS,
  },
  async (c, { params: { id } }) => {
    requireNodes(c, [id]);
    const posted = parse((await readJson(c, {})).value, Heartbeat);
    return say(
      c,
      posted.map((heartbeat) => ({ ...heartbeat, node: id })),
    );
  },
);

export const beats = route(
  {
    method: "POST",
    path: "/",
    summary: "Beats of many nodes",
    detail: "One object or an array of at most 1,000, each with its `node`.",
    body: z.union([NodeHeartbeat, z.array(NodeHeartbeat).max(MAX_EVENTS)]),
    answers: { 200: { description: "Heard", schema: PostedBeats } },
    errors: ERRORS,
  },
  async (c) => {
    const { value } = await readJson(c);
    if (Array.isArray(value) && value.length > MAX_EVENTS) {
      throw new AppError("too_large", `${value.length} beats in one request; at most ${MAX_EVENTS}.`);
    }
    const posted = parse(value, NodeHeartbeat);
    requireNodes(
      c,
      posted.map(({ node }) => node),
    );
    return say(c, posted);
  },
);

function parse<T extends Heartbeat>(value: unknown, schema: z.ZodType<T>): T[] {
  const now = Date.now();
  const parsed = parseEvents<T>(
    value,
    (event) => schema.safeParse(event),
    (event) => aheadOf(event, now),
  );
  if (parsed.ok) return parsed.value;
  throw new AppError("invalid_request", summary(parsed.error.length), {}, parsed.error);
}

async function say(c: AppContext, posted: NodeHeartbeat[]): Promise<Response> {
  const source = c.get("principal").id;
  const now = Date.now();
  const create = mayRegister(c.env, source, settings(c).NEW_NODES_PER_HOUR, now);
  const signals = posted.map((heartbeat): NodeSignal => {
    return { node: heartbeat.node, source, at: heartbeat.timestamp, signal: signalOf(heartbeat), create };
  });
  const answers = await signal(c.env, signals);
  noteRegistered(c.env, source, answers.filter(({ created }) => created).length, now);
  if (answers.some(({ status }) => status === null)) throw tooManyNodes();
  return c.json(postedBeats(answers));
}
