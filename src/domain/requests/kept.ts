/* Single requests as logs and archive keep them: what is looked for, where it is, and how one is shown. */
import { ArchiveLine, entryOf } from "../archive/line";
import type { ManifestRow } from "../archive/manifest";
import { ledgerOf } from "../ledger/classes";
import type { Entry } from "../ledger/reducer";
import { isoOf } from "../time";
import type { KeptRequest } from "./answers";
import type { IntakeFact } from "./intake";
import { countedMethod } from "./method";
import type { LoggedRequest } from "./request";

/** Where a request is among all of them, newest first: by its commit, then its object, then its place there. */
export interface Place {
  at: number;
  object: string;
  epoch: string;
  seq: number;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Negative when `a` comes first. */
export const comparePlaces = (a: Place, b: Place): number =>
  b.at - a.at || compareTexts(a.object, b.object) || compareTexts(b.epoch, a.epoch) || b.seq - a.seq;

/** After all that came later than a moment, before all that came at it. */
export const placeBefore = (at: number): Place => ({ at, object: "", epoch: "", seq: 0 });

export const placeText = ({ at, object, epoch, seq }: Place): string => `${at}:${seq}:${epoch}:${object}`;

export function parsePlace(text: string): Place | undefined {
  const [, at, seq, epoch, object] = /^(\d{1,15}):(\d{1,15}):([0-9a-z]{0,32}):(.{0,300})$/.exec(text) ?? [];
  if (object === undefined || epoch === undefined) return undefined;
  return { at: Number(at), seq: Number(seq), epoch, object };
}

/** What is looked for; plain data. */
export interface Search {
  /** By the requests' own time, half-open, epoch ms. */
  from?: number | undefined;
  to?: number | undefined;
  /** As posted, or as it is ranked. */
  endpoint?: string | undefined;
  user_id?: string | undefined;
  method?: string | undefined;
  status_code?: number | undefined;
  request_id?: string | undefined;
  /** Only what comes after it. */
  after?: Place | undefined;
  limit: number;
}

export interface Found {
  place: Place;
  request: KeptRequest;
}

/** What an object's log says to a question. */
export interface LogLook {
  found: Found[];
  /** Everything up to and with this place was seen; undefined: all that the log has. */
  to: Place | undefined;
  /** Rows of the present epoch that were seen or are too new for the question; undefined where others were among them. */
  has: LogRange | undefined;
}

/** Rows of a log, both ends included. */
export interface LogRange {
  epoch: string;
  from: number;
  to: number;
}

/** A text that whatever is found must contain: most lines need not be parsed. */
export const needleOf = ({ request_id, user_id }: Search): string | undefined => {
  const rarest = request_id ?? user_id;
  return rarest === undefined ? undefined : JSON.stringify(rarest);
};

export function isWanted(search: Search, request: LoggedRequest): boolean {
  const { from, to, endpoint, user_id, method, status_code, request_id } = search;
  if (from !== undefined && request.timestamp < from) return false;
  if (to !== undefined && request.timestamp >= to) return false;
  if (endpoint !== undefined && request.endpoint !== endpoint && request.route !== endpoint) return false;
  if (user_id !== undefined && request.user_id !== user_id) return false;
  // A ranking counts rare methods as one: under that name they are found as well.
  if (method !== undefined && request.method !== method && countedMethod(request.method) !== method) return false;
  if (status_code !== undefined && request.status_code !== status_code) return false;
  return request_id === undefined || request.request_id === request_id;
}

/** The request of an entry, if it is one and wanted. `object` is `<source>/<partition>`. */
export function foundIn(search: Search, object: string, entry: Entry<IntakeFact>): Found | undefined {
  if (entry.type !== "request") return undefined;
  const request = entry.data as LoggedRequest;
  const place = { at: entry.at, object, epoch: entry.epoch, seq: entry.seq };
  if (search.after !== undefined && comparePlaces(search.after, place) >= 0) return undefined;
  return isWanted(search, request) ? { place, request: keptOf(request, object, entry.at) } : undefined;
}

/** What an archived part has of what is wanted. Throws where it is none of ours. */
export function foundInLines(search: Search, lines: readonly string[]): Found[] {
  const needle = needleOf(search);
  return lines.flatMap((text) => {
    if (needle !== undefined && !text.includes(needle)) return [];
    const line = ArchiveLine.parse(JSON.parse(text));
    const object = ledgerOf(line.object)?.name;
    if (object === undefined) throw new Error(`${line.object} is no ledger`);
    return foundIn(search, object, entryOf<IntakeFact>(line)) ?? [];
  });
}

/** Whether what a part of the archive has was seen in a log already. */
export const isInLog = (row: ManifestRow, has: LogRange | undefined): boolean =>
  has !== undefined &&
  row.from_epoch === has.epoch &&
  row.to_epoch === has.epoch &&
  row.from_pos + 1 >= has.from &&
  row.to_pos <= has.to;

function keptOf(request: LoggedRequest, object: string, at: number): KeptRequest {
  return {
    request_id: request.request_id,
    timestamp: isoOf(request.timestamp),
    user_id: request.user_id ?? null,
    endpoint: request.endpoint,
    method: request.method ?? null,
    status_code: request.status_code,
    latency_ms: request.latency_ms ?? null,
    bytes: request.bytes ?? null,
    source: object.slice(0, object.lastIndexOf("/")),
    received_at: isoOf(at),
  };
}
