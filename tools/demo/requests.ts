/* The sample of an access log (tools/data/access.log), its requests happening again. The log says no latency: the demo gives
 * each one that follows from its size, so that there is something to rank. */
import { type Due, offsetsOf, type Recorded, Track } from "./track.ts";

/** Some pauses of the log are minutes; a ranking that stands still shows nothing. */
const LONGEST_PAUSE_MS = 1_000;
/** As if each answer took five milliseconds to begin, and then left at four megabytes a second. */
const BEGINS_MS = 5;
const BYTES_PER_MS = 4_000;

export interface RecordedRequest extends Recorded {
  user_id: string;
  method: string;
  endpoint: string;
  status_code: number;
  bytes: number;
}

export type RequestPost = Omit<RecordedRequest, "offsetMs"> & {
  request_id: string;
  timestamp: number;
  latency_ms: number;
};

const LINE = /^(\S+) \S+ \S+ \[(\d+)\/(\w+)\/(\d+):([\d:]+) ([+-]\d{4})\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-)/;

/** Requests in the order of the file; lines of another form are left out. */
export function parseRequests(log: string): RecordedRequest[] {
  const found = log.split("\n").flatMap((line) => {
    const [, user_id, day, month, year, time, zone, method, endpoint, status, bytes] = LINE.exec(line) ?? [];
    if (user_id === undefined || method === undefined || endpoint === undefined) return [];
    const at = Date.parse(`${day} ${month} ${year} ${time} ${zone}`);
    return [{ at, user_id, method, endpoint, status_code: Number(status), bytes: bytes === "-" ? 0 : Number(bytes) }];
  });
  const offsets = offsetsOf(
    found.map(({ at }) => at),
    LONGEST_PAUSE_MS,
  );
  return found.map(({ at: _, ...request }, i) => ({ ...request, offsetMs: offsets[i] as number }));
}

export const requestTrack = (log: string, speed: number, startedAt: number): Track<RecordedRequest> =>
  new Track("requests", parseRequests(log), speed, startedAt);

export const latencyOf = (bytes: number): number => Number((BEGINS_MS + bytes / BYTES_PER_MS).toFixed(3));

export function requestPost({ recorded, at, id }: Due<RecordedRequest>): RequestPost {
  const { offsetMs: _, ...request } = recorded;
  return { ...request, request_id: id, timestamp: at, latency_ms: latencyOf(request.bytes) };
}
