/* Reading parts and counts from a log: what a message carries, what D1 does not have yet. */
import { bytesOf } from "../../domain/bytes";
import type { Fact, Output } from "../../domain/ledger/reducer";
import { readHeader, readTail } from "../../domain/ledger/row";
import type { Log } from "./log";

/** A message leaves at this size; the platform's limit is 128,000 bytes. */
const MESSAGE_BYTES = 64_000;
/** ... or after so many rows, so that one message costs a bounded time to gather however well its parts join. */
const MESSAGE_ROWS = 4_096;
const PAGE_ROWS = 64;
/** Parts are joined again and again while they gather, so that memory holds few of them. */
const JOIN_EVERY = 800;

export interface Bundle {
  /** Last row of it. */
  to: number;
  /** First row found; a later one than the next says that rows are gone. */
  first: number | undefined;
  events: number;
  parts: unknown[];
}

/** The parts of the rows above `pos` that fit one message. */
export function bundleAfter<F extends Fact>(log: Log, { purpose, join }: Output<F>, pos: number): Bundle {
  const bundle: Bundle = { to: pos, first: undefined, events: 0, parts: [] };
  let bytes = 0;
  for (let to = pos; to - pos < MESSAGE_ROWS; to = bundle.to) {
    const rows = log.page(to, PAGE_ROWS);
    bundle.first ??= rows[0]?.n;
    if (rows.length === 0) break;
    for (const row of rows) {
      const added = readTail(row.body).parts[purpose] ?? [];
      const size = bytesOf(JSON.stringify(added));
      if (bundle.parts.length > 0 && bytes + size > MESSAGE_BYTES) {
        bundle.parts = join?.(bundle.parts) ?? bundle.parts;
        bytes = bytesOf(JSON.stringify(bundle.parts));
        if (bytes + size > MESSAGE_BYTES) return bundle;
      }
      bundle.parts.push(...added);
      bytes += size;
      bundle.events += readHeader(row.body).c;
      bundle.to = row.n;
    }
  }
  bundle.parts = join?.(bundle.parts) ?? bundle.parts;
  return bundle;
}

/** All parts above `pos`, joined. Undefined when the first row after `pos` was recycled: whoever asks has an old position. */
export function partsAfter<F extends Fact>(log: Log, { purpose, join }: Output<F>, pos: number): unknown[] | undefined {
  let parts: unknown[] = [];
  let next = pos + 1;
  for (const row of log.after(pos)) {
    if (row.n !== next++) return undefined;
    parts.push(...(readTail(row.body).parts[purpose] ?? []));
    if (parts.length > JOIN_EVERY && join) parts = join(parts);
  }
  return join?.(parts) ?? parts;
}

/** Accepted events in rows above `pos`. */
export function eventsAfter(log: Log, pos: number): number {
  let events = 0;
  for (const row of log.after(pos)) events += readHeader(row.body).c;
  return events;
}
