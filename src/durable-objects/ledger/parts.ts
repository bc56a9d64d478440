/* Reading parts and counts from a log: what a message carries, what D1 does not have yet. */
import { lineOf } from "../../domain/archive/line";
import { bytesOf } from "../../domain/bytes";
import type { Fact, Output } from "../../domain/ledger/reducer";
import { type ParsedRow, type Row, readHeader, readTail } from "../../domain/ledger/row";
import type { Log } from "./log";

/** A message leaves at this size; the platform's limit is 128,000 bytes. */
const MESSAGE_BYTES = 64_000;
/** Entries are compressed on their way, to about a tenth; ten rows of the largest kind are never in memory at once. */
export const RAW_BYTES = 512_000;
const RAW_PAGE_ROWS = 8;
/** ... or after so many rows, so that one message costs a bounded time to gather however well its parts join. */
const MESSAGE_ROWS = 4_096;
const PAGE_ROWS = 64;
/** Parts are joined again and again while they gather, so that memory holds few of them. */
const JOIN_EVERY = 800;

/** Whose log it is, and how it is read. */
export interface Source {
  object: string;
  log: Log;
  /** A row as this version of the code means it. */
  read(body: string): ParsedRow;
}

export interface Bundle {
  /** Last row of it. */
  to: number;
  /** First row found; a later one than the next says that rows are gone. */
  first: number | undefined;
  events: number;
  parts: unknown[];
}

function partsOf<F extends Fact>({ object, read }: Source, { purpose, raw }: Output<F>, row: Row): unknown[] {
  if (!raw) return readTail(row.body).parts[purpose] ?? [];
  const { header, frames } = read(row.body);
  return frames.map((frame) => lineOf({ object, log_epoch: header.e, pos: row.n, reducer: header.r }, frame));
}

const sizeOf = (parts: unknown[], raw: boolean): number =>
  raw ? (parts as string[]).reduce((sum, line) => sum + line.length, 0) : bytesOf(JSON.stringify(parts));

/** The parts of the rows above `pos` that fit one message; those of one row always do. */
export function bundleAfter<F extends Fact>(source: Source, output: Output<F>, pos: number): Bundle {
  const { join, raw = false } = output;
  const bundle: Bundle = { to: pos, first: undefined, events: 0, parts: [] };
  const limit = raw ? RAW_BYTES : MESSAGE_BYTES;
  let bytes = 0;
  for (let to = pos; to - pos < MESSAGE_ROWS; to = bundle.to) {
    const rows = source.log.page(to, raw ? RAW_PAGE_ROWS : PAGE_ROWS);
    bundle.first ??= rows[0]?.n;
    if (rows.length === 0) break;
    for (const row of rows) {
      const added = partsOf(source, output, row);
      const size = sizeOf(added, raw);
      if (bundle.parts.length > 0 && bytes + size > limit) {
        bundle.parts = join?.(bundle.parts) ?? bundle.parts;
        bytes = sizeOf(bundle.parts, raw);
        if (bytes + size > limit) return bundle;
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
export function partsAfter<F extends Fact>(source: Source, output: Output<F>, pos: number): unknown[] | undefined {
  const { join } = output;
  let parts: unknown[] = [];
  let next = pos + 1;
  for (const row of source.log.after(pos)) {
    if (row.n !== next++) return undefined;
    parts.push(...partsOf(source, output, row));
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
