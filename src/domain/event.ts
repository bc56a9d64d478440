/* What travels on queues: the parts of a range of one object's log, (from, to], for one purpose. */
import * as z from "zod";

/** Up to which row of an object's log, in which epoch, something has happened. `{ epoch: "", pos: 0 }` is the beginning. */
export const Cursor = z.object({ epoch: z.string().max(32), pos: z.number().int().nonnegative() });
export type Cursor = z.infer<typeof Cursor>;

/** Negative when `a` comes before `b`. */
export function compareCursors(a: Cursor, b: Cursor): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.pos - b.pos;
}

export const START: Cursor = { epoch: "", pos: 0 };

/** Rows (after, to] of an epoch, or all after `after` where `to` is null. */
export const Gap = z.object({
  epoch: z.string().max(32),
  after: z.number().int().nonnegative(),
  to: z.number().int().nonnegative().nullable(),
});
export type Gap = z.infer<typeof Gap>;

/** What every message of an outbox says of itself. It may arrive twice, late, out of order or not at all: the cursor row in
 * D1 is the guard. */
export const Envelope = z.object({
  v: z.literal(1),
  /** `PriceFeed/AAPL`: the class and name of the object that sends it. */
  object: z.string().min(1).max(300),
  purpose: z.string().min(1).max(64),
  /** What D1's cursor must be for this message to have an effect, and what it becomes. */
  from: Cursor,
  to: Cursor,
  /** Accepted events in the range, for the audit. */
  events: z.number().int().nonnegative(),
  /** What no later message will bring once this one had its effect: rows that are gone from the log, and what may follow
   * in the epochs that are left behind. */
  gaps: z.array(Gap).optional(),
});
export type Envelope = z.infer<typeof Envelope>;

export const OutboxMessage = Envelope.extend({
  /** One schema per purpose (domain/<domain>/); parsed one by one, so that a bad one is parked alone. */
  parts: z.array(z.unknown()),
});
export type OutboxMessage = z.infer<typeof OutboxMessage>;
