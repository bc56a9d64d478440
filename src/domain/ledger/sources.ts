/* Numbered sources: order and exactness without remembering every id.
 *
 * A source that numbers its events per stream is remembered by its high-water mark and the numbers it skipped. An event
 * that arrives early waits for its predecessors, durably, for HOLD_MS; then the missing numbers count as skipped. */
import { earliest } from "../deadline";
import type { AppendEvent } from "./append";

export const HOLD_MS = 2_000;
/** Held events of one object; beyond it the gap of that source is given up at once. */
export const HELD_MAX = 1_000;
/** Ranges of skipped numbers per session; beyond it the lowest is forgotten, and counted. */
const SKIPPED_MAX = 1_000;
/** Sessions of a source that are still told apart after it started anew. */
const SESSIONS_MAX = 4;
/** Sources per object; the one heard longest ago is forgotten first, and counted. One that was heard within KEEP_MS
 * stays while there are fewer than SOURCES_LIMIT. */
const SOURCES_MAX = 10_000;
const SOURCES_LIMIT = 50_000;
const KEEP_MS = 15 * 60_000;
/** How many stretches of (number → seq) are remembered for answering repetitions with their first seq. */
const STRETCHES_MAX = 64;

export interface Session {
  name: string;
  /** Least number taken in: the first seen is no gap, but all below it may still come. */
  low: number;
  /** Greatest number taken in. */
  high: number;
  /** Ranges between them that were not seen, in order, both ends included. */
  skipped: [from: number, to: number][];
  /** Numbers that got consecutive seqs of one epoch. */
  stretches: Stretch[];
}

type Stretch = [number: number, seq: number, count: number, epoch: string];

interface Source {
  /** Newest first. */
  sessions: Session[];
  heardAt: number;
}

export interface Held<T = unknown> {
  event: AppendEvent<T> & { seq: number };
  until: number;
}

/** Key: stream and source. */
export interface Sources<T = unknown> {
  known: Map<string, Source>;
  held: Map<string, Held<T>[]>;
  heldCount: number;
  /** Sources and skipped numbers that are no longer remembered: should they come again, they would be taken for new, or
   * for repetitions. */
  forgotten: number;
}

export type SourceOp<T = unknown> =
  | ["num", stream: string, source: string, session: string, number: number, epoch: string, seq: number]
  | ["hold", until: number, event: AppendEvent<T> & { seq: number }];

export const noSources = <T>(): Sources<T> => ({ known: new Map(), held: new Map(), heldCount: 0, forgotten: 0 });

export const sourceKey = (stream: string, source: string): string => `${stream}\n${source}`;

/** What to do with a numbered event. `restart`: it begins a new session, so what the old one holds is let go first. */
export type Verdict =
  | { do: "accept"; restart: boolean }
  | { do: "late" }
  | { do: "hold" }
  | { do: "duplicate"; at: { epoch: string; seq: number } | undefined; held: boolean };

export function judge(sources: Sources, event: AppendEvent<unknown> & { seq: number }): Verdict {
  const key = sourceKey(event.stream, event.source);
  const sessions = sources.known.get(key)?.sessions;
  const held = sources.held.get(key);
  const name = event.session ?? "";
  if (held?.some((h) => h.event.seq === event.seq && (h.event.session ?? "") === name)) {
    return { do: "duplicate", at: undefined, held: true };
  }
  const index = sessions?.findIndex((s) => s.name === name) ?? -1;
  const session = sessions?.[index];
  if (session === undefined) return { do: "accept", restart: sessions !== undefined };
  if (event.seq <= session.high) {
    const unseen =
      event.seq < session.low || session.skipped.some(([from, to]) => event.seq >= from && event.seq <= to);
    return unseen ? { do: "late" } : { do: "duplicate", at: placeOf(session, event.seq), held: false };
  }
  if (index > 0) return { do: "late" };
  return event.seq === session.high + 1 ? { do: "accept", restart: false } : { do: "hold" };
}

function placeOf(session: Session, number: number): { epoch: string; seq: number } | undefined {
  const stretch = session.stretches.find(([from, , count]) => number >= from && number < from + count);
  return stretch && { epoch: stretch[3], seq: stretch[1] + number - stretch[0] };
}

/** The held event that follows directly on what is applied, if there is one. */
export function nextHeld<T>(sources: Sources<T>, key: string): Held<T> | undefined {
  const current = sources.known.get(key)?.sessions[0];
  const first = sources.held.get(key)?.[0];
  // Only the newest session has any: what an earlier one held was let go when this one began.
  return first !== undefined && current !== undefined && first.event.seq <= current.high + 1 ? first : undefined;
}

