/* A request that some system answered: what its log says of it. Posted to be counted and ranked. */
import * as z from "zod";
import { orMissing, Timestamp } from "../time";
import { DAY_MS } from "../units";

/** A day: whatever took longer was not waited for. */
export const MAX_LATENCY_MS = DAY_MS;
/** A terabyte: thousands of them add up exactly. */
export const BYTES_MAX = 1_000_000_000_000;
export const ENDPOINT_MAX = 2_048;

export const StatusCode = z
  .number({ error: orMissing("must be a status such as 200") })
  .int()
  .min(100)
  .max(599);
/** Upper-cased. */
export const Method = z
  .string()
  .regex(/^[A-Za-z][A-Za-z-]{0,31}$/, "must be a method such as GET")
  .transform((method) => method.toUpperCase());

/** One posted request. Unknown fields are refused: a misspelt `latency_ms` would leave a figure out silently. */
export const RequestInput = z.strictObject({
  request_id: z.string().min(1).max(128).describe("Unique within the source: the same id again has no second effect"),
  timestamp: Timestamp,
  user_id: z.string().min(1).max(128).optional(),
  endpoint: z.string().min(1).max(ENDPOINT_MAX).describe("A path, or an address; ranked without query and ids"),
  method: Method.optional(),
  status_code: StatusCode,
  latency_ms: z.number().nonnegative().max(MAX_LATENCY_MS).optional(),
  bytes: z.number().int().nonnegative().max(BYTES_MAX).optional().describe("Sent in the answer"),
});
export type RequestInput = z.infer<typeof RequestInput>;

/** As the ledger keeps it: the input, its time in epoch ms, and the endpoint that it counts for. */
export interface LoggedRequest extends RequestInput {
  /** `/presentations/:id`: normalised by the rules of the day it came. */
  route: string;
}

/** The input of the reducer. */
export interface RequestCommand {
  type: "request";
  request: LoggedRequest;
}

/** From here on a status is an error, unless a question says otherwise. */
export const ERRORS_FROM = 500;
