/* What is plainly a request (domain/plain.ts). */
import { hasOnly, isText, isTextOrAbsent, isWithin } from "../plain";
import { isEpochMs } from "../time";
import { BYTES_MAX, ENDPOINT_MAX, MAX_LATENCY_MS, type RequestInput } from "./request";

const METHOD = /^[A-Z][A-Z-]{0,31}$/;
const FIELDS = new Set([
  "request_id",
  "timestamp",
  "user_id",
  "endpoint",
  "method",
  "status_code",
  "latency_ms",
  "bytes",
] satisfies (keyof RequestInput)[] as string[]);

/** Undefined: ask the schema. */
export function plainRequest(value: unknown): RequestInput | undefined {
  if (!hasOnly(value, FIELDS)) return undefined;
  const { request_id, timestamp, user_id, endpoint, method, status_code, latency_ms, bytes } = value;
  const isPlain =
    isText(request_id, 128) &&
    isEpochMs(timestamp) &&
    isTextOrAbsent(user_id, 128) &&
    isText(endpoint, ENDPOINT_MAX) &&
    (method === undefined || (typeof method === "string" && METHOD.test(method))) &&
    Number.isInteger(status_code) &&
    isWithin(status_code, 100, 599) &&
    (latency_ms === undefined || isWithin(latency_ms, 0, MAX_LATENCY_MS)) &&
    (bytes === undefined || (Number.isInteger(bytes) && isWithin(bytes, 0, BYTES_MAX)));
  return isPlain ? (value as RequestInput) : undefined;
}
