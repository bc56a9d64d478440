/* Reading parts and counts from a log: what a message carries, what D1 does not have yet. */
import { linesOf } from "../../domain/archive/line";
import { bytesOf } from "../../domain/bytes";
import type { Fact, Output } from "../../domain/ledger/reducer";
import { type ParsedRow, type Row, readHeader, readTail } from "../../domain/ledger/row";
import { bareRows, bareRowsAfter } from "./bare-rows";
import type { Log } from "./log";

/** A message leaves at this size; the platform's limit is 128,000 bytes. */
export const MESSAGE_BYTES = 64_000;
/** Entries are compressed on their way, to about a tenth; ten rows of the largest kind are never in memory at once. */
export const RAW_BYTES = 512_000;
/** ... or after so many rows, so that one message costs a bounded time to gather however well its parts join. */
const MESSAGE_ROWS = 4_096;
/** Rows read at a time: for a message as many as will be needed when they are like the one before. */
const PAGE_ROWS = 64;
/** Parts are joined again and again while they gather, so that memory holds few of them. */
const JOIN_EVERY = 800;

/** Whose log it is, and how it is read. */
export interface Source {
  object: string;
  log: Log;
  /** Header and frames of a row as this version of the code means them. */
  read(body: string): Pick<ParsedRow, "header" | "frames">;
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
  return linesOf({ object, log_epoch: header.e, pos: row.n, reducer: header.r }, frames, header.c);
}

const sizeOf = (parts: unknown[], raw: boolean): number =>
  raw ? (parts as string[]).reduce((sum, line) => sum + line.length, 0) : bytesOf(JSON.stringify(parts));

/** The parts of the rows above `pos` that fit one message; those of one row always do.
 * @param kept what memory has of these rows, from the first of them on */
export function bundleAfter<F extends Fact>(
  source: Source,
  output: Output<F>,
  pos: number,
  kept: (pos: number) => Row[] = () => [],
): Bundle {
  const { join, raw = false } = output;
  const bundle: Bundle = { to: pos, first: undefined, events: 0, parts: [] };
  const limit = raw ? RAW_BYTES : MESSAGE_BYTES;
  let bytes = 0;
  let last = limit;
  for (let to = pos; to - pos < MESSAGE_ROWS; to = bundle.to) {
    const needed = Math.min(PAGE_ROWS, Math.max(1, Math.floor((limit - bytes) / last)));
    const rows = raw ? entriesAfter(source.log, to, kept, needed) : bareRows(source.log, to, needed);
    bundle.first ??= rows[0]?.n;
    if (rows.length === 0) break;
    for (const row of rows) {
      const added = partsOf(source, output, row);
      const size = sizeOf(added, raw);
      last = Math.max(1, size);
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

function entriesAfter(log: Log, pos: number, kept: (pos: number) => Row[], needed: number): Row[] {
  const rows = kept(pos);
  return rows.length > 0 ? rows : log.page(pos, needed);
}

/** All parts above `pos`, joined. Undefined when the first row after `pos` was recycled: whoever asks has an old position. */
export function partsAfter<F extends Fact>(source: Source, output: Output<F>, pos: number): unknown[] | undefined {
  const { join } = output;
  let parts: unknown[] = [];
  let next = pos + 1;
  for (const row of output.raw ? source.log.after(pos) : bareRowsAfter(source.log, pos, PAGE_ROWS)) {
    if (row.n !== next++) return undefined;
    parts.push(...partsOf(source, output, row));
    if (parts.length > JOIN_EVERY && join) parts = join(parts);
  }
  return join?.(parts) ?? parts;
}

/** Accepted events in rows above `pos`. */
export function eventsAfter(log: Log, pos: number): number {
  let events = 0;
  for (const row of bareRowsAfter(log, pos, PAGE_ROWS)) events += readHeader(row.body).c;
  return events;
}
