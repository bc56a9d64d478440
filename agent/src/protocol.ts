/* What the agent and the object of its node say to each other on the socket. Types only come from the domain: its schemas
 * would bring zod into the bundle. */
import type { AGENT_BEAT, AGENT_OK, AgentAnswer, AgentMessage, SESSION_CLOSE } from "../../src/domain/nodes/session";

/** Answered by the runtime without waking the object, so these are compared as text: not a blank may differ. */
export const BEAT: typeof AGENT_BEAT = '{"type":"beat"}';
export const OK: typeof AGENT_OK = '{"type":"ok"}';

/** The close code of a session whose node has opened another one. */
export const REPLACED: (typeof SESSION_CLOSE)["replaced"] = 4010;

export type Message = AgentMessage;
export type Hello = Extract<AgentMessage, { type: "hello" }>;
export type Answer = AgentAnswer;
export type Welcome = Extract<AgentAnswer, { type: "welcome" }>;
export type Refused = Extract<AgentAnswer, { type: "error" }>;

const KNOWN: readonly string[] = ["ok", "welcome", "ack", "error"] satisfies Answer["type"][];

/** Undefined for what a later server may say and this agent does not know. */
export function readAnswer(text: string): Answer | undefined {
  if (text === OK) return { type: "ok" };
  try {
    const answer = JSON.parse(text) as { type?: unknown } | null;
    return KNOWN.includes(String(answer?.type)) ? (answer as Answer) : undefined;
  } catch {
    // Not JSON: not for us.
    return undefined;
  }
}