/** Keys whose first held event has waited long enough. */
export function overdue(sources: Sources, now: number): string[] {
  const keys: string[] = [];
  for (const [key, held] of sources.held) if (held.some((h) => h.until <= now)) keys.push(key);
  return keys;
}

export function earliestHold(sources: Sources): number | undefined {
  return earliest([...sources.held.values()].flat().map(({ until }) => until));
}

export function rememberSource<T>(sources: Sources<T>, op: SourceOp<T>, at: number): void {
  if (op[0] === "hold") {
    const [, until, event] = op;
    const key = sourceKey(event.stream, event.source);
    const held = sources.held.get(key) ?? [];
    held.push({ event, until });
    held.sort((a, b) => a.event.seq - b.event.seq);
    sources.held.set(key, held);
    sources.heldCount++;
    return;
  }
  const [, stream, source, name, number, epoch, seq] = op;
  const key = sourceKey(stream, source);
  dropHeld(sources, key, name, number);
  const sessions = sources.known.get(key)?.sessions ?? [];
  sources.known.delete(key);
  sources.known.set(key, { sessions, heardAt: at });
  const session = sessionNamed(sessions, name, number);
  see(session, number);
  sources.forgotten += forgetSkipped(session);
  // A held event that went with its stream got no seq.
  if (seq > 0) place(session, number, epoch, seq);
  forgetSources(sources, at);
}

function sessionNamed(sessions: Session[], name: string, number: number): Session {
  const found = sessions.find((s) => s.name === name);
  if (found !== undefined) return found;
  // The first number seen of a session is no gap.
  const session: Session = { name, low: number, high: number - 1, skipped: [], stretches: [] };
  sessions.unshift(session);
  sessions.length = Math.min(sessions.length, SESSIONS_MAX);
  return session;
}

/** Moves the marks of a session over a number that was taken in. */
function see(session: Session, number: number): void {
  if (number > session.high) {
    if (number > session.high + 1) session.skipped.push([session.high + 1, number - 1]);
    session.high = number;
  } else if (number < session.low) {
    if (number < session.low - 1) session.skipped.unshift([number + 1, session.low - 1]);
    session.low = number;
  } else {
    const at = session.skipped.findIndex(([from, to]) => number >= from && number <= to);
    const [from, to] = session.skipped[at] ?? [number, number];
    const left: Session["skipped"] = [];
    if (from < number) left.push([from, number - 1]);
    if (number < to) left.push([number + 1, to]);
    if (at >= 0) session.skipped.splice(at, 1, ...left);
  }
}

function forgetSkipped(session: Session): number {
  const many = session.skipped.splice(0, Math.max(0, session.skipped.length - SKIPPED_MAX));
  return many.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

function place({ stretches }: Session, number: number, epoch: string, seq: number): void {
  const last = stretches.at(-1);
  if (last && last[0] + last[2] === number && last[1] + last[2] === seq && last[3] === epoch) last[2]++;
  else stretches.push([number, seq, 1, epoch]);
  if (stretches.length > STRETCHES_MAX) stretches.shift();
}

function forgetSources(sources: Sources, now: number): void {
  for (const [key, { heardAt }] of sources.known) {
    const many = sources.known.size - SOURCES_MAX;
    if (many <= 0 || (now - heardAt < KEEP_MS && sources.known.size <= SOURCES_LIMIT)) return;
    sources.known.delete(key);
    sources.forgotten++;
  }
}

function dropHeld(sources: Sources, key: string, session: string, number: number): void {
  const held = sources.held.get(key);
  if (held === undefined) return;
  const left = held.filter((h) => h.event.seq !== number || (h.event.session ?? "") !== session);
  sources.heldCount -= held.length - left.length;
  if (left.length === 0) sources.held.delete(key);
  else sources.held.set(key, left);
}

type SavedSources<T> = [known: [string, Source][], held: [string, Held<T>[]][], forgotten: number];

export const saveSources = <T>(s: Sources<T>): SavedSources<T> => [[...s.known], [...s.held], s.forgotten];

export function loadSources<T>([known, held, forgotten]: SavedSources<T>): Sources<T> {
  const heldCount = held.reduce((sum, [, list]) => sum + list.length, 0);
  return { known: new Map(known), held: new Map(held), heldCount, forgotten };
}
