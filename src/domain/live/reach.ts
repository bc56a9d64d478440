/* Reach: how far the frames of a topic came. Each hub counts for itself and tells in its answers to deliveries; who adds up
 * keeps the last report of each hub. Counting costs a few additions per frame and per acknowledgement, and allocates
 * nothing per socket. A hub that restarts loses what it had not told. */
import type { ReachReport } from "../frame";
import { comparePositions, type Position } from "../ledger/position";

export const MAX_FRAMES = 256;
export const MAX_AGE_MS = 5 * 60_000;
/** In one answer. */
export const MAX_REPORTS = 64;

interface Tracked extends Position {
  registered: number;
  asked: number;
  flushed: number;
  acknowledged: number;
  acceptedAt: number | undefined;
  /** From acceptance to the end of the flush; undefined until that is over, or when it cannot be said. */
  latencyMs: number | undefined;
  passedAt: number;
  isTold: boolean;
}

/** One topic in one hub. */
export class Reach {
  readonly #topic: string;
  /** The oldest first. */
  #frames: Tracked[] = [];
  /** Those whose flush has just been. */
  #fresh: Tracked[] = [];

  constructor(topic: string) {
    this.#topic = topic;
  }

  /** A frame was handed to the sockets. */
  passed(
    { epoch, seq }: Position,
    counts: { registered: number; asked: number; flushed: number },
    acceptedAt: number | undefined,
    now: number,
  ): void {
    const { registered, asked, flushed } = counts;
    const frame: Tracked = {
      epoch,
      seq,
      registered,
      asked,
      flushed,
      acknowledged: 0,
      acceptedAt,
      latencyMs: undefined,
      passedAt: now,
      isTold: false,
    };
    this.#frames.push(frame);
    this.#fresh.push(frame);
    if (this.#frames.length > MAX_FRAMES) this.#frames.shift();
  }

  /** Everything that has passed was flushed by now. */
  flushed(now: number): void {
    for (const frame of this.#fresh) {
      // Clocks of two machines: a frame is not flushed before it was accepted.
      if (frame.acceptedAt !== undefined) frame.latencyMs = Math.max(0, now - frame.acceptedAt);
    }
    this.#fresh = [];
  }

  /** A socket that was asked had acknowledged everything up to `after` and now has up to `upTo`. */
  acknowledged(after: Position, upTo: Position): void {
    for (let i = this.#frames.length - 1; i >= 0; i--) {
      const frame = this.#frames[i] as Tracked;
      if (comparePositions(frame, after) <= 0) return;
      if (comparePositions(frame, upTo) > 0) continue;
      frame.acknowledged += 1;
      frame.isTold = false;
    }
  }

  /** What was told may not have been heard. */
  tellAgain(): void {
    for (const frame of this.#frames) frame.isTold = false;
  }

  /** What has changed since it was last told, the oldest first. */
  report(now: number): ReachReport[] {
    this.#frames = this.#frames.filter(({ passedAt }) => passedAt > now - MAX_AGE_MS);
    const untold = this.#frames.filter(({ isTold }) => !isTold).slice(0, MAX_REPORTS);
    return untold.map((frame) => {
      frame.isTold = true;
      const { epoch, seq, registered, asked, flushed, acknowledged, latencyMs } = frame;
      const latencies = latencyMs === undefined || flushed === 0 ? [] : [[latencyMs, flushed]];
      return { topic: this.#topic, epoch, seq, registered, asked, flushed, acknowledged, latencies };
    });
  }
}

/** How far one frame came. Latencies are those of hubs, weighted by their texts: exact to the granularity of a hub. */
export interface TotalReach {
  registered: number;
  asked: number;
  flushed: number;
  acknowledged: number;
  /** Null when nothing was flushed, or nothing is known of when. */
  p50_ms: number | null;
  p99_ms: number | null;
}

/** Adds up what hubs report of one frame, the last report of each. */
export function addUp(reports: readonly Omit<ReachReport, "topic" | "epoch" | "seq">[]): TotalReach {
  const total = { registered: 0, asked: 0, flushed: 0, acknowledged: 0 };
  for (const { registered, asked, flushed, acknowledged } of reports) {
    total.registered += registered;
    total.asked += asked;
    total.flushed += flushed;
    total.acknowledged += acknowledged;
  }
  const sorted = reports.flatMap(({ latencies }) => latencies).sort(([a = 0], [b = 0]) => a - b);
  return { ...total, p50_ms: nearestRank(sorted, 50), p99_ms: nearestRank(sorted, 99) };
}

/** One report that stands for those of several hubs on the same frame. */
export function merge(reports: readonly ReachReport[]): ReachReport {
  const [{ topic, epoch, seq }] = reports as [ReachReport];
  const { registered, asked, flushed, acknowledged } = addUp(reports);
  const latencies = new Map<number, number>();
  for (const [ms = 0, texts = 0] of reports.flatMap((report) => report.latencies)) {
    latencies.set(ms, (latencies.get(ms) ?? 0) + texts);
  }
  return { topic, epoch, seq, registered, asked, flushed, acknowledged, latencies: [...latencies] };
}

/** @param sorted pairs of value and weight, by value */
function nearestRank(sorted: readonly number[][], percent: number): number | null {
  const weight = sorted.reduce((sum, [, n = 0]) => sum + n, 0);
  const rank = Math.ceil((weight * percent) / 100);
  let below = 0;
  for (const [ms = 0, n = 0] of sorted) {
    below += n;
    if (n > 0 && below >= rank) return ms;
  }
  return null;
}
