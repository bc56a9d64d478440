/* What the agent and the object of its node say to each other on the socket. */

/** Answered by the runtime without waking the object, so these are compared as text: not a blank may differ. */
export const BEAT = '{"type":"beat"}';
export const OK = '{"type":"ok"}';

export interface Hello {
  type: "hello";
  boot_id: string;
  interval_s: number;
  pool?: string;
  version: string;
  message?: string;
}

export type ServerMessage =
  | { type: "ok" }
  | { type: "welcome"; interval_s: number; metrics_every_s: number; now: string | number }
  | { type: "ack"; id: string }
  | { type: "error"; code: string; detail: string; id?: string };

const KNOWN = ["ok", "welcome", "ack", "error"];

/** Undefined for what a later server may say and this agent does not know. */
export function readMessage(text: string): ServerMessage | undefined {
  if (text === OK) return { type: "ok" };
  try {
    const message = JSON.parse(text) as { type?: unknown } | null;
    return KNOWN.includes(String(message?.type)) ? (message as ServerMessage) : undefined;
  } catch {
    // Not JSON: not for us.
    return undefined;
  }
}
