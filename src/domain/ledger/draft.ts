/* A commit in the making: entries are applied to the core at once and gather in rows until they are written.
 *
 * Whoever drafts must write what `seal` returns or throw the core away: memory is ahead of the disk meanwhile. */
import { bytesOf } from "../bytes";
import { applyEntry, type Core, type Kit, liveStream, remember, rowVersion, topicOf } from "./core";
import { mintEpoch } from "./position";
import type { Entry, Fact, Output } from "./reducer";
import { type Op, type Row, type RowTail, type Span, writeRow } from "./row";

/** A row is closed at so many characters of frames and operations, or entries. */
const ROW_CHARS = 262_144;
const ROW_ENTRIES = 2_000;
/** Bytes of joined parts of one purpose in one row; more of them get rows of their own, because a row must fit a queue message. */
const ROW_PARTS_BYTES = 48_000;

interface OpenRow {
  spans: Map<string, Span>;
  frames: string[];
  chars: number;
  ops: Op[];
  parts: Map<string, unknown[]>;
  accepted: number;
}

/** A stream that appeared or went: the registry and topic `symbols` are told. */
export interface Birth {
  stream: string;
  epoch: string;
  seq: number;
  gone: boolean;
}

/** Frames of one stream that a commit added, for those who listen. */
export interface Fresh {
  topic: string;
  epoch: string;
  first: number;
  frames: string[];
}

export interface Draft {
  now: number;
  /** `now` as frames say it. */
  at: string;
  random: () => number;
  rows: OpenRow[];
  births: Birth[];
  fresh: Map<string, Fresh>;
}

export const newDraft = (now: number, random: () => number): Draft => ({
  now,
  at: new Date(now).toISOString(),
  random,
  rows: [],
  births: [],
  fresh: new Map(),
});

function rowFor(draft: Draft): OpenRow {
  const last = draft.rows.at(-1);
  if (last && last.chars < ROW_CHARS && last.frames.length < ROW_ENTRIES) return last;
  const row: OpenRow = { spans: new Map(), frames: [], chars: 0, ops: [], parts: new Map(), accepted: 0 };
  draft.rows.push(row);
  return row;
}

/** Remembers an operation and stores it with the commit. */
export function note<S, I>(core: Core<S, I>, draft: Draft, op: Op): void {
  const row = rowFor(draft);
  row.ops.push(op);
  row.chars += charsOf(op);
  remember(core, op, draft.now);
}

/** About what an operation adds to its row. Escapes may make it six times as long, which a row has room for. */
function charsOf(op: Op): number {
  switch (op[0]) {
    case "hold":
      return JSON.stringify(op[2]).length + 20;
    case "req":
      return op[1].length + op[3].reduce((sum, [stream, , runs]) => sum + stream.length + 8 * runs.length + 30, 40);
    default:
      return op.reduce<number>((sum, value) => sum + String(value).length + 3, 0);
  }
}

/** Counts an event that had its effect. */
export function countAccepted<S, I>(core: Core<S, I>, draft: Draft): void {
  rowFor(draft).accepted++;
  core.accepted++;
}

/** Appends facts to a stream; the seq of the event's own one, or of the stream's head when there was nothing to say. */
export function appendFacts<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  draft: Draft,
  stream: string,
  facts: F[],
): { epoch: string; seq: number } {
  let { epoch, seq } = liveStream(core, kit, stream) ?? { epoch: "", seq: 0 };
  const own = kit.reducer.isOwn ? facts.findIndex(kit.reducer.isOwn) : -1;
  const answered = seq + (own < 0 ? facts.length : own + 1);
  for (const fact of facts) {
    if (seq === 0 && epoch === "") epoch = bear(core, draft, stream);
    seq++;
    const entry = { stream, epoch, seq, at: draft.now, ...fact } as Entry<F>;
    applyEntry(core, kit, entry);
    kit.project?.(entry, core.streams.get(stream)?.state as S);
    store(core, kit, draft, entry);
    const gone = kit.reducer.isGone?.(core.streams.get(stream)?.state as S) ?? false;
    if (seq === 1 || gone) draft.births.push({ stream, epoch, seq, gone });
  }
  return { epoch, seq: answered };
}

