/* Reading the log: a range after a position when it is still kept, a snapshot otherwise. */
import type { Cursor } from "../../domain/event";
import type { Delivery, SnapshotMessage } from "../../domain/frame";
import type { RangeAnswer } from "../../domain/ledger/append";
import { type Core, type Kit, liveStream, type Stream, streamOf, topicOf } from "../../domain/ledger/core";
import type { Position } from "../../domain/ledger/position";
import type { Fact } from "../../domain/ledger/reducer";
import { framesByTopic, framesOf, type Row, readHeader, spanOf } from "../../domain/ledger/row";
import type { Log } from "./log";

interface Range {
  frames: string[];
  more: boolean;
}

/** Frames of a stream's present epoch above `seq`, from the log. Undefined when the log no longer has the first of them. */
function framesAfter(
  log: Log,
  topic: string,
  name: string,
  stream: Stream<unknown>,
  seq: number,
  limit: number,
  bytes: number,
): Range | undefined {
  if (seq >= stream.seq) return { frames: [], more: false };
  const frames: string[] = [];
  let size = 0;
  for (const row of log.after(startRow(log, name, stream, seq))) {
    const span = spanOf(readHeader(row.body), name);
    if (span === undefined || span[2] !== stream.epoch || span[0] + span[1] - 1 <= seq) continue;
    if (frames.length === 0 && span[0] > seq + 1) return undefined;
    for (const frame of framesOf(row.body, topic, span, seq)) {
      if (frames.length >= limit || (size > bytes && frames.length > 0)) return { frames, more: true };
      frames.push(frame);
      size += frame.length;
    }
  }
  return frames.length === 0 ? undefined : { frames, more: false };
}

/** A row at or before the one that holds `seq + 1`: bisection over row numbers, which are dense enough in a log of one stream. */
function startRow(log: Log, name: string, stream: Stream<unknown>, seq: number): number {
  const oldest = log.oldest()?.n ?? 1;
  let low = oldest - 1;
  let high = low + 1;
  for (let step = 64; ; step *= 2) {
    const row = log.page(high, 1)[0];
    if (row === undefined) break;
    const span = spanOf(readHeader(row.body), name);
    if (span === undefined || span[2] !== stream.epoch || span[0] > seq + 1) break;
    low = row.n - 1;
    high = row.n + step;
  }
  return low;
}

export function snapshotOf<S, I, F extends Fact>(
  kit: Kit<S, I, F>,
  name: string,
  stream: Stream<S>,
  gap: boolean,
  now: number,
): SnapshotMessage {
  const { epoch, seq } = stream;
  const at = new Date(now).toISOString();
  const data = kit.reducer.snapshot(stream.state);
  return { type: "snapshot", topic: topicOf(kit, name), epoch, seq, at, data, ...(gap ? { gap: true as const } : {}) };
}

/** After a deploy every hub asks for the same snapshot, and one of thousands of alerts takes long to write. */
const SAME_SNAPSHOT_MS = 1_000;
const written = new WeakMap<Log, { key: string; at: number; text: string }>();

/** Of each object the last one written is kept for a moment, as long as nothing was appended. */
function snapshotText<S, I, F extends Fact>(
  kit: Kit<S, I, F>,
  log: Log,
  name: string,
  stream: Stream<S>,
  gap: boolean,
  now: number,
): string {
  const key = `${stream.epoch}:${stream.seq} ${gap} ${name}`;
  const last = written.get(log);
  if (last?.key === key && now >= last.at && now - last.at < SAME_SNAPSHOT_MS) return last.text;
  const text = JSON.stringify(snapshotOf(kit, name, stream, gap, now));
  written.set(log, { key, at: now, text });
  return text;
}

/** A present-epoch seq to read from: 0 when `after` is the beginning; undefined when only a snapshot can answer. */
function seqIn(stream: Stream<unknown>, after: Position | null): number | undefined {
  if (after === null) return undefined;
  if (after.epoch === "" && after.seq === 0) return 0;
  return after.epoch === stream.epoch && after.seq <= stream.seq ? after.seq : undefined;
}

interface Wanted {
  limit: number;
  bytes: number;
}

/** What follows on a position: the frames from `first` on, or the snapshot that replaces them. Undefined when there is
 * neither: an unknown stream, or a deleted one, which has its last frames but no current value. */
function following<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  log: Log,
  name: string,
  after: Position | null,
  { limit, bytes }: Wanted,
  now: number,
): { head: Position; first: number; range: Range } | { head: Position; snapshot: string } | undefined {
  const stream = core.streams.get(name);
  if (stream === undefined) return undefined;
  const head = { epoch: stream.epoch, seq: stream.seq };
  const seq = seqIn(stream, after);
  const range = seq === undefined ? undefined : framesAfter(log, topicOf(kit, name), name, stream, seq, limit, bytes);
  if (seq !== undefined && range !== undefined) return { head, first: seq + 1, range };
  if (liveStream(core, kit, name) === undefined) return undefined;
  return { head, snapshot: snapshotText(kit, log, name, stream, after !== null, now) };
}

