/* What the alert routes answer: one schema each, for the reference and for the types of every client. */
import * as z from "zod";
import { Severity } from "./alert";

const Time = z.iso.datetime().describe("RFC 3339, UTC");

export const AlertResult = z.object({
  location: z.string(),
  alert_id: z.string().nullable().describe("The alert that the event is part of; null while it is spooled"),
  event_id: z.string(),
  epoch: z.string().nullable(),
  seq: z.number().int().nullable().describe("1, 2, 3, … without gaps within (location, epoch)"),
  duplicate: z.boolean(),
  status: z.enum(["accepted", "duplicate", "spooled", "conflict", "unavailable"]),
});
export type AlertResult = z.infer<typeof AlertResult>;

export const PostedAlerts = z.object({
  accepted: z.number().int().describe("Stored durably now, spooled ones included; one for each event and location"),
  duplicates: z.number().int(),
  spooled: z.literal(true).optional().describe("Some wait for a location that cannot be reached now"),
  results: z.array(AlertResult).describe("In the order sent, one for each location of each event"),
});
export type PostedAlerts = z.infer<typeof PostedAlerts>;

export const AlertState = z.enum(["upcoming", "active", "closed"]);

/** One aggregate: the alerts of one place that overlap or touch. */
export const Alert = z.object({
  alert_id: z.string(),
  location: z.string(),
  type: z.string().describe("The common type, or Mixed Threats"),
  types: z.array(z.string()),
  severity: Severity,
  start_time: Time,
  end_time: Time,
  count: z.number().int(),
  revision: z.number().int(),
  state: AlertState,
  opened_at: Time,
  closed_at: Time.nullable(),
  drill: z.boolean(),
  cancelled: z.boolean(),
  superseded_by: z.string().nullable(),
});
export type Alert = z.infer<typeof Alert>;

export const AlertList = z.object({ alerts: z.array(Alert), next_cursor: z.string().nullable(), as_of: Time });
export type AlertList = z.infer<typeof AlertList>;

export const AlertEventRow = z.object({
  event_id: z.string().nullable(),
  type: z.string(),
  severity: Severity,
  text: z.string().nullable(),
  start_time: Time,
  end_time: Time,
  accepted_at: Time,
  epoch: z.string(),
  seq: z.number().int(),
});
export type AlertEventRow = z.infer<typeof AlertEventRow>;

export const ReachRow = z.object({
  event_type: z.enum(["open", "close"]),
  epoch: z.string(),
  seq: z.number().int().describe("Position of the frame in topic alerts"),
  registered: z.number().int().describe("Sockets that listened"),
  asked: z.number().int().describe("Of those, asked to acknowledge; fewer than registered above 10,000: a sample"),
  flushed: z.number().int().describe("Frames handed to sockets"),
  acknowledged: z.number().int().describe("Of those asked, said that they have it"),
  p50_ms: z.number().nullable().describe("From acceptance to flush, weighted by frames"),
  p99_ms: z.number().nullable(),
  counted_at: Time,
});
export type ReachRow = z.infer<typeof ReachRow>;

export const AlertDetail = Alert.extend({
  events: z.array(AlertEventRow),
  reach: z.array(ReachRow),
  as_of: Time,
  stale: z.literal(true).optional().describe("The owner cannot be reached: what was stored until `as_of`"),
});
export type AlertDetail = z.infer<typeof AlertDetail>;

export const AlertFeed = z.object({
  as_of: Time.describe("When this was read; compare with your clock"),
  canary_at: Time.nullable().describe("When the last canary came this way: older than 2 minutes, this path is broken"),
  alerts: z.array(Alert).describe("Active now, largest first"),
  upcoming: z.array(Alert),
  withdrawn: z.array(Alert).describe("Within the hour cancelled, or become part of another, before their end"),
});
export type AlertFeed = z.infer<typeof AlertFeed>;
