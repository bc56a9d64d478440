/* Addresses that scripts ping, as clients of two families of monitors speak them: healthchecks pings under /ping, push
 * monitors under /api/push. The key stands in the address, answers are what those clients expect. */
import * as z from "zod";
import type { Signal } from "../../domain/nodes/decide";
import { NodeId } from "../../domain/nodes/node";
import { type AppContext, settings } from "../context";
import { signal } from "../monitors";
import { mayRegister, noteRegistered } from "../new-nodes";
import { isPingKey, isUuid, nodeByPingKey } from "../ping-keys";
import { readText } from "../read-body";
import { group, type Method, type Route, route } from "../route";

/** What a ping may carry, as its header says; of that a message keeps the beginning. */
const BODY_LIMIT = 100_000;
const MESSAGE_LENGTH = 1_000;
const SOURCE = "ping";

const Query = z.object({
  create: z.enum(["0", "1"]).optional().describe("1: a name that nobody knows becomes a node"),
  rid: z.string().max(64).optional().describe("A UUID that pairs a start with its end"),
});

const text = (body: string, status = 200): Response =>
  new Response(body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "ping-body-limit": String(BODY_LIMIT),
      "access-control-allow-origin": "*",
      "cache-control": "no-store",
    },
  });

/** Undefined for what is no action. */
function signalOf(action: string | undefined, message: string | undefined): Signal | undefined {
  switch (action) {
    case undefined:
    case "0":
      return { type: "beat", status: "ok", message };
    case "start":
    case "fail":
    case "log":
      return { type: action, message };
    default: {
      const code = /^\d{1,3}$/.test(action) ? Number(action) : 256;
      return code > 255 ? undefined : { type: "fail", message: `exit code ${code}${message ? `: ${message}` : ""}` };
    }
  }
}

async function messageOf(c: AppContext): Promise<string | undefined> {
  if (c.req.method !== "POST") return undefined;
  const body = (await readText(c)).slice(0, MESSAGE_LENGTH).trim();
  return body === "" ? undefined : body;
}

interface Ping {
  /** Undefined where nobody is meant. */
  node: string | undefined;
  action: string | undefined;
  create: boolean;
}

/** A UUID in first place is a node's own key; anything else must be the installation's, with the node's name after it. */
async function pingOf(c: AppContext, key: string, rest: string[], create: boolean): Promise<Ping> {
  if (isUuid(key)) return { node: await nodeByPingKey(c.env, key, Date.now()), action: rest[0], create: false };
  const [slug, action] = rest;
  const isKnown = (await isPingKey(c.env, key)) && NodeId.safeParse(slug).success;
  return { node: isKnown ? slug : undefined, action, create };
}

async function take(c: AppContext, ping: Ping): Promise<Response> {
  const { node, action, create } = ping;
  if (signalOf(action, undefined) === undefined) return text("invalid url format", 400);
  // Before anything of a body is read: anybody may send one here, and as slowly as they like.
  if (node === undefined) return text("not found", 404);
  const said = signalOf(action, await messageOf(c)) as Signal;
  const now = Date.now();
  const mayCreate = create && mayRegister(c.env, SOURCE, settings(c).NEW_NODES_PER_HOUR, now);
  const [answer] = await signal(c.env, [{ node, source: SOURCE, signal: said, create: mayCreate }]);
  if (answer === undefined || answer.status === null) {
    return create && !mayCreate ? text("too many new nodes", 429) : text("not found", 404);
  }
  if (!answer.created) return text("OK");
  noteRegistered(c.env, SOURCE, 1, now);
  return text("Created", 201);
}

const Action = z.string().min(1).max(16);

function ping(method: Method, path: string, params: z.ZodObject, summary: string): Route {
  return route(
    {
      method,
      path,
      summary,
      params,
      query: Query,
      answers: { 200: { description: "OK", contentType: "text/plain" } },
      errors: ["invalid_request", "not_found", "too_many_requests", "unavailable"],
    },
    async (c, { params: names, query }) => {
      if (query.rid !== undefined && !isUuid(query.rid)) return text("invalid uuid format", 400);
      const { key = "", slug, action } = names as Record<string, string | undefined>;
      const rest = [slug, action].filter((part) => part !== undefined);
      return take(c, await pingOf(c, key, rest, query.create === "1"));
    },
  );
}

const Key = z.object({ key: z.string().min(1).max(64) });
const OneMore = Key.extend({ slug: z.string().min(1).max(64) });
const TwoMore = OneMore.extend({ action: Action });

const pingRoutes = (["GET", "POST"] as const).flatMap((method) => [
  ping(method, "/:key", Key, "A job has run"),
  ping(method, "/:key/:slug", OneMore, "By key: start, fail, log or an exit code. By name: the job has run"),
  ping(method, "/:key/:slug/:action", TwoMore, "By name: start, fail, log or an exit code"),
]);

const Push = z.object({
  status: z.enum(["up", "down"]).default("up"),
  msg: z.string().max(MESSAGE_LENGTH).optional(),
  ping: z.string().max(32).optional().describe("Milliseconds; kept with the message"),
});

const push = (method: Method): Route =>
  route(
    {
      method,
      path: "/:token",
      summary: "A push monitor says up or down",
      params: z.object({ token: z.string().min(1).max(64) }),
      query: Push,
      answers: { 200: { description: '{"ok":true}', schema: z.object({ ok: z.literal(true) }) } },
      errors: ["invalid_request", "not_found", "unavailable"],
    },
    async (c, { params: { token }, query }) => {
      const node = isUuid(token) ? await nodeByPingKey(c.env, token, Date.now()) : undefined;
      const message = [query.msg, query.ping ? `${query.ping} ms` : ""].filter(Boolean).join(" · ") || undefined;
      const said: Signal =
        query.status === "down" ? { type: "fail", message } : { type: "beat", status: "ok", message };
      const [answer] =
        node === undefined ? [] : await signal(c.env, [{ node, source: SOURCE, signal: said, create: false }]);
      if (answer === undefined || answer.status === null) {
        return c.json({ ok: false, msg: "Monitor not found or not active." }, 404);
      }
      return c.json({ ok: true });
    },
  );

export const pings = [
  group("Pings", "/ping", "public", pingRoutes),
  group("Pings", "/api/push", "public", [push("GET"), push("POST"), push("PUT")]),
];
