/* How long things are kept. Age counts from the later of what a row is about and when it came: old data that is sent today
 * is not deleted tonight. */
import * as z from "zod";
import type { Resolution } from "./bucket";
import { DAY_MS } from "./units";

export const KEEP_MAX_DAYS = 3_650;

const days = (fallback: number, what: string) =>
  z.number().int().min(1).max(KEEP_MAX_DAYS).default(fallback).describe(`Days: ${what}`);

/** What is not said is as it was by default. */
export const RetentionPolicy = z.strictObject({
  raw_days: days(30, "the archive's entries and their manifest"),
  minute_days: days(30, "minute candles, minutes of metrics and requests, reports of hours"),
  hour_days: days(365, "hours of the same"),
  day_days: days(365, "days of the same"),
  history_days: days(
    365,
    "alerts that are over, with their events and reach; events of nodes; reports of days; aggregations",
  ),
  point_days: days(90, "rows of table points, on the local server; Analytics Engine keeps three months by itself"),
});
export type RetentionPolicy = z.infer<typeof RetentionPolicy>;

export const DEFAULT_POLICY: RetentionPolicy = RetentionPolicy.parse({});

/** What shares an age limit. */
export type KeptTier = "raw" | Resolution | "history" | "point";
export type Cutoffs = Record<KeptTier, number>;

/** What is older than these moments (epoch ms) goes. */
export function cutoffsOf(policy: RetentionPolicy, now: number): Cutoffs {
  const before = (days: number): number => now - days * DAY_MS;
  return {
    raw: before(policy.raw_days),
    minute: before(policy.minute_days),
    hour: before(policy.hour_days),
    day: before(policy.day_days),
    history: before(policy.history_days),
    point: before(policy.point_days),
  };
}

const Time = z.iso.datetime();

/** What one step deleted of one thing, or would. */
export const SweptRow = z.object({
  what: z.string().describe("A table, a tier of an object, or the bucket"),
  before: Time.describe("What is older goes"),
  rows: z.number().int().describe("Of a step: at most its limit"),
  more: z.boolean().describe("There is more than one step takes; the next one goes on"),
});
export type SweptRow = z.infer<typeof SweptRow>;

export const RetentionRun = z.object({ dry_run: z.boolean(), as_of: Time, swept: z.array(SweptRow) });
export type RetentionRun = z.infer<typeof RetentionRun>;

export const Retention = z.object({
  policy: RetentionPolicy,
  defaults: RetentionPolicy,
  last_run: RetentionRun.nullable().describe("What the cron did last"),
});

export const RetentionChange = z.object({
  policy: RetentionPolicy,
  would_delete: RetentionRun.describe("What the next step of the cron will delete unless the policy is put back"),
});

export const RunRequest = z.strictObject({
  dry_run: z.boolean().default(true).describe("Only say what one step would delete; false deletes it"),
});
