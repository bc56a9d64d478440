/* A civil alert: what a source may say, what a frame carries. */
import * as z from "zod";
import { orMissing, Timestamp } from "../time";
import { DAY_MS } from "../units";
import { Location } from "./location";
import { SEVERITIES } from "./severity";

export const ALERTS_TOPIC = "alerts";

export const Severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof Severity>;

/** What an aggregate of several types is called. */
export const MIXED = "Mixed Threats";

const MAX_MINUTES = 24 * 60;
const MAX_AHEAD_MS = 7 * DAY_MS;

/** What is neither white space nor invisible. */
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Cs}]/u;

/** One spelling for what reads the same: two accents written differently are no mixed threat. */
const text = (max: number) =>
  z
    .string()
    .transform((value) => value.normalize("NFC").trim())
    .pipe(z.string().regex(VISIBLE, "must not be blank").max(max));

/** How long an alert lasts, in minutes. */
const Duration = z
  .number({ error: orMissing("must be a number of minutes, such as 10 or 1.5") })
  .positive("must be more than 0 minutes")
  .max(MAX_MINUTES, "must not be more than 1440 minutes (24 hours)");

/** One posted alert. Unknown fields are refused: a misspelt `severity` would lose its meaning silently. */
export const AlertInput = z
  .strictObject({
    location: Location.optional(),
    locations: z.array(Location).min(1).max(5_000).optional(),
    type: text(100),
    timestamp: Timestamp,
    duration: Duration.describe("Minutes; fractions allowed"),
    id: z.string().min(1).max(128).optional(),
    severity: z
      .string()
      .transform((value) => value.toLowerCase())
      .pipe(Severity)
      .optional(),
    text: z.string().max(2_000).optional(),
    drill: z.boolean().optional().describe("Travels the whole way, marked, apart from real alerts"),
  })
  .refine((alert) => (alert.location === undefined) !== (alert.locations === undefined), {
    path: ["location"],
    error: "give either location or locations",
    // Also beside other bad fields; what is no object at all has no fields.
    when: ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value),
  });
export type AlertInput = z.infer<typeof AlertInput>;

export const LIES_AHEAD = "lies more than 7 days ahead";
export const liesAhead = (at: number, now: number): boolean => at > now + MAX_AHEAD_MS;

/** What an area takes in. Times are epoch ms. */
export interface AlertEvent {
  type: "alert";
  event_id: string;
  /** The id of the aggregate that this event begins, if it begins one: minted at the door, so that a repeat says the same. */
  candidate: string;
  /** As written; its key names the stream. */
  location: string;
  kind: string;
  severity: Severity;
  text?: string;
  start: number;
  end: number;
  drill: boolean;
}

export type AlertCommand =
  | AlertEvent
  | { type: "cancel"; alert_id: string }
  /** Begins the canary of this stream; nothing when it beats already. */
  | { type: "canary"; location: string };

const Time = z.string().describe("RFC 3339, UTC");

export const AggregateData = z.object({
  start_time: Time,
  end_time: Time,
  count: z.number().int().positive(),
  types: z.array(z.string()).describe("In the order they came"),
  type: z.string().describe("The common type, or Mixed Threats"),
  severity: Severity.describe("The worst of its events"),
  revision: z.number().int().positive().describe("Grows with each change; a higher one replaces a lower one"),
});
export type AggregateData = z.infer<typeof AggregateData>;

/** What an `open` or `close` frame says. `sentTime` and `duration` are the source document's names for start and end. */
export const AlertData = z.object({
  event_type: z.enum(["open", "close"]),
  eventType: z.enum(["open", "close"]),
  alert_id: z.string(),
  /** The event that opened; null on a close. */
  event_id: z.string().nullable(),
  location: z.string(),
  type: z.string(),
  severity: Severity,
  text: z.string().optional(),
  sentTime: Time,
  duration: Time.describe("The END, as the source document names it"),
  start_time: Time,
  end_time: Time,
  accepted_at: Time.describe("Commit in the area; latency counts from here"),
  aggregate: AggregateData,
  drill: z.literal(true).optional(),
  cancelled: z.literal(true).optional(),
  superseded_by: z.string().optional(),
});
export type AlertData = z.infer<typeof AlertData>;

/** The sign of life that goes the whole way every minute. */
export const CanaryData = z.object({
  event_type: z.literal("canary"),
  eventType: z.literal("canary"),
  event_id: z.string(),
  location: z.string(),
  accepted_at: Time,
});
export type CanaryData = z.infer<typeof CanaryData>;

export const CANARY_LOCATION = "~canary";
export const CANARY_EVERY_MS = 60_000;
/** A client that has heard nothing for so long must say so. */
export const SILENCE_MS = 90_000;

/** What topic `alerts` shows new readers: the last frame of every alert that is not over. */
export const AlertsSnapshot = z.object({ alerts: z.array(AlertData), canary_at: z.string().nullable() });
export type AlertsSnapshot = z.infer<typeof AlertsSnapshot>;
