/* What was read of a series, and how a reading of its newest part joins what was read before. Pure. */
import { RESOLUTIONS } from "../../../src/domain/bucket";
import type { Timeline } from "../../../src/domain/telemetry/answers";
import type { TimelineResolution } from "../../../src/domain/telemetry/points";
import type { Problem } from "../api/problem";
import type { Point } from "./plot";

/** Raw samples so much older than the newest may still have come in. */
const RAW_TAIL_MS = 10_000;

export interface SeriesState {
  points: Point[];
  /** How many series were merged. */
  series: number;
  /** Up to when, by the server's clock. Undefined before the first answer. */
  asOf: number | undefined;
  /** When it came, by this device's clock. */
  at: number | undefined;
  wholeAt: number;
  problem: Problem | undefined;
  /** Raw values are complete from here on. */
  completeFrom: number | undefined;
  isCut: boolean;
  unavailable: number;
}

export const EMPTY: SeriesState = {
  points: [],
  series: 0,
  asOf: undefined,
  at: undefined,
  wholeAt: Number.NEGATIVE_INFINITY,
  problem: undefined,
  completeFrom: undefined,
  isCut: false,
  unavailable: 0,
};

export function pointsOf(points: Timeline["points"]): Point[] {
  return points.map((point) => {
    if ("avg" in point) return { ...point, start: Date.parse(point.start) };
    const { value } = point;
    const all = { avg: value, min: value, max: value, p50: value, p95: value, p99: value };
    return { ...all, start: Date.parse(point.start), count: 1, partial: false };
  });
}

/** What was read before `from` stays, unless the view has moved past it. */
export const spliced = (before: readonly Point[], from: number, tail: Point[], viewFrom: number): Point[] => [
  ...before.filter(({ start }) => start < from && start >= viewFrom),
  ...tail,
];

/** From where on to read again; undefined: all of it. */
export function tailFrom(state: SeriesState, resolution: TimelineResolution): number | undefined {
  const last = state.points.at(-1);
  if (last === undefined || state.asOf === undefined) return undefined;
  if (resolution === "raw") return last.start - RAW_TAIL_MS;
  // A bucket that was unfinished when it was read, and the one before it, which late samples change most.
  return Math.floor(state.asOf / RESOLUTIONS[resolution] - 1) * RESOLUTIONS[resolution];
}
