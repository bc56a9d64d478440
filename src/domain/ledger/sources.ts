/* Numbered sources: order and exactness without remembering every id.
 *
 * A source that numbers its events per stream is remembered by its high-water mark and the numbers it skipped. An event
 * that arrives early waits for its predecessors, durably, for HOLD_MS; then the missing numbers count as skipped. */
import type { AppendEvent } from "./append";

export const HOLD_MS = 2_000;
/** Held events of one object; beyond it the gap of that source is given up at once. */
export const HELD_MAX = 1_000;
const SKIPPED_MAX = 1_000;
/** Sessions of a source that are still told apart after it started anew. */
const SESSIONS_MAX = 4;
/** Sources per object; the one heard longest ago is forgotten first. */
const SOURCES_MAX = 10_000;
/** How many stretches of (number → seq) are remembered for answering repetitions with their first seq. */
const STRETCHES_MAX = 64;

export interface Session {
  name: string;
  /** Least number taken in: the first seen is no gap, but what was on its way then may still come. */
  low: number;
  /** Greatest number taken in. */
  high: number;
  skipped: number[];
  /** `[number, seq, count]`: numbers that got consecutive seqs. */
  stretches: [number: number, seq: number, count: number][];
}

export interface Held<T = unknown> {
  event: AppendEvent<T> & { seq: number };
  until: number;
}

/** Key: stream and source. Sessions newest first. */
export interface Sources<T = unknown> {
  sessions: Map<string, Session[]>;
  held: Map<string, Held<T>[]>;
  heldCount: number;
  /** Skipped numbers that are no longer remembered: should they come after all, they would pass for repetitions. */
  forgotten: number;
}

export type SourceOp<T = unknown> =
  | ["num", stream: string, source: string, session: string, number: number, seq: number]
  | ["hold", until: number, event: AppendEvent<T> & { seq: number }];

export const noSources = <T>(): Sources<T> => ({ sessions: new Map(), held: new Map(), heldCount: 0, forgotten: 0 });

export const sourceKey = (stream: string, source: string): string => `${stream}\n${source}`;

/** What to do with a numbered event. `restart`: it begins a new session, so what the old one holds is let go first. */
export type Verdict =
  | { do: "accept"; restart: boolean }
  | { do: "late" }
  | { do: "hold" }
  | { do: "duplicate"; seq: number | null; held: boolean };

export function judge(sources: Sources, event: AppendEvent<unknown> & { seq: number }): Verdict {
  const key = sourceKey(event.stream, event.source);
  const sessions = sources.sessions.get(key);
  const held = sources.held.get(key);
  const name = event.session ?? "";
  if (held?.some((h) => h.event.seq === event.seq && (h.event.session ?? "") === name)) {
    return { do: "duplicate", seq: null, held: true };
  }
  const index = sessions?.findIndex((s) => s.name === name) ?? -1;
  const session = sessions?.[index];
  if (session === undefined) return { do: "accept", restart: sessions !== undefined };
  if (event.seq <= session.high) {
    const before = event.seq < session.low && event.seq >= session.low - SKIPPED_MAX;
    if (before || session.skipped.includes(event.seq)) return { do: "late" };
    return { do: "duplicate", seq: seqOf(session, event.seq), held: false };
  }
  if (index > 0) return { do: "late" };
  return event.seq === session.high + 1 ? { do: "accept", restart: false } : { do: "hold" };
}

function seqOf(session: Session, number: number): number | null {
  const stretch = session.stretches.find(([from, , count]) => number >= from && number < from + count);
  return stretch === undefined ? null : stretch[1] + number - stretch[0];
}

/** The held event that follows directly on what is applied, if there is one. */
export function nextHeld<T>(sources: Sources<T>, key: string): Held<T> | undefined {
  const current = sources.sessions.get(key)?.[0];
  const first = sources.held.get(key)?.[0];
  const follows = current !== undefined && (first?.event.session ?? "") === current.name;
  return first !== undefined && follows && first.event.seq <= current.high + 1 ? first : undefined;
}

/** Keys whose first held event has waited long enough. */
export function overdue(sources: Sources, now: number): string[] {
  const keys: string[] = [];
  for (const [key, held] of sources.held) if (held.some((h) => h.until <= now)) keys.push(key);
  return keys;
}

export function earliestHold(sources: Sources): number | undefined {
  let earliest: number | undefined;
  for (const held of sources.held.values()) {
    for (const { until } of held) if (earliest === undefined || until < earliest) earliest = until;
  }
  return earliest;
}

export function rememberSource<T>(sources: Sources<T>, op: SourceOp<T>): void {
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
  const [, stream, source, name, number, seq] = op;
  const key = sourceKey(stream, source);
  dropHeld(sources, key, name, number);
  const sessions = sources.sessions.get(key) ?? [];
  sources.sessions.delete(key);
  sources.sessions.set(key, sessions);
  sources.forgotten += take(sessionNamed(sessions, name, number), number, seq);
  while (sources.sessions.size > SOURCES_MAX) sources.sessions.delete(sources.sessions.keys().next().value as string);
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

/** Takes a number in; returns how many skipped ones are forgotten for it. */
function take(session: Session, number: number, seq: number): number {
  let forgotten = 0;
  if (number > session.high) {
    // Of a wide gap only the newest numbers can be remembered.
    const from = Math.max(session.high + 1, number - SKIPPED_MAX);
    forgotten = from - session.high - 1;
    for (let missing = from; missing < number; missing++) session.skipped.push(missing);
    session.high = number;
  } else if (number < session.low) {
    for (let missing = number + 1; missing < session.low; missing++) session.skipped.push(missing);
    session.low = number;
  } else {
    session.skipped = session.skipped.filter((n) => n !== number);
  }
  const many = Math.max(0, session.skipped.length - SKIPPED_MAX);
  session.skipped.splice(0, many);
  const last = session.stretches.at(-1);
  if (last !== undefined && last[0] + last[2] === number && last[1] + last[2] === seq) last[2]++;
  else session.stretches.push([number, seq, 1]);
  if (session.stretches.length > STRETCHES_MAX) session.stretches.shift();
  return forgotten + many;
}

function dropHeld(sources: Sources, key: string, session: string, number: number): void {
  const held = sources.held.get(key);
  if (held === undefined) return;
  const left = held.filter((h) => h.event.seq !== number || (h.event.session ?? "") !== session);
  sources.heldCount -= held.length - left.length;
  if (left.length === 0) sources.held.delete(key);
  else sources.held.set(key, left);
}

type SavedSources<T> = [sessions: [string, Session[]][], held: [string, Held<T>[]][], forgotten: number];

export const saveSources = <T>(s: Sources<T>): SavedSources<T> => [[...s.sessions], [...s.held], s.forgotten];

export function loadSources<T>([sessions, held, forgotten]: SavedSources<T>): Sources<T> {
  const heldCount = held.reduce((sum, [, list]) => sum + list.length, 0);
  return { sessions: new Map(sessions), held: new Map(held), heldCount, forgotten };
}
