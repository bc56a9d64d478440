/* Which messages of one object and purpose have an effect, given where D1's cursor stands. Pure. */
import { type Cursor, compareCursors, type Envelope, type Gap } from "../domain/event";

export interface Sorted<M> {
  /** They follow on each other from the cursor: one batch applies them all. */
  chain: M[];
  /** Their range is merged already, or belongs to an epoch that is over. */
  stale: M[];
  /** A message between them and the cursor is missing. */
  ahead: M[];
}

/** Duplicates, overlaps and any order are sorted out here; the guard in D1 is what makes it safe. */
export function sortMessages<M extends { body: Envelope }>(messages: M[], cursor: Cursor): Sorted<M> {
  const sorted: Sorted<M> = { chain: [], stale: [], ahead: [] };
  let at = cursor;
  const inOrder = [...messages].sort((a, b) => compareCursors(a.body.to, b.body.to));
  for (const message of inOrder) {
    const { from, to } = message.body;
    const place = compareCursors(from, at);
    if (place === 0) {
      sorted.chain.push(message);
      at = to;
    } else if (place > 0) sorted.ahead.push(message);
    else sorted.stale.push(message);
  }
  return sorted;
}

/** What D1 passes by with these messages. */
export const gapsIn = (bodies: readonly Envelope[]): Gap[] => bodies.flatMap(({ gaps }) => gaps ?? []);
