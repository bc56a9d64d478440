/* Which messages of one object and purpose have an effect, given where D1's cursor stands. Pure. */
import type { Cursor, OutboxMessage } from "../domain/event";

export interface Sorted<M> {
  /** They follow on each other from the cursor: one batch applies them all. */
  chain: M[];
  /** Their range is merged already, or belongs to an epoch that is over. */
  stale: M[];
  /** A message between them and the cursor is missing. */
  ahead: M[];
}

const same = (a: Cursor, b: Cursor): boolean => a.epoch === b.epoch && a.pos === b.pos;

/** Duplicates, overlaps and any order are sorted out here; the guard in D1 is what makes it safe. */
export function sortMessages<M extends { body: OutboxMessage }>(messages: M[], cursor: Cursor): Sorted<M> {
  const sorted: Sorted<M> = { chain: [], stale: [], ahead: [] };
  let at = cursor;
  const inOrder = [...messages].sort((a, b) => compare(a.body.to, b.body.to));
  for (const message of inOrder) {
    const { from, to } = message.body;
    if (same(from, at)) {
      sorted.chain.push(message);
      at = to;
    } else if (compare(from, at) > 0) sorted.ahead.push(message);
    else sorted.stale.push(message);
  }
  return sorted;
}

function compare(a: Cursor, b: Cursor): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.pos - b.pos;
}
