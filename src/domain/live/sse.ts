/* Server-sent events: the same frames as on a socket, and an id that says how far all topics are.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html */
import * as z from "zod";
import type { ControlMessage, Frame } from "../frame";
import { Position } from "../ledger/position";

export const MAX_SSE_TOPICS = 10;

/** (epoch, seq) per topic, in the order of the topics; null where nothing was received yet. */
const EventId = z.array(z.tuple([Position.shape.epoch, Position.shape.seq]).nullable()).max(MAX_SSE_TOPICS);

/** Base64url of the JSON list. Epochs are ASCII. */
export function formatEventId(positions: readonly (Position | null)[]): string {
  const json = JSON.stringify(positions.map((p) => (p === null ? null : [p.epoch, p.seq])));
  return btoa(json).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Undefined when the text is no event id for this number of topics. */
export function parseEventId(text: string, topics: number): (Position | null)[] | undefined {
  try {
    const list = EventId.parse(JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/"))));
    if (list.length !== topics) return undefined;
    return list.map((entry) => (entry === null ? null : { epoch: entry[0], seq: entry[1] }));
  } catch {
    /* Not base64, not JSON, or not a list of positions: an id of somebody else. */
    return undefined;
  }
}

/** Keeps a silent connection open through proxies. */
export const KEEP_ALIVE = ": keep-alive\n\n";

/** How long a client waits before it reconnects. */
export const retryHint = (ms: number): string => `retry: ${Math.round(ms)}\n\n`;

/** Translates what a hub sends, message by message. */
export class SseTranslator {
  readonly #topics: readonly string[];
  readonly #positions: (Position | null)[];

  constructor(topics: readonly string[], positions: readonly (Position | null)[]) {
    this.#topics = topics;
    this.#positions = [...positions];
  }

  /** Positions of the topics that have any, for acknowledging. */
  get positions(): (Position & { topic: string })[] {
    return this.#topics.flatMap((topic, i) => {
      const position = this.#positions[i];
      return position ? [{ topic, ...position }] : [];
    });
  }

  /** The event for a message; empty for what means nothing to a listener of events. */
  translate(text: string): string {
    const message = JSON.parse(text) as Frame | ControlMessage;
    switch (message.type) {
      case "hello":
      case "pong":
        return "";
      // `error` is the browser's own event for a broken connection.
      case "error":
        return `event: problem\ndata: ${text}\n\n`;
      case "unknown":
        return `event: unknown\ndata: ${text}\n\n`;
      case "position":
        for (const { topic, ...position } of (message as Extract<ControlMessage, { type: "position" }>).topics) {
          this.#move(topic, position);
        }
        return `id: ${formatEventId(this.#positions)}\n\n`;
      default: {
        const { topic, epoch, seq } = message as Frame;
        this.#move(topic, { epoch, seq });
        return `id: ${formatEventId(this.#positions)}\ndata: ${text}\n\n`;
      }
    }
  }

  #move(topic: string, position: Position): void {
    const i = this.#topics.indexOf(topic);
    if (i >= 0) this.#positions[i] = position;
  }
}
