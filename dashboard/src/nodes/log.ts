/* A node's history as far as it was read: pages of it put together. Pure. */
import type { NodeEventItem, NodeHistory } from "../../../src/domain/nodes/posting";

export interface Log {
  /** Newest first, without holes. */
  events: readonly NodeEventItem[];
  /** Where older ones are; null when there are none, undefined before the first answer. */
  next: string | null | undefined;
}

export const NO_LOG: Log = { events: [], next: undefined };

const idOf = ({ epoch, seq }: NodeEventItem): string => `${epoch}:${seq}`;

/** With the newest page. One that does not reach what is here would leave a hole: then the log begins anew with it. */
export function withNewest(log: Log, { events, next_cursor }: Pick<NodeHistory, "events" | "next_cursor">): Log {
  const known = new Set(log.events.map(idOf));
  const fresh = events.filter((event) => !known.has(idOf(event)));
  if (log.next === undefined || fresh.length === events.length) return { events, next: next_cursor };
  return fresh.length === 0 ? log : { events: [...fresh, ...log.events], next: log.next };
}

/** With the page that `log.next` asked for. */
export function withOlder(log: Log, { events, next_cursor }: Pick<NodeHistory, "events" | "next_cursor">): Log {
  const known = new Set(log.events.map(idOf));
  return { events: [...log.events, ...events.filter((event) => !known.has(idOf(event)))], next: next_cursor };
}

/** Whether more must be read to know what was since `from`, epoch ms. */
export function lacks({ events, next }: Log, from: number): boolean {
  const oldest = events.at(-1);
  return typeof next === "string" && oldest !== undefined && Date.parse(oldest.at) > from;
}
