/* Single requests as a log keeps them: what is looked for, and how one is shown. */
import type { Entry } from "../ledger/reducer";
import type { KeptRequest } from "./answers";
import type { IntakeFact } from "./intake";
import type { LoggedRequest } from "./request";

/** Where a request is among all of them, newest first: by its commit, then its object, then its place there. */
export interface Place {
  at: number;
  object: string;
  seq: number;
}

/** Negative when `a` comes first. */
export const comparePlaces = (a: Place, b: Place): number =>
  b.at - a.at || (a.object < b.object ? -1 : a.object > b.object ? 1 : b.seq - a.seq);

export const placeText = ({ at, object, seq }: Place): string => `${at}:${seq}:${object}`;

export function parsePlace(text: string): Place | undefined {
  const [, at, seq, object] = /^(\d{1,15}):(\d{1,15}):(.{1,300})$/.exec(text) ?? [];
  return object === undefined ? undefined : { at: Number(at), seq: Number(seq), object };
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

export function isWanted(search: Search, request: LoggedRequest): boolean {
  const { from, to, endpoint, user_id, method, status_code, request_id } = search;
  if (from !== undefined && request.timestamp < from) return false;
  if (to !== undefined && request.timestamp >= to) return false;
  if (endpoint !== undefined && request.endpoint !== endpoint && request.route !== endpoint) return false;
  if (user_id !== undefined && request.user_id !== user_id) return false;
  if (method !== undefined && request.method !== method) return false;
  if (status_code !== undefined && request.status_code !== status_code) return false;
  return request_id === undefined || request.request_id === request_id;
}

const iso = (at: number): string => new Date(at).toISOString();

/** The request of an entry, if it is one and wanted. `object` is `<source>/<partition>`. */
export function foundIn(search: Search, object: string, entry: Entry<IntakeFact>): Found | undefined {
  if (entry.type !== "request") return undefined;
  const request = entry.data as LoggedRequest;
  const place = { at: entry.at, object, seq: entry.seq };
  if (search.after !== undefined && comparePlaces(search.after, place) >= 0) return undefined;
  return isWanted(search, request) ? { place, request: keptOf(request, object, entry.at) } : undefined;
}

function keptOf(request: LoggedRequest, object: string, at: number): KeptRequest {
  return {
    request_id: request.request_id,
    timestamp: iso(request.timestamp),
    user_id: request.user_id ?? null,
    endpoint: request.endpoint,
    method: request.method ?? null,
    status_code: request.status_code,
    latency_ms: request.latency_ms ?? null,
    bytes: request.bytes ?? null,
    source: object.slice(0, object.lastIndexOf("/")),
    received_at: iso(at),
  };
}
