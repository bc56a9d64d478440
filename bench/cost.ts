/* From counted operations to dollars: Cloudflare's prices on the paid plan beyond what it includes, and the sums. Pure. */

/** What a run of the real objects did, counted. */
export interface Counts {
  /** Ticks, or alerts at one place. */
  events: number;
  /** HTTP requests of sources. */
  requests: number;
  /** Appends, alarms and confirmations: every call of a durable object is billed alike. */
  object_calls: number;
  /** Rows written in objects' SQLite, alarms included. */
  rows_written: number;
  messages: number;
  /** Writes, reads and deletes of queue messages, one per 64 KB each. */
  queue_operations: number;
  /** Invocations of the queue's consumer. */
  consumer_runs: number;
  d1_rows_written: number;
  points: number;
}

export type Operation = Exclude<keyof Counts, "events" | "messages">;

/** Dollars per million. */
export const PRICES: Record<Operation, number> = {
  requests: 0.3,
  object_calls: 0.15,
  rows_written: 1,
  queue_operations: 0.4,
  consumer_runs: 0.3,
  d1_rows_written: 1,
  points: 0.25,
};

/** A queue operation covers so many bytes of a message. */
const QUEUE_CHUNK = 64_000;

/** A delivered message is written, read and deleted. */
export const queueOperationsOf = (bytes: number): number => 3 * Math.max(1, Math.ceil(bytes / QUEUE_CHUNK));

/** The same counts for a million events. */
export function perMillion(counts: Counts): Counts {
  const entries = Object.entries(counts).map(([name, count]) => [name, (count * 1_000_000) / counts.events]);
  return Object.fromEntries(entries) as Counts;
}

/** Dollars per million events, each operation and their sum. */
export function dollarsPerMillion(counts: Counts): Record<Operation, number> & { total: number } {
  const each = Object.fromEntries(
    (Object.keys(PRICES) as Operation[]).map((name) => [name, (counts[name] / counts.events) * PRICES[name]]),
  ) as Record<Operation, number>;
  const total = Object.values(each).reduce((sum, dollars) => sum + dollars, 0);
  return { ...each, total };
}

/** What these operations cost. */
export const dollarsOf = (counts: Counts): number => (dollarsPerMillion(counts).total * counts.events) / 1_000_000;

export const MONTH_MINUTES = 30 * 24 * 60;

/** The same for so many times as long. */
export function times(counts: Counts, factor: number): Counts {
  const entries = Object.entries(counts).map(([name, count]) => [name, count * factor]);
  return Object.fromEntries(entries) as Counts;
}

/** What was done between two counts. */
export function difference(after: Counts, before: Counts): Counts {
  const entries = Object.entries(after).map(([name, count]) => [name, count - before[name as keyof Counts]]);
  return Object.fromEntries(entries) as Counts;
}

/** Two digits say nothing of what costs less than some cents. */
export const dollarText = (value: number): string => `$${value.toFixed(value < 0.1 ? 3 : 2)}`;
