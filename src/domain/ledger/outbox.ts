/* The arithmetic of an outbox: which part of a log is confirmed, sent and due. No I/O, no clock. */
import { type Cursor, START } from "../event";
import type { Fork } from "./core";

/** Waits before what was sent and not confirmed is sent again. */
export const BACKOFF_MS = [30_000, 120_000, 600_000, 1_800_000] as const;

export interface OutboxState {
  /** D1's cursor as last heard of: the next message builds on exactly it. */
  confirmed: Cursor;
  /** Position of the last row sent; never below what is confirmed. */
  sent: number;
  sentAt: number;
  /** How often the unconfirmed range was sent. */
  attempt: number;
  /** When the oldest row not sent was written; undefined when there is none. */
  gatheringSince: number | undefined;
}

export const newOutbox = (): OutboxState => ({
  confirmed: START,
  sent: 0,
  sentAt: 0,
  attempt: 0,
  gatheringSince: undefined,
});

/** The position in the present log that a cursor stands for. A cursor of an earlier epoch counts up to the fork: what
 * it confirmed beyond is not in this log. Undefined when its epoch is none of ours. */
export function resumeAt(cursor: Cursor, epoch: string, forks: Fork[]): number | undefined {
  let { epoch: at, pos } = cursor;
  if (at === "") return 0;
  for (const fork of forks) {
    if (fork.after.epoch !== at) continue;
    pos = Math.min(pos, fork.after.pos);
    at = fork.epoch;
  }
  return at === epoch ? pos : undefined;
}

/** When the outbox next has something to do; undefined when all is sent and confirmed. */
export function dueAt(outbox: OutboxState, confirmedPos: number, delayMs: number): number | undefined {
  const again =
    outbox.sent > confirmedPos
      ? outbox.sentAt + (BACKOFF_MS[Math.min(outbox.attempt, BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0])
      : undefined;
  const first = outbox.gatheringSince === undefined ? undefined : outbox.gatheringSince + delayMs;
  if (again === undefined || first === undefined) return again ?? first;
  return Math.min(again, first);
}
