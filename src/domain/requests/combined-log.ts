/* Lines of an access log in the combined format that Apache and nginx write, and in the common one it extends:
 *
 *   client ident user [17/May/2015:10:05:03 +0000] "GET /path?query HTTP/1.1" 200 5124 "referrer" "agent" 0.123
 *
 * The last is what nginx adds where `$request_time` is appended to the format: seconds, with their fraction. Whole numbers
 * there are something else (Apache's bytes on the wire, or microseconds). Each expression is linear in the length of the
 * line. */
import { err, ok, type Result } from "../result";
import { MINUTE_MS } from "../units";
import { BYTES_MAX, ENDPOINT_MAX, MAX_LATENCY_MS } from "./request";

const QUOTED = '"((?:[^"\\\\]|\\\\.)*)"';
/** A user's name may have spaces in it. */
const USER = "(?:\\S+ (\\S+)|- (\\S[^\\[\\]]{0,127}))";
const LINE = new RegExp(
  `^(\\S+) ${USER} \\[([^\\]]{20,32})\\] ${QUOTED} (\\d{3}) (\\d{1,15}|-)(?: ${QUOTED} ${QUOTED})?([^]*)$`,
);
const QUOTED_FIELDS = new RegExp(` ${QUOTED}`, "g");
const SECONDS = /(?<= )\d{1,9}\.\d{1,9}(?= |$)/g;
const TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):([01]\d|2[0-3]):([0-5]\d):([0-5]\d) ([+-])([01]\d)([0-5]\d)$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** Servers write down what was sent: an address may have spaces in it, where a protocol says that it is over. */
const REQUEST = /^([A-Za-z][A-Za-z-]{0,31}) (?!HTTP\/\d)(?:(\S+)(?: HTTP\/\d(?:\.\d)?)?|(\S.*) HTTP\/\d(?:\.\d)?)$/;
const USER_MAX = 128;
/** What Apache writes where nobody, or somebody without a name, has signed in. */
const NOBODY = new Set(["-", '""']);

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
  const [, client = "", word, words, time = "", request = "", status = "", bytes = "", , , rest = ""] = match;
  const user = word ?? words ?? "";
  const timestamp = timeOf(time);
  if (timestamp === undefined) return err("has no time such as [17/May/2015:10:05:03 +0000]");
  const [, method, address, spaced] = REQUEST.exec(request) ?? [];
  const endpoint = address ?? spaced;
  if (method === undefined || endpoint === undefined) return err('has no request such as "GET /path HTTP/1.1"');
  const status_code = Number(status);
  if (status_code < 100 || status_code > 599) return err("has no status between 100 and 599");
  const sent = bytes === "-" ? 0 : Number(bytes);
  if (sent > BYTES_MAX) return err(`says more than ${BYTES_MAX} bytes`);
  return ok({
    client: client.slice(0, USER_MAX),
    user: NOBODY.has(user) ? undefined : user.slice(0, USER_MAX),
    timestamp,
    method: method.toUpperCase(),
    endpoint: endpoint.slice(0, ENDPOINT_MAX),
    status_code,
    bytes: sent,
    latency_ms: latencyIn(rest),
  });
}

/** What follows the agent may begin with other fields, quoted or not: the first time that a request can take is it. */
function latencyIn(rest: string): number | undefined {
  if (rest === "") return undefined;
  const [bare = ""] = rest.replace(QUOTED_FIELDS, "").split('"', 1);
  const times = bare.match(SECONDS) ?? [];
  return times.map((time) => Math.round(Number(time) * 1e6) / 1e3).find((ms) => ms <= MAX_LATENCY_MS);
}

function timeOf(text: string): number | undefined {
  const [, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] = TIME.exec(text) ?? [];
  const index = MONTHS.indexOf(month ?? "");
  if (day === undefined || index < 0) return undefined;
  const at = Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second));
  // 31/Feb would silently be in March, and the year 26 in 1926.
  const date = new Date(at);
  if (date.getUTCDate() !== Number(day) || date.getUTCFullYear() !== Number(year)) return undefined;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * MINUTE_MS;
  return sign === "+" ? at - zone : at + zone;
}