/** For a reader who asks: at most `limit` frames. */
export function rangeAfter<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  log: Log,
  name: string,
  after: Position | null,
  limit: number,
  now: number,
): RangeAnswer {
  const found = following(core, kit, log, name, after, { limit, bytes: Number.POSITIVE_INFINITY }, now);
  if (found === undefined) return { status: "unknown" };
  const { head } = found;
  return "range" in found
    ? { status: "range", head, ...found.range }
    : { status: "snapshot", head, snapshot: found.snapshot };
}

/** The same for a child that is sent frames: one delivery of about `bytes`. */
function deliveriesAfter<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  log: Log,
  topic: string,
  have: Position | null,
  bytes: number,
  now: number,
): Delivery[] {
  const wanted = { limit: Number.POSITIVE_INFINITY, bytes };
  const found = following(core, kit, log, streamOf(kit, topic), have, wanted, now);
  if (found === undefined) return [];
  const { epoch, seq } = found.head;
  if ("snapshot" in found) return [{ topic, epoch, seq, snapshot: found.snapshot }];
  return found.range.frames.length === 0 ? [] : [{ topic, epoch, first: found.first, frames: found.range.frames }];
}

/** Where one frame stands. */
export type Place = Position & { stream: string };

/** Single frames of any streams, those that are still kept, with one pass over the log however many they are. It begins with
 * the newest row, for what is asked for is young as a rule. */
export function framesAt<S, I, F extends Fact>(kit: Kit<S, I, F>, log: Log, places: readonly Place[]) {
  const frames = new Array<string | undefined>(places.length);
  let left = [...places.entries()];
  for (const { body } of log.newest()) {
    if (left.length === 0) break;
    const header = readHeader(body);
    const here = left.filter(([, { stream, epoch, seq }]) => {
      const [first = 0, count = 0, of] = spanOf(header, stream) ?? [];
      return of === epoch && first <= seq && seq < first + count;
    });
    if (here.length === 0) continue;
    const ofTopic = framesByTopic(body);
    for (const [i, { stream, seq }] of here)
      frames[i] = ofTopic(topicOf(kit, stream))[seq - (spanOf(header, stream)?.[0] ?? 0)];
    left = left.filter(([i]) => frames[i] === undefined);
  }
  return frames;
}

/** The streams as those see them who send frames: also a deleted one, because its last frame has to reach everybody. */
export interface Streams {
  topicOf(stream: string): string;
  /** The head of a topic; undefined when there is no such stream. */
  head(topic: string): Position | undefined;
  heads(): [topic: string, head: Position][];
  /** Everything after `have`, or a snapshot, in pieces of about `bytes`; nothing of a deleted stream that is no longer
   * kept. */
  after(topic: string, have: Position | null, bytes: number): Delivery[];
}

/** @param current undefined once the object was thrown away: then it has nothing to say */
export function streamsOf<S, I, F extends Fact>(
  current: () => Core<S, I> | undefined,
  kit: Kit<S, I, F>,
  log: Log,
  now: () => number,
): Streams {
  const headOf = ({ epoch, seq }: Stream<S>): Position => ({ epoch, seq });
  return {
    topicOf: (stream) => topicOf(kit, stream),
    head(topic) {
      const stream = current()?.streams.get(streamOf(kit, topic));
      return stream === undefined ? undefined : headOf(stream);
    },
    heads: () => [...(current()?.streams ?? [])].map(([name, stream]) => [topicOf(kit, name), headOf(stream)]),
    after(topic, have, bytes) {
      const core = current();
      return core === undefined ? [] : deliveriesAfter(core, kit, log, topic, have, bytes, now());
    },
  };
}

/** Characters that one look at the past reads: about a quarter of a second. */
const LOOK_BACK_CHARS = 32_000_000;

/** What a look at the past saw. */
export interface Seen {
  /** The time of the oldest row seen, epoch ms; 0 where the log ends before. */
  since: number;
  /** That row; undefined when there was none. */
  oldest: Cursor | undefined;
}

/** Rows from the newest that is not younger than `atMost` to the oldest, for whoever searches the recent past. */
export function lookBack(log: Log, look: (frames: string[]) => boolean, atMost?: number): Seen {
  let chars = 0;
  let oldest: Row | undefined;
  const seen = (since: number): Seen => ({
    since,
    oldest: oldest && { epoch: readHeader(oldest.body).e, pos: oldest.n },
  });
  for (const row of log.newest(atMost)) {
    oldest = row;
    chars += row.body.length;
    if (!look(row.body.split("\n").slice(1, -1)) || chars > LOOK_BACK_CHARS) return seen(row.at);
  }
  return seen(0);
}
