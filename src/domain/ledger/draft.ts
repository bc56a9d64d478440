/* A commit in the making: entries are applied to the core at once and gather in rows until they are written.
 *
 * Whoever drafts must write what `seal` returns or throw the core away: memory is ahead of the disk meanwhile. */
import { applyEntry, type Core, type Kit, liveStream, remember, rowVersion, topicOf } from "./core";
import { mintEpoch } from "./position";
import type { Entry, Fact } from "./reducer";
import { type Op, type Row, type RowTail, type Span, writeRow } from "./row";

/** A row is closed at so many bytes of frames, entries or parts; the parts of one row must fit a queue message. */
const ROW_BYTES = 262_144;
const ROW_ENTRIES = 2_000;
const ROW_PARTS = 250;

interface OpenRow {
  n: number;
  spans: Map<string, Span>;
  frames: string[];
  bytes: number;
  ops: Op[];
  parts: Map<string, unknown[]>;
  partCount: number;
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

function rowFor<S, I>(core: Core<S, I>, draft: Draft): OpenRow {
  const last = draft.rows.at(-1);
  if (last && last.bytes < ROW_BYTES && last.frames.length < ROW_ENTRIES && last.partCount < ROW_PARTS) return last;
  core.pos++;
  const row: OpenRow = {
    n: core.pos,
    spans: new Map(),
    frames: [],
    bytes: 0,
    ops: [],
    parts: new Map(),
    partCount: 0,
    accepted: 0,
  };
  draft.rows.push(row);
  return row;
}

/** Remembers an operation and stores it with the commit. */
export function note<S, I>(core: Core<S, I>, draft: Draft, op: Op): void {
  rowFor(core, draft).ops.push(op);
  remember(core, op, draft.now);
}

/** Counts an event that had its effect. */
export function countAccepted<S, I>(core: Core<S, I>, draft: Draft): void {
  rowFor(core, draft).accepted++;
  core.accepted++;
}

/** Appends facts to a stream; the seq of the last one, or of the stream's head when there was nothing to say. */
export function appendFacts<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  draft: Draft,
  stream: string,
  facts: F[],
): { epoch: string; seq: number } {
  let { epoch, seq } = liveStream(core, kit, stream) ?? { epoch: "", seq: 0 };
  for (const fact of facts) {
    if (seq === 0 && epoch === "") epoch = bear(core, draft, stream);
    seq++;
    const entry = { stream, epoch, seq, at: draft.now, ...fact } as Entry<F>;
    applyEntry(core, kit, entry);
    store(core, kit, draft, entry);
    const gone = kit.reducer.isGone?.(core.streams.get(stream)?.state as S) ?? false;
    if (seq === 1 || gone) draft.births.push({ stream, epoch, seq, gone });
  }
  return { epoch, seq };
}

/** The epoch of a stream's first entry: the object's own for the first stream, later ones sort after it. */
function bear<S, I>(core: Core<S, I>, draft: Draft, stream: string): string {
  const before = core.streams.get(stream)?.epoch;
  const epoch = mintEpoch(draft.now, draft.random(), before ?? "");
  if (core.epoch === "") core.epoch = epoch;
  return epoch;
}

function store<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, draft: Draft, entry: Entry<F>): void {
  const row = rowFor(core, draft);
  const topic = topicOf(kit, entry.stream);
  const { epoch, seq, type, data, origin } = entry;
  const { at } = draft;
  const text = JSON.stringify({ topic, epoch, seq, type, at, data, ...(origin === undefined ? {} : { origin }) });
  row.frames.push(text);
  row.bytes += text.length;
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
    row.partCount += parts.length;
  }
  if (kit.reducer.isGone?.(core.streams.get(entry.stream)?.state as S)) row.bytes = ROW_BYTES;
  freshen(draft, topic, epoch, seq, text);
}

function freshen(draft: Draft, topic: string, epoch: string, seq: number, text: string): void {
  const fresh = draft.fresh.get(topic);
  if (fresh?.epoch === epoch) fresh.frames.push(text);
  else draft.fresh.set(topic, { topic, epoch, first: seq, frames: [text] });
}

/** A row on its way to the disk, with its parts still at hand. */
export interface SealedRow extends Row {
  parts: RowTail["parts"];
}

/** The rows to write; empty when the commit has nothing to say. */
export function seal<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, draft: Draft): SealedRow[] {
  return draft.rows.map((row) => {
    const parts: RowTail["parts"] = {};
    for (const output of kit.outputs) {
      const gathered = row.parts.get(output.purpose);
      if (gathered) parts[output.purpose] = output.join?.(gathered) ?? gathered;
    }
    const header = {
      v: rowVersion(kit),
      r: kit.reducer.version,
      e: core.epoch,
      at: draft.now,
      c: row.accepted,
      s: Object.fromEntries(row.spans),
    };
    return {
      n: row.n,
      at: draft.now,
      parts,
      body: writeRow({ header, frames: row.frames, tail: { ops: row.ops, parts } }),
    };
  });
}
