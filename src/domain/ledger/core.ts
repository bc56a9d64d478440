/* The ledger without its disk: state, memory and the next position of one object, and how they change.
 *
 * Two ways lead into a core: a draft (what this commit adds) and `replay` (what an earlier commit added). Both apply the
 * same entries and operations, so an object rebuilt from its log is the one that crashed. */
import type { Cursor } from "../event";
import {
  type Identities,
  loadIdentities,
  noIdentities,
  recallIdentity,
  rememberIdentity,
  saveIdentities,
} from "./identity";
import { type Fork, resumeAt } from "./outbox";
import { mintEpoch } from "./position";
import type { Entry, Fact, Output, Reducer } from "./reducer";
import { type Op, type ParsedRow, ROW_VERSION, type Row, readRow } from "./row";
import { loadSources, noSources, rememberSource, type SourceOp, type Sources, saveSources } from "./sources";

/** One stream of an object. */
export interface Stream<S> {
  epoch: string;
  seq: number;
  state: S;
}

export interface Core<S, I> {
  epoch: string;
  /** Number of the last log row. */
  pos: number;
  /** Events with an effect since birth. */
  accepted: number;
  forks: Fork[];
  streams: Map<string, Stream<S>>;
  /** When the clock next has something to say, per stream. */
  deadlines: Map<string, number>;
  identities: Identities;
  sources: Sources<I>;
}

/** What never changes of an object: its domain and what follows from it. */
export interface Kit<S, I, F extends Fact> {
  reducer: Reducer<S, I, F>;
  outputs: Output<F>[];
  /** Writes what a new entry means into tables of the object's own, inside the transaction of its commit; the state is
   * the one after it. Never called for entries that are replayed: their rows are there. */
  project?: (entry: Entry<F>, state: S) => void;
  /** How long ids of events are remembered, ms; 15 minutes without it. */
  identityMs?: number;
  /** Another version of the row's text, for what reads an older log. Spans and parts are read without it: they stay. */
  rows?: { version: number; upgrade(row: ParsedRow, from: number): ParsedRow };
}

export function emptyCore<S, I>(identityMs?: number): Core<S, I> {
  return {
    epoch: "",
    pos: 0,
    accepted: 0,
    forks: [],
    streams: new Map(),
    deadlines: new Map(),
    identities: noIdentities(identityMs),
    sources: noSources<I>(),
  };
}

export const rowVersion = <S, I, F extends Fact>(kit: Kit<S, I, F>): number => kit.rows?.version ?? ROW_VERSION;

export const topicOf = <S, I, F extends Fact>(kit: Kit<S, I, F>, stream: string): string =>
  kit.reducer.topic === "" ? stream : `${kit.reducer.topic}/${stream}`;

export const streamOf = <S, I, F extends Fact>(kit: Kit<S, I, F>, topic: string): string =>
  kit.reducer.topic === "" ? topic : topic.slice(kit.reducer.topic.length + 1);

/** The stream as readers may see it: a deleted one is not there. */
export function liveStream<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  stream: string,
): Stream<S> | undefined {
  const found = core.streams.get(stream);
  return found === undefined || kit.reducer.isGone?.(found.state) ? undefined : found;
}

export function applyEntry<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, entry: Entry<F>): void {
  let stream = core.streams.get(entry.stream);
  if (stream === undefined || stream.epoch !== entry.epoch) {
    // Another epoch is a stream born again after its deletion: nothing of the earlier one is left.
    stream = { epoch: entry.epoch, seq: 0, state: kit.reducer.empty(entry.stream) };
    core.streams.set(entry.stream, stream);
  }
  stream.state = kit.reducer.apply(stream.state, entry);
  stream.seq = entry.seq;
  expect(core, kit, entry.stream, stream.state, entry.at);
}

/** What the clock waits for in a stream may have come nearer without an entry. */
export function reconsider<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, name: string): void {
  const stream = liveStream(core, kit, name);
  if (stream !== undefined) expect(core, kit, name, stream.state, 0);
}

/** Asks the reducer when the clock next has something to say about a stream, after a moment up to which it has said all. */
function expect<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  stream: string,
  state: S,
  after: number,
): void {
  const due = kit.reducer.deadline?.(state, after);
  if (due === undefined) core.deadlines.delete(stream);
  else core.deadlines.set(stream, due);
}

export function remember<S, I>(core: Core<S, I>, op: Op, at: number): void {
  if (op[0] === "id" || op[0] === "req") rememberIdentity(core.identities, op, at);
  else rememberSource(core.sources, op as SourceOp<I>, at);
}

/** Thrown on reading what a newer version of the code has written; the door answers it as `newer_format`. */
export class NewerFormat extends Error {
  override name = "NewerFormat";
}

/** A row as this version of the code means it. */
export function upgradedRow<S, I, F extends Fact>(kit: Kit<S, I, F>, body: string): ParsedRow {
  const row = readRow(body);
  const version = rowVersion(kit);
  if (row.header.v > version || row.header.r > kit.reducer.version) {
    throw new NewerFormat(
      `row version ${row.header.v}/${row.header.r}, this code reads ${version}/${kit.reducer.version}`,
    );
  }
  return row.header.v < version && kit.rows ? kit.rows.upgrade(row, row.header.v) : row;
}

