/* What a replay of a domain is: its entries run through the domain's own code again, and what comes out beside what an
 * installation answers. */
import type { ArchiveLine } from "../../src/domain/archive/line";

/** Event time, epoch ms, half-open. */
export interface ReplaySpan {
  from: number;
  to: number;
}

/** GET below /api/v1; undefined when there is nothing there. */
export type Ask = (path: string) => Promise<unknown>;

export interface Difference {
  key: string;
  archived: unknown;
  stored: unknown;
}

export interface Comparison {
  what: string;
  compared: number;
  differences: Difference[];
}

export interface Replayer {
  /** Each ledger's entries in the order of its log. */
  take(line: ArchiveLine): void;
  compare(ask: Ask): Promise<Comparison[]>;
}

export const newComparison = (what: string): Comparison => ({ what, compared: 0, differences: [] });

/** Sums of doubles depend on their order by so much. */
const ROUNDING = 1e-9;

export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") {
    return a === b || Math.abs(a - b) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b));
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

export function compare(comparison: Comparison, key: string, archived: unknown, stored: unknown): void {
  comparison.compared++;
  if (!isSame(archived, stored)) comparison.differences.push({ key, archived, stored });
}

/** Rows of both sides by a key: what only one has is a difference as well. */
export function compareRows<R>(
  comparison: Comparison,
  prefix: string,
  keyOf: (row: R) => string,
  archived: readonly R[],
  stored: readonly R[],
): void {
  const left = new Map(stored.map((row) => [keyOf(row), row]));
  for (const row of archived) {
    const key = keyOf(row);
    compare(comparison, `${prefix} ${key}`, row, left.get(key));
    left.delete(key);
  }
  for (const [key, row] of left) compare(comparison, `${prefix} ${key}`, undefined, row);
}
