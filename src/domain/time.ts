/* Times as sources send them. */
import * as z from "zod";
import { bucketStart } from "./bucket";

const SECONDS_LOOK_LIKE = 100_000_000_000; // epoch ms below this is 1973: surely seconds
/** What RFC 3339 can write: four digits of a year. A Date can hold more, and would be answered as no time at all. */
const MIN_TIME_MS = Date.parse("0000-01-01T00:00:00Z");
const MAX_TIME_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** A union reports nothing better than "invalid" by itself. */
export function orMissing(message: string): (issue: { input?: unknown }) => string {
  return (issue) => (issue.input === undefined ? "is missing" : message);
}

const EpochMs = z
  .number()
  .int()
  .superRefine((at, ctx) => {
    if (at < 0 || at > MAX_TIME_MS) ctx.addIssue({ code: "custom", message: "is no epoch time in milliseconds" });
    else if (at > 0 && at < SECONDS_LOOK_LIKE) {
      ctx.addIssue({ code: "custom", message: "looks like epoch seconds; send epoch milliseconds" });
    }
  });

/** An offset can carry the first and the last hours out of what can be written back. */
const Rfc3339 = z.iso
  .datetime({ offset: true })
  .transform((s) => Date.parse(s))
  .refine((at) => at >= MIN_TIME_MS, { error: "lies before the year 0000" })
  .refine((at) => at <= MAX_TIME_MS, { error: "lies after the year 9999" });

/** RFC 3339 or epoch ms, as epoch ms. How far ahead it may lie is asked apart: a schema has no clock. */
export const Timestamp = z.union([EpochMs, Rfc3339], {
  error: orMissing("must be an RFC 3339 time such as 2026-11-21T10:00:00Z, or epoch milliseconds"),
});

const MAX_AHEAD_MS = 5 * 60_000;
export const LIES_AHEAD = "lies more than 5 minutes ahead";
export const liesAhead = (at: number, now: number): boolean => at > now + MAX_AHEAD_MS;

/** What is wrong with the time of an event as it came, where it can be read: a schema has no clock. */
export function aheadOf(event: unknown, now: number): { field: string; detail: string } | undefined {
  const at = timestampOf(event);
  return at !== undefined && liesAhead(at, now) ? { field: "timestamp", detail: LIES_AHEAD } : undefined;
}

/** What the schema takes as epoch milliseconds. */
export const isEpochMs = (at: unknown): at is number =>
  Number.isInteger(at) && (at as number) >= SECONDS_LOOK_LIKE && (at as number) <= MAX_TIME_MS;

/** The time of an event as it came, epoch ms; undefined where it has none that can be read. */
export function timestampOf(event: unknown): number | undefined {
  if (typeof event !== "object" || event === null || !("timestamp" in event)) return undefined;
  const { timestamp } = event;
  return isEpochMs(timestamp) ? timestamp : Timestamp.safeParse(timestamp).data;
}

const SECONDS_AND_REST = "00.000Z".length;
const padded = (count: number, digits: number) =>
  Array.from({ length: count }, (_, i) => String(i).padStart(digits, "0"));
const SECONDS = padded(60, 2);
const MILLISECONDS = padded(1_000, 3);
/** Most times that are written are of the minute of the one before. */
let written = { minute: Number.NaN, text: "" };

/** What `toISOString` writes, at a tenth of its cost.
 * @param epochMs what is less than a millisecond is cut off; throws a RangeError for minutes that no Date can hold */
export function isoOf(epochMs: number): string {
  const at = Math.trunc(epochMs);
  const minute = bucketStart(at, "minute");
  if (minute !== written.minute) {
    written = { minute, text: new Date(minute).toISOString().slice(0, -SECONDS_AND_REST) };
  }
  const rest = at - minute;
  const seconds = Math.floor(rest / 1_000);
  return `${written.text}${SECONDS[seconds]}.${MILLISECONDS[rest - seconds * 1_000]}Z`;
}
