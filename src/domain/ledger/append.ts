/* The door of a ledger: what an object is asked to append, and what it answers. Plain data, safe over RPC. */
import type { Hole } from "./holes";
import type { Fork } from "./outbox";
import type { Position } from "./position";

/** One event for one stream. `T` is the domain's validated input. */
export interface AppendEvent<T> {
  stream: string;
  /** Who says so; with `id` the event's identity, with `seq` its number. */
  source: string;
  /** Identity of the event within its source. Without it the request's key and the event's index are its identity. */
  id?: string;
  /** Fingerprint of the content, compared when the id comes again. */
  hash?: string;
  /** The source's own number of this event in this stream, and the run of the source it counts in. */
  seq?: number;
  session?: string;
  body: T;
}

/** A request's share for one object: accepted whole or not at all. */
export interface AppendRequest<T> {
  /** The caller's Idempotency-Key, scoped to its principal, or one the Worker made before its first try. */
  key: string;
  /** Fingerprint of the whole body when the key is the caller's; empty when the Worker made it. */
  hash: string;
  events: AppendEvent<T>[];
}

export type ReceiptStatus = "accepted" | "duplicate" | "held" | "conflict" | "unavailable";

/** The answer to one event, in the order sent. `seq` is null while it is held, and where its first seq is no longer known. */
export interface Receipt {
  stream: string;
  epoch: string | null;
  seq: number | null;
  status: ReceiptStatus;
  duplicate: boolean;
  /** It filled a gap after the gap was given up: in the log and the aggregates, never the current value. */
  late?: true;
}

export type AppendAnswer =
  | { ok: true; receipts: Receipt[] }
  | { ok: false; code: "conflict" | "log_full" | "newer_format"; detail: string; receipts: Receipt[] };

/** Nothing of the request was taken in; the same request may be sent again. */
export function refused<T>(
  code: "newer_format" | "log_full",
  detail: string,
  request: AppendRequest<T>,
): Extract<AppendAnswer, { ok: false }> {
  const receipts = request.events.map(({ stream }) => ({
    stream,
    epoch: null,
    seq: null,
    status: "unavailable" as const,
    duplicate: false,
  }));
  return { ok: false, code, detail, receipts };
}

/** What a reader gets after a position: every serialised frame of the range, or the snapshot that replaces it. */
export type RangeAnswer =
  | { status: "unknown" }
  | { status: "range"; head: Position; frames: string[]; more: boolean }
  | { status: "snapshot"; head: Position; snapshot: string };

/** What one object says of itself for the public audit. Counts are events since the object's birth. */
export interface ObjectAudit {
  object: string;
  epoch: string;
  head: number;
  accepted: number;
  /** Per purpose: the confirmed cursor, the events accepted (after a restore each purpose learns from D1 what the lost
   * history had), and those in log rows after D1's cursor. */
  outputs: { purpose: string; confirmed: { epoch: string; pos: number }; accepted: number; pending: number }[];
  holes: Hole[];
  /** Epochs that began when the storage was restored; the oldest first. */
  forks: Fork[];
  /** Where no cursor of D1 tells what became of the events. */
  settled?: { rolled_up: number; parked: number };
  /** Identities and skipped numbers forgotten because there were more than the memory holds. */
  forgotten: number;
  log: { rows: number; bytes: number };
}
