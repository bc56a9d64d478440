/* The arithmetic of an outbox: which part of a log is confirmed, sent and due. No I/O, no clock. */
import { type Cursor, type Gap, START } from "../event";

/** Waits before what was sent and not confirmed is sent again. */
export const BACKOFF_MS = [30_000, 120_000, 600_000, 1_800_000] as const;

/** The epoch of an object began when the one before stood at `after`. */
export interface Fork {
  epoch: string;
  after: Cursor;
}

export interface OutboxState {
  /** D1's cursor as last heard of: the next message builds on exactly it. */
  confirmed: Cursor;
  /** Position of the last row sent; never below what is confirmed. */
  sent: number;
  /** When a message last left, and when it was last asked what became of it. */
  sentAt: number;
  askedAt: number;
  /** How often the unconfirmed range was sent. */
  attempt: number;
  /** When the oldest row not sent was written; undefined when there is none. */
  gatheringSince: number | undefined;
}

export const newOutbox = (): OutboxState => ({
  confirmed: START,
  sent: 0,
  sentAt: 0,
  askedAt: 0,
  attempt: 0,
  gatheringSince: undefined,
});

/** The position in the present log up to which a cursor says that everything is confirmed. Forks are in order of birth,
 * each following on the one before.
 *
 * A cursor of an epoch we left at a fork counts up to that fork: what it confirmed beyond is not in this log. A cursor of
 * an epoch we never saw, born before one of our forks, is of a branch that a restore cut off: it left our history after
 * the restored moment, so everything up to that fork is confirmed. Undefined when only a restore behind our back explains
 * the cursor. */
export function resumeAt(cursor: Cursor, epoch: string, forks: Fork[]): number | undefined {
  if (cursor.epoch === "") return 0;
  if (cursor.epoch === epoch) return cursor.pos;
  let from = forks.findIndex((fork) => fork.after.epoch === cursor.epoch);
  let pos = cursor.pos;
  if (from < 0) {
    from = forks.findIndex((fork) => fork.epoch > cursor.epoch);
    if (from < 0) return undefined;
    pos = forks[from]?.after.pos ?? 0;
  }
  for (const fork of forks.slice(from)) pos = Math.min(pos, fork.after.pos);
  return pos;
}

/** The rows (after, to] of the present log, by the epochs in which they were written. */
export function rowsByEpoch(
  after: number,
  to: number,
  epoch: string,
  forks: readonly Fork[],
): (Gap & { to: number })[] {
  const ends = [...forks.map((fork) => fork.after), { epoch, pos: Number.POSITIVE_INFINITY }];
  let from = after;
  return ends.flatMap((end) => {
    const rows = { epoch: end.epoch, after: from, to: Math.min(to, end.pos) };
    from = Math.max(from, rows.to);
    return rows.to > rows.after ? [rows] : [];
  });
}

/** What D1 lacks for good when a message takes it from `from` to row `to`: the rows above `pos` that are gone from the log,
 * and whatever else the epochs had that it leaves. Of the latter it has what its cursor said, and what the message brings.
 * @param first the first row above `pos` that there is */
export function gapsOf(
  from: Cursor,
  { pos, first, to }: { pos: number; first: number | undefined; to: number },
  epoch: string,
  forks: readonly Fork[],
): Gap[] {
  const left = new Map<string, number>();
  const leave = (one: string, at: number) => one !== epoch && left.set(one, Math.max(left.get(one) ?? 0, at));
  if (from.epoch !== "") leave(from.epoch, from.pos);
  for (const rows of rowsByEpoch(pos, to, epoch, forks)) leave(rows.epoch, rows.to);
  return [
    ...rowsByEpoch(pos, (first ?? pos + 1) - 1, epoch, forks),
    ...[...left].map(([one, after]) => ({ epoch: one, after, to: null })),
  ];
}

/** When the outbox next has something to do; undefined when all is sent and confirmed. */
export function dueAt(outbox: OutboxState, confirmedPos: number, delayMs: number): number | undefined {
  const again =
    outbox.sent > confirmedPos
      ? Math.max(outbox.sentAt, outbox.askedAt) +
        (BACKOFF_MS[Math.min(outbox.attempt, BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0])
      : undefined;
  const first = outbox.gatheringSince === undefined ? undefined : outbox.gatheringSince + delayMs;
  if (again === undefined || first === undefined) return again ?? first;
  return Math.min(again, first);
}