/** The epoch of a stream's first entry: the object's own for the first stream, later ones sort after it. */
function bear<S, I>(core: Core<S, I>, draft: Draft, stream: string): string {
  const before = core.streams.get(stream)?.epoch;
  const epoch = mintEpoch(draft.now, draft.random(), before ?? "");
  if (core.epoch === "") core.epoch = epoch;
  return epoch;
}

function store<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, draft: Draft, entry: Entry<F>): void {
  const row = rowFor(draft);
  const topic = topicOf(kit, entry.stream);
  const { epoch, seq, type, data, origin } = entry;
  const { at } = draft;
  const text = JSON.stringify({ topic, epoch, seq, type, at, data, origin });
  row.frames.push(text);
  row.chars += text.length;
  const span = row.spans.get(entry.stream);
  // A stream that dies and is born again within one row needs a row of its own: a span has one epoch.
  if (span === undefined) row.spans.set(entry.stream, [seq, 1, epoch]);
  else span[1]++;
  for (const output of kit.outputs) {
    const parts = output.parts(entry);
    if (parts.length === 0) continue;
    const gathered = row.parts.get(output.purpose) ?? [];
    gathered.push(...parts);
    row.parts.set(output.purpose, gathered);
  }
  if (kit.reducer.isGone?.(core.streams.get(entry.stream)?.state as S)) row.chars = ROW_CHARS;
  freshen(draft, topic, epoch, seq, text);
}

function freshen(draft: Draft, topic: string, epoch: string, seq: number, text: string): void {
  const fresh = draft.fresh.get(topic);
  if (fresh?.epoch === epoch) fresh.frames.push(text);
  else draft.fresh.set(topic, { topic, epoch, first: seq, frames: [text] });
}

/** A row on its way to the disk, with what is in its text still at hand. */
export interface SealedRow extends Row {
  accepted: number;
  parts: RowTail["parts"];
}

/** The rows to write; empty when the commit has nothing to say. Numbers them and moves the core's position. */
export function seal<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, draft: Draft): SealedRow[] {
  const sealed: SealedRow[] = [];
  for (const row of draft.rows) {
    for (const [i, parts] of portionsOf(row, kit.outputs).entries()) {
      const own = i === 0 ? row : { frames: [], ops: [], spans: new Map<string, Span>(), accepted: 0 };
      core.pos++;
      const header = { v: rowVersion(kit), r: kit.reducer.version, e: core.epoch, at: draft.now, c: own.accepted };
      const s = Object.fromEntries(own.spans);
      const body = writeRow({ header: { ...header, s }, frames: own.frames, tail: { ops: own.ops, parts } });
      sealed.push({ n: core.pos, at: draft.now, accepted: own.accepted, parts, body });
    }
  }
  return sealed;
}

/** Joined parts by purpose, in portions that fit a message each; one portion as a rule. */
function portionsOf<F extends Fact>(row: OpenRow, outputs: Output<F>[]): RowTail["parts"][] {
  const portions: RowTail["parts"][] = [{}];
  for (const { purpose, join } of outputs) {
    const gathered = row.parts.get(purpose) ?? [];
    let at = 0;
    let bytes = 0;
    for (const part of join?.(gathered) ?? gathered) {
      const size = bytesOf(JSON.stringify(part));
      if (bytes > 0 && bytes + size > ROW_PARTS_BYTES) {
        at++;
        bytes = 0;
      }
      bytes += size;
      portions[at] ??= {};
      const portion = portions[at] as RowTail["parts"];
      portion[purpose] ??= [];
      portion[purpose].push(part);
    }
  }
  return portions;
}
