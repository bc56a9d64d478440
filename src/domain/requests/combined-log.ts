/* Lines of an access log in the combined format that Apache and nginx write, and in the common one it extends:
 *
 *   client ident user [17/May/2015:10:05:03 +0000] "GET /path?query HTTP/1.1" 200 5124 "referrer" "agent" 0.123
 *
 * The last is what nginx adds where `$request_time` is appended to the format: seconds. Each expression is linear in the
 * length of the line. */
import { err, ok, type Result } from "../result";
import { MINUTE_MS } from "../units";
import { BYTES_MAX, ENDPOINT_MAX } from "./request";

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
const LINE = new RegExp(
  `^(\\S+) \\S+ (\\S+) \\[([^\\]]{20,32})\\] ${QUOTED} (\\d{3}) (\\d{1,15}|-)(?: ${QUOTED} ${QUOTED})?(?: (\\d{1,9}(?:\\.\\d{1,9})?|-))?`,
);
const TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const REQUEST = /^([A-Za-z]{1,16}) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/;
const USER_MAX = 128;

/** What a line says. Who asked is the authenticated user, else the address of the client. */
export interface LogLine {
  client: string;
  user: string | undefined;
  timestamp: number;
  method: string;
  endpoint: string;
  status_code: number;
  bytes: number;
  latency_ms: number | undefined;
}

/** Or what is wrong with it. */
export function parseLogLine(line: string): Result<LogLine, string> {
  const match = LINE.exec(line);
  if (match === null) return err('is not of the form: client - user [time] "GET /path HTTP/1.1" 200 5124 "-" "-"');
  const [, client = "", user = "", time = "", request = "", status = "", bytes = "", , , seconds] = match;
  const timestamp = timeOf(time);
  if (timestamp === undefined) return err("has no time such as [17/May/2015:10:05:03 +0000]");
  const [, method, endpoint] = REQUEST.exec(request) ?? [];
  if (method === undefined || endpoint === undefined) return err('has no request such as "GET /path HTTP/1.1"');
  const status_code = Number(status);
  if (status_code < 100 || status_code > 599) return err("has no status between 100 and 599");
  const sent = bytes === "-" ? 0 : Number(bytes);
  if (sent > BYTES_MAX) return err(`says more than ${BYTES_MAX} bytes`);
  return ok({
    client: client.slice(0, USER_MAX),
    user: user === "-" ? undefined : user.slice(0, USER_MAX),
    timestamp,
    method: method.toUpperCase(),
    endpoint: endpoint.slice(0, ENDPOINT_MAX),
    status_code,
    bytes: sent,
    latency_ms: seconds === undefined || seconds === "-" ? undefined : Number(seconds) * 1_000,
  });
}

function timeOf(text: string): number | undefined {
  const [, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] = TIME.exec(text) ?? [];
  const index = MONTHS.indexOf(month ?? "");
  if (day === undefined || index < 0) return undefined;
  const at = Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second));
  // 31/Feb would silently be in March.
  if (new Date(at).getUTCDate() !== Number(day)) return undefined;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * MINUTE_MS;
  return sign === "+" ? at - zone : at + zone;
}
