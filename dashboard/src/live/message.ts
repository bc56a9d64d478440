/* Reading what the stream sends. The union is domain/frame.ts; its zod schemas stay out of the bundle (types only), so the
 * few fields this page relies on are checked by hand, and what is not understood is dropped instead of trusted. */
import type { ControlMessage, Frame, PING as PingText, PONG as PongText } from "../../../src/domain/frame";

/** The exact text the runtime answers by itself; the type keeps it equal to the contract's. */
export const PING: typeof PingText = '{"type":"ping"}';
export const PONG: typeof PongText = '{"type":"pong"}';

export type ServerMessage = { kind: "frame"; frame: Frame } | { kind: "control"; message: ControlMessage };

const CONTROL = new Set<string>(["hello", "snapshot", "position", "unknown", "error", "pong"]);

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

const hasPosition = (value: unknown): boolean =>
  isFields(value) && typeof value.epoch === "string" && Number.isInteger(value.seq);

const onTopic = (value: unknown): boolean => isFields(value) && typeof value.topic === "string";

function isControl(fields: Fields): boolean {
  switch (fields.type) {
    case "hello":
      return typeof fields.stream === "string" && typeof fields.retry_ms === "number";
    case "snapshot":
      return onTopic(fields) && hasPosition(fields);
    case "position":
      return Array.isArray(fields.topics) && fields.topics.every((t) => onTopic(t) && hasPosition(t));
    case "unknown":
      return onTopic(fields);
    case "error":
      return typeof fields.code === "string";
    default:
      return fields.type === "pong";
  }
}

/** Undefined for what is not a message of the protocol. */
export function readMessage(text: string): ServerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // Not JSON: nothing of this protocol.
  }
  if (!isFields(value) || typeof value.type !== "string") return undefined;
  if (CONTROL.has(value.type)) {
    return isControl(value) ? { kind: "control", message: value as ControlMessage } : undefined;
  }
  const isFrame = onTopic(value) && hasPosition(value) && typeof value.at === "string";
  return isFrame ? { kind: "frame", frame: value as unknown as Frame } : undefined;
}
