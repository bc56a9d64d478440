/* What the request routes answer: one schema each, for the reference and for the types of every client. */
import * as z from "zod";
import { METRICS } from "./rank";

const Time = z.iso.datetime().describe("RFC 3339, UTC");
const Success = z.literal("success");
const Missing = z.array(z.string()).optional();

export const DIMENSIONS = ["endpoint", "user_id", "status_code", "request_id"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const RequestResult = z.object({
  request_id: z.string(),
  status: z.enum(["accepted", "duplicate", "conflict", "unavailable"]),
  duplicate: z.boolean(),
});
export type RequestResult = z.infer<typeof RequestResult>;

export const PostedRequests = z.object({
  accepted: z.number().int().describe("Stored durably now"),
  duplicates: z.number().int().describe("Came before: no effect on any figure"),
  results: z.array(RequestResult).describe("In the order sent"),
});
export type PostedRequests = z.infer<typeof PostedRequests>;

export const UploadedLog = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int().describe("Requests of chunks that were finished before"),
  lines: z.number().int(),
  chunks: z.number().int(),
  bad: z.number().int().describe("Lines that could not be read; the others are taken"),
  bad_lines: z.array(z.object({ line: z.number().int(), detail: z.string() })).describe("The first 100"),
});
export type UploadedLog = z.infer<typeof UploadedLog>;

export const TopRow = z.object({
  request_id: z
    .string()
    .describe("The key that is ranked: `GET /presentations/:id`, a user, a status, or a request's id"),
  metric_value: z.number(),
  rank: z.number().int(),
  lower: z.number().describe("The true value is not below it"),
  upper: z.number().describe("The true value is not above it"),
  count: z.number().int().describe("Requests counted under this key"),
  endpoint: z.string().nullable(),
  method: z.string().nullable(),
});
export type TopRow = z.infer<typeof TopRow>;

export const TopK = z.object({
  status: Success,
  data: z.array(TopRow),
  metric: z.enum(METRICS),
  dimension: z.enum(DIMENSIONS),
  window: z
    .object({ start: Time, end: Time })
    .describe("Whole UTC minutes, half-open: the window asked for lies within"),
  as_of: Time,
  approximate: z.boolean().describe("More keys came than are counted exactly: mind lower, upper and unlisted_upper"),
  unlisted_upper: z.number().optional().describe("No key that is not listed has more; when approximate"),
  absent: z.string().optional().describe("The field that this metric needs and no such request says"),
  unavailable: Missing.describe("Objects that did not answer: their requests are missing"),
});
export type TopK = z.infer<typeof TopK>;

export const RequestFigures = z.object({
  total_requests: z.number().int(),
  average_latency: z.number().nullable().describe("ms, over requests that say it; null when none does"),
  p50_latency: z.number().nullable(),
  p95_latency: z.number().nullable(),
  p99_latency: z.number().nullable(),
  max_latency: z.number().nullable(),
  error_rate: z.number().nullable().describe("Share of errors: statuses of 500 or more; null without requests"),
  bytes: z.number().int().nullable(),
});
export type RequestFigures = z.infer<typeof RequestFigures>;

export const HistoryDay = z.object({ date: z.iso.date(), ...RequestFigures.shape });
export type HistoryDay = z.infer<typeof HistoryDay>;

export const RequestPoint = z.object({
  start: Time,
  ...RequestFigures.shape,
  partial: z.boolean().describe("Its time is not over"),
});
export type RequestPoint = z.infer<typeof RequestPoint>;

export const RequestTimeline = z.object({
  status: Success,
  data: z.array(RequestPoint).describe("In order of time; buckets without requests are left out"),
  total: RequestFigures.describe("Of the whole window"),
  resolution: z.enum(["minute", "hour", "day"]),
  window: z.object({ start: Time, end: Time }).describe("Whole UTC buckets, half-open"),
  as_of: Time,
  approximate: z
    .boolean()
    .describe("More keys came than are counted exactly: some requests of this one may be missing"),
  absent: z.literal("latency_ms").optional().describe("No request of the window says its latency"),
  unavailable: Missing.describe("Objects that did not answer: their requests are missing"),
});
export type RequestTimeline = z.infer<typeof RequestTimeline>;

export const History = z.object({
  status: Success,
  data: z.array(HistoryDay).describe("One row per UTC day, both ends included; days without requests are zero"),
  as_of: Time,
  unavailable: Missing.describe("Objects that did not answer: what they have not sent to the store yet is missing"),
});

export type History = z.infer<typeof History>;

export const SubmittedAggregation = z.object({
  status: Success,
  message: z.literal("Aggregation request submitted."),
  aggregation_id: z.string(),
});

const Figure = z.number().nullable().describe("Null where no request says what it needs");
export const AggregatedMetric = z.object({ metric_name: z.enum(METRICS), metric_value: Figure });
export type AggregatedMetric = z.infer<typeof AggregatedMetric>;

export const Aggregation = z.object({
  status: Success,
  data: z.object({
    aggregation_id: z.string(),
    state: z.enum(["submitted", "done"]),
    start_time: Time,
    end_time: Time,
    total_requests: z.number().int().nullable(),
    metrics: z.array(AggregatedMetric),
    submitted_at: Time,
    as_of: Time.nullable().describe("When it was worked; null until then"),
  }),
});

export const KeptRequest = z.object({
  request_id: z.string(),
  timestamp: Time,
  user_id: z.string().nullable(),
  endpoint: z.string(),
  method: z.string().nullable(),
  status_code: z.number().int(),
  latency_ms: z.number().nullable(),
  bytes: z.number().int().nullable(),
  source: z.string(),
  received_at: Time,
});
export type KeptRequest = z.infer<typeof KeptRequest>;

const Looked = z.object({
  back_to: Time.nullable().describe(
    "Everything received after this moment was looked at, for this page and those before; null: all that is kept was",
  ),
  complete: z
    .boolean()
    .describe("All that is kept was looked at: nothing follows, all objects answered, all parts were read"),
  archive_parts: z.number().int().describe("Parts of the archive that were read for this answer"),
});
export type Looked = z.infer<typeof Looked>;

export const UnreadReason = z.enum(["missing", "unreadable"]);
export type UnreadReason = z.infer<typeof UnreadReason>;

/** A part of the archive that is not in the answer, though it may belong there. */
export const Unread = z.object({
  key: z.string().describe("Of the object in the bucket"),
  object: z.string().describe("Whose entries they are"),
  entries: z.number().int(),
  reason: UnreadReason.describe(
    "Not in the bucket, or not what was put there; `unreadable` also while the bucket is away",
  ),
  first_at: Time.describe("When the first of them came"),
  last_at: Time,
});
export type Unread = z.infer<typeof Unread>;

export const KeptRequests = z.object({
  status: Success,
  data: z.array(KeptRequest).describe("Newest first, by when they were received"),
  next_cursor: z.string().nullable(),
  looked: Looked,
  as_of: Time,
  unavailable: Missing,
  unread: z.array(Unread).optional().describe("Parts of the archive that could not be read; absent when all could"),
});

export type KeptRequests = z.infer<typeof KeptRequests>;

export const KeptRequestAnswer = z.object({ status: Success, data: KeptRequest });
