/* An agent's session: who opens it, what it may say, what it says and is told. */

import * as z from "zod";
import { Scope, scopeAllows } from "../../domain/access/scope";
import type { Beat } from "../../domain/nodes/decide";
import { NodeId } from "../../domain/nodes/node";
import type { AgentAnswer, AgentMessage } from "../../domain/nodes/session";
import { asciiJson } from "../hub/seat";

/** Set by the Worker and nobody else: it builds the request to the object from nothing. */
export const SESSION_HEADER = "x-tidings-session";
/** In the answer where the session has registered its node. */
export const REGISTERED_HEADER = "x-tidings-registered";

/** Who speaks: the node, the id of the key that it came with, and which metrics that key may touch; absent: all. */
export const Speaker = z.object({ node: NodeId, source: z.string(), names: Scope.shape.names });
export type Speaker = z.infer<typeof Speaker>;

/** A node that nobody knows is registered where `create` says so. */
const Caller = Speaker.extend({ create: z.boolean() });
export type Caller = z.infer<typeof Caller>;

export const sessionHeader = (caller: Caller): string => asciiJson(caller);

export const callerOf = ({ headers }: Request): Caller =>
  Caller.parse(JSON.parse(headers.get(SESSION_HEADER) ?? "null"));

/** What of a message its key may not touch. */
export const foreignMetric = ({ names }: Speaker, metrics: Record<string, number>): string | undefined =>
  names === undefined ? undefined : Object.keys(metrics).find((name) => !scopeAllows({ names }, "names", name));

/** Every message is a beat; some say more. */
export function beatOf(message: AgentMessage | undefined): Beat {
  switch (message?.type) {
    case "hello": {
      const { boot_id, interval_s, pool, message: text } = message;
      return { type: "beat", status: "ok", boot_id, interval_s, pool, message: text };
    }
    case "status":
      return { type: "beat", status: message.status, message: message.message };
    case "stopping":
      return { type: "beat", status: "stopping", message: message.message };
    default:
      return { type: "beat" };
  }
}

export function tell(ws: WebSocket, answer: AgentAnswer): void {
  try {
    ws.send(JSON.stringify(answer));
  } catch {
    /* Closed meanwhile, by the agent or by the runtime. */
  }
}
