/* What travels to the archive: the entries of a range of one object's log as compressed lines, and when they were. */
import * as z from "zod";
import { Envelope, type OutboxMessage } from "../event";
import type { Output } from "../ledger/reducer";
import { archivedOf } from "./domains";

/** The purpose of every output whose parts are the entries themselves. */
export const ARCHIVE_PURPOSE = "archive";

/** @param delayMs how long entries may gather; the object has them meanwhile */
export const archiveOutput = (delayMs: number): Output<never> => ({
  purpose: ARCHIVE_PURPOSE,
  raw: true,
  delayMs,
  parts: () => [],
});

/** Of the entries of a batch, epoch ms: when the first and last came, and the least and greatest time that they are about. */
export const Span = z.object({
  entries: z.number().int().positive(),
  first_at: z.number().int(),
  last_at: z.number().int(),
  min_time: z.number().int(),
  max_time: z.number().int(),
});
export type Span = z.infer<typeof Span>;

/** A queue takes 128,000 bytes a message; what is longer waits in the bucket and the message has its key. */
export const MESSAGE_BODY_MAX = 120_000;

export const ArchiveMessage = Envelope.extend({
  purpose: z.literal(ARCHIVE_PURPOSE),
  /** Absent when the range has events but no entries. */
  batch: Span.extend({ lines: z.union([z.instanceof(Uint8Array), z.string().min(1)]) }).optional(),
});
export type ArchiveMessage = z.infer<typeof ArchiveMessage>;

const timeOf = (value: unknown): number => (typeof value === "string" ? Date.parse(value) : Number(value));

/** From when an entry came to what it says, in the order in which a frame is written. A text within has its quotation marks
 * escaped, so the first that looks like this is it. */
const AT = ',"at":"';
const AT_LENGTH = "2026-11-21T10:00:00.000Z".length;
const DATA = '","data":';

/** When the entry of a line came, as text, and the text of its data with what may follow.
 * @param text of lines, in which that line is from `start` to `end` */
function whenOf(text: string, start: number, end: number): { at: string; data: string } {
  const at = text.indexOf(AT, start) + AT.length;
  const after = at + AT_LENGTH;
  if (at >= AT.length && at < end && text.startsWith(DATA, after)) {
    return { at: text.slice(at, after), data: text.slice(after + DATA.length, end - 1) };
  }
  const entry = JSON.parse(text.slice(start, end)) as { at: string; data: unknown };
  return { at: entry.at, data: JSON.stringify(entry.data) };
}

/** @param text of lines, as `textOf` makes it; undefined without any */
export function spanOf(object: string, text: string): Span | undefined {
  if (text === "") return undefined;
  const none = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
  const arrival = { ...none };
  const time = { ...none };
  const note = (span: typeof none, at: number) => {
    if (!Number.isFinite(at)) return;
    span.least = Math.min(span.least, at);
    span.most = Math.max(span.most, at);
  };
  const archived = archivedOf(object);
  let entries = 0;
  let last = { text: "", at: Number.NaN };
  for (let start = 0, end: number; start < text.length; start = end + 1) {
    end = text.indexOf("\n", start);
    entries++;
    const { at, data } = whenOf(text, start, end);
    // Entries of a commit came at once.
    if (at !== last.text) last = { text: at, at: timeOf(at) };
    note(arrival, last.at);
    const times = archived?.timesIn(data) ?? [];
    if (times.length === 0) note(time, last.at);
    for (const each of times) note(time, timeOf(each));
  }
  if (!Number.isFinite(time.least)) Object.assign(time, arrival);
  return {
    entries,
    first_at: arrival.least,
    last_at: arrival.most,
    min_time: time.least,
    max_time: time.most,
  };
}

/** One line an entry, each ended. */
export const textOf = (lines: readonly string[]): string => (lines.length === 0 ? "" : `${lines.join("\n")}\n`);

/** Where the lines of a message wait that are too long for the queue. The same range is the same key, sent how often ever. */
export const spillKey = ({ object, from, to }: OutboxMessage): string =>
  `spill/${object}/${from.epoch}:${from.pos}-${to.epoch}:${to.pos}.ndjson.gz`;
