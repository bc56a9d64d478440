/* The text of a log row: a header, one line per frame, one line of what else the commit said.
 *
 *   {"v":1,"r":1,"e":"<epoch>","at":<ms>,"c":<events>,"s":{"AAPL":[41,2,"<epoch>"]}}
 *   {"topic":"prices/AAPL","epoch":"…","seq":41,…}
 *   {"topic":"prices/AAPL","epoch":"…","seq":42,…}
 *   {"ops":[…],"parts":{"candles":[…]}}
 *
 * Entries are stored as the very frames that readers get: a range is answered by slicing lines, and nothing is ever
 * serialised twice. JSON has no raw line breaks, so a line break always separates. */
import type { IdentityOp } from "./identity";
import type { SourceOp } from "./sources";

export const ROW_VERSION = 1;

/** `[first seq, count, epoch of the stream]` */
export type Span = [first: number, count: number, epoch: string];

export interface RowHeader {
  v: number;
  /** Version of the reducer that wrote it. */
  r: number;
  e: string;
  at: number;
  /** Accepted events in this row. */
  c: number;
  s: Record<string, Span>;
}

export type Op = IdentityOp | SourceOp;

export interface RowTail {
  ops: Op[];
  parts: Record<string, unknown[]>;
}

export interface Row {
  n: number;
  at: number;
  body: string;
}

export interface ParsedRow {
  header: RowHeader;
  frames: string[];
  tail: RowTail;
}

export const writeRow = (row: ParsedRow): string =>
  [JSON.stringify(row.header), ...row.frames, JSON.stringify(row.tail)].join("\n");

export function readHeader(body: string): RowHeader {
  return JSON.parse(body.slice(0, body.indexOf("\n"))) as RowHeader;
}

/** Names are what people call places and nodes: `constructor` is one, which every object seems to have. */
export const spanOf = ({ s }: RowHeader, stream: string): Span | undefined =>
  Object.hasOwn(s, stream) ? s[stream] : undefined;

export function readTail(body: string): RowTail {
  return JSON.parse(body.slice(body.lastIndexOf("\n") + 1)) as RowTail;
}

export function readRow(body: string): ParsedRow {
  const lines = body.split("\n");
  const header = JSON.parse(lines[0] as string) as RowHeader;
  return { header, frames: lines.slice(1, -1), tail: JSON.parse(lines.at(-1) as string) as RowTail };
}

/** How every frame of a topic begins. */
const beginningOf = (topic: string): string => `{"topic":${JSON.stringify(topic)},`;

/** The frames of one stream above `after` in a row, in order; the caller has read the header. */
export function framesOf(body: string, topic: string, span: Span, after: number): string[] {
  const [first, count] = span;
  if (first + count - 1 <= after) return [];
  const beginning = beginningOf(topic);
  const mine = body.split("\n").filter((line) => line.startsWith(beginning));
  return mine.slice(Math.max(0, after + 1 - first));
}

/** The same for all streams of a row, which may be thousands: each line is looked at once. */
export function framesByTopic(body: string): (topic: string) => string[] {
  // No text in JSON holds a bare quotation mark, so this is the end of the topic.
  const lines = Map.groupBy(body.split("\n").slice(1, -1), (line) => line.slice(0, line.indexOf('","epoch":') + 2));
  return (topic) => lines.get(beginningOf(topic)) ?? [];
}
