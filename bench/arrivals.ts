/* From arrivals to figures: the arithmetic of a run of alerts. Pure. */
import type { Arrival } from "./load/alert-crowd.ts";
import { type Spread, spreadOf } from "./statistics.ts";

export interface Measures {
  /** From acceptance to the last socket, one figure per alert. */
  lastMs: Spread;
  /** All sockets together. */
  messagesPerSecond: number;
  alerts: number;
}

/** When each of so many is due at a constant rate. */
export const evenly = (count: number, perSecond: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * 1_000) / perSecond);

/** @param startMs when each began, where that is not what the server says itself */
export function measuresOf(arrivals: Arrival[], startMs?: number[]): Measures {
  const starts = arrivals.map(({ acceptedMs }, i) => startMs?.[i] ?? acceptedMs);
  const lastMs = spreadOf(arrivals.map(({ lastMs }, i) => lastMs - (starts[i] as number)));
  const seconds = (Math.max(...arrivals.map(({ lastMs }) => lastMs)) - Math.min(...starts)) / 1_000;
  const messages = arrivals.reduce((sum, { sockets }) => sum + sockets, 0);
  return { lastMs, messagesPerSecond: messages / seconds, alerts: arrivals.length };
}
