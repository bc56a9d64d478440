/* An uploaded log: from its lines to requests, in chunks that are committed one after the other. */
import { err, ok, type Result } from "../result";
import { LIES_AHEAD, liesAhead } from "../time";
import { parseLogLine } from "./combined-log";
import { type EndpointRule, routeOf } from "./endpoint";
import { type LoggedRequest, RequestInput } from "./request";

/** Lines of a chunk: one commit, and what a repeated upload skips at a time. */
export const CHUNK_LINES = 1_000;
/** Bad lines that are named; the others are counted. */
export const NAMED_LINES = 100;

export type LogFormat = "combined" | "ndjson";

export interface LineMeaning {
  format: LogFormat;
  rules: readonly EndpointRule[];
  /** Requests of a combined log have no ids: theirs are this and the line's number. */
  idPrefix: string;
  now: number;
  /** Added to each time, ms. */
  shift: number;
}

/** A request of a line; `client` where it stands for the user. */
export interface LogRequest {
  request: LoggedRequest;
  client: string | undefined;
}

export function requestOfLine(text: string, number: number, meaning: LineMeaning): Result<LogRequest, string> {
  const read = meaning.format === "ndjson" ? fromJson(text) : fromLog(text, `${meaning.idPrefix}-${number}`);
  // An agent or a referrer in Latin-1 costs no request: nothing of it is kept.
  if (text.includes(UNREADABLE) && !(read.ok && isReadable(read.value))) return err("is not UTF-8");
  if (!read.ok) return read;
  const { client, request } = read.value;
  const timestamp = request.timestamp + meaning.shift;
  if (liesAhead(timestamp, meaning.now)) return err(`timestamp ${LIES_AHEAD}`);
  return ok({ client, request: { ...request, timestamp, route: routeOf(request.endpoint, meaning.rules) } });
}

/** What a decoder puts in the place of what it cannot read. */
const UNREADABLE = "\ufffd";

const isReadable = ({ client = "", request: { request_id, user_id = "", endpoint } }: LogRequestInput): boolean =>
  ![client, request_id, user_id, endpoint].some((field) => field.includes(UNREADABLE));

interface LogRequestInput {
  request: RequestInput;
  client: string | undefined;
}

type Read = Result<LogRequestInput, string>;

function fromLog(text: string, request_id: string): Read {
  const parsed = parseLogLine(text);
  if (!parsed.ok) return parsed;
  const { client, user, latency_ms, ...rest } = parsed.value;
  const request: RequestInput = { request_id, ...rest };
  if (user !== undefined) request.user_id = user;
  if (latency_ms !== undefined) request.latency_ms = latency_ms;
  return ok({ request, client: user === undefined ? client : undefined });
}

function fromJson(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err("is not JSON");
  }
  const parsed = RequestInput.safeParse(value);
  if (parsed.success) return ok({ request: parsed.data, client: undefined });
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: "is not a request" };
  return err(`${path.join(".")} ${message}`.trim());
}

/** The time of a line, for finding the newest. */
export function timeOfLine(text: string, format: LogFormat): number | undefined {
  const read = format === "ndjson" ? fromJson(text) : fromLog(text, "-");
  return read.ok ? read.value.request.timestamp : undefined;
}