/** Applies a row of the log to the core that stands right before it. */
export function replay<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, row: Row): void {
  const { header, frames, tail } = upgradedRow(kit, row.body);
  core.epoch = header.e;
  for (const text of frames) {
    const frame = JSON.parse(text) as { topic: string } & Omit<Entry<F>, "stream" | "at">;
    const { topic, ...rest } = frame;
    const entry = { ...rest, stream: streamOf(kit, topic), at: header.at } as Entry<F>;
    const old = header.r < kit.reducer.version && kit.reducer.upgradeEntry !== undefined;
    applyEntry(core, kit, old ? (kit.reducer.upgradeEntry?.(entry, header.r) as Entry<F>) : entry);
  }
  for (const op of tail.ops) remember(core, op, header.at);
  core.accepted += header.c;
  core.pos = row.n;
}

/** Remembers again what a row before the checkpoint said of events and requests. */
export function recall<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, row: Row): void {
  const { header, tail } = upgradedRow(kit, row.body);
  for (const op of tail.ops) {
    if (op[0] === "id" || op[0] === "req") recallIdentity(core.identities, op, header.at);
  }
}

/** Where the memory of a checkpoint ends: what the rows after `pos` said of events and requests is read from them again. No
 * row up to there is younger than `at`, epoch ms. */
export interface MemoryEnd {
  pos: number;
  at: number;
}

/** Checkpoints are read by what reads rows of the same version, and changed this often beside them. */
const CHECKPOINT_CHANGES = 1;

const checkpointVersion = <S, I, F extends Fact>(kit: Kit<S, I, F>): number => rowVersion(kit) + CHECKPOINT_CHANGES;

/** A checkpoint, as JSON text: everything that replaying the log would give, but for what is remembered after `end`. */
export function saveCore<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, end: MemoryEnd): string {
  const { epoch, pos, accepted, forks } = core;
  const saved: SavedCore<I> = {
    v: checkpointVersion(kit),
    r: kit.reducer.version,
    epoch,
    pos,
    accepted,
    forks,
    streams: [...core.streams].map(([name, s]) => [name, s.epoch, s.seq, kit.reducer.save(s.state)]),
    identities: saveIdentities(core.identities, end.at),
    memory: { pos: end.pos, at: end.at },
    sources: saveSources(core.sources),
  };
  return JSON.stringify(saved);
}

interface SavedCore<I> {
  v: number;
  r: number;
  epoch: string;
  pos: number;
  accepted: number;
  forks: Fork[];
  streams: [name: string, epoch: string, seq: number, state: unknown][];
  identities: Parameters<typeof loadIdentities>[0];
  /** Absent where everything that was remembered was saved. */
  memory?: MemoryEnd;
  sources: ReturnType<typeof saveSources<I>>;
}

/** The core of a checkpoint, and where its memory ends; undefined when it has everything. */
export function loadCore<S, I, F extends Fact>(
  kit: Kit<S, I, F>,
  text: string,
): { core: Core<S, I>; memory: MemoryEnd | undefined } {
  const saved = JSON.parse(text) as SavedCore<I>;
  const { reducer } = kit;
  if (saved.v > checkpointVersion(kit) || saved.r > reducer.version)
    throw new NewerFormat(`checkpoint version ${saved.v}/${saved.r}`);
  const core: Core<S, I> = {
    ...emptyCore<S, I>(),
    epoch: saved.epoch,
    pos: saved.pos,
    accepted: saved.accepted,
    forks: saved.forks,
  };
  for (const [name, epoch, seq, state] of saved.streams) {
    const current =
      saved.r < reducer.version && reducer.upgrade !== undefined ? reducer.upgrade(state, saved.r) : state;
    const stream = { epoch, seq, state: reducer.load(current) };
    core.streams.set(name, stream);
    expect(core, kit, name, stream.state, 0);
  }
  core.identities = loadIdentities(saved.identities, kit.identityMs);
  core.sources = loadSources<I>(saved.sources);
  return { core, memory: saved.memory };
}

/** A new epoch after a restore; every stream counts from 1 in it and keeps its state. Returns after which positions of
 * which epochs something may be lost. `seen` is where D1 stands, perhaps in an epoch that this log has never seen. */
export function forkCore<S, I>(core: Core<S, I>, seen: Cursor, now: number, random: number): Cursor[] {
  const before = { epoch: core.epoch, pos: core.pos };
  const known = resumeAt(seen, core.epoch, core.forks) !== undefined;
  // It sorts after the epoch of every stream as well: readers drop what sorts before what they have.
  const epochs = [core.epoch, seen.epoch, ...[...core.streams.values()].map((stream) => stream.epoch)];
  const epoch = mintEpoch(now, random, epochs.sort().at(-1));
  core.forks.push({ epoch, after: before });
  core.epoch = epoch;
  for (const stream of core.streams.values()) Object.assign(stream, { epoch, seq: 0 });
  return known ? [before] : [before, seen];
}
