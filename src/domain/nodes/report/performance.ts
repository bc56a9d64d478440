/* What nodes measured in a span of time, per pool and node, and where it was too much. Pure. */
import { floorTo, RESOLUTIONS, type Resolution } from "../../bucket";
import { errorIn } from "../../telemetry/points";
import { copyRollup, mergeRollup, percentile, type Rollup } from "../../telemetry/rollup";
import { isoOf } from "../../time";
import { DAY_MS, HOUR_MS } from "../../units";
import type { Bottleneck, NodeMeasuredRow, PerformanceReport } from "./answers";
import type { Span } from "./health";

/** What is too much: percent that leave no room for what comes next. `name` is the source of a regular expression. */
export interface Limit {
  of: string;
  name: string;
  above: number;
}
export const LIMITS: readonly Limit[] = [
  { of: "cpu", name: "^cpu\\.total$", above: 90 },
  { of: "memory", name: "^mem\\.used_percent$", above: 90 },
  { of: "swap", name: "^swap\\.used_percent$", above: 90 },
  { of: "disk", name: "^disk\\..+\\.used_percent$", above: 90 },
];

/** Shown per node: what has a limit, and this. */
const LOAD = "load.1";
const MOST_NODE_ROWS = 5_000;
const MOST_BOTTLENECKS = 1_000;

/** Beyond these, figures are of whole hours, and bottlenecks counted in hours: days of minutes are much to read. */
const FIGURES_OF_MINUTES_MS = 2 * HOUR_MS;
const STEPS_OF_MINUTES_MS = 2 * DAY_MS;

/** A span as it is read: widened to whole minutes or hours. */
export interface Reading extends Span {
  /** What figures are read from, and what bottlenecks are counted in. */
  tier: Step;
  step: Step;
}
type Step = Exclude<Resolution, "day">;

export function readingOf({ from, to }: Span): Reading {
  const length = to - from;
  const isWholeHours = from % HOUR_MS === 0 && to % HOUR_MS === 0;
  const tier = length > FIGURES_OF_MINUTES_MS || isWholeHours ? "hour" : "minute";
  const width = RESOLUTIONS[tier];
  const step = length > STEPS_OF_MINUTES_MS ? "hour" : "minute";
  return { from: floorTo(from, width), to: -floorTo(-to, width), tier, step };
}

/** How long a series was above its limit. */
export interface Strain {
  /** Steps whose average was. */
  steps: number;
  /** Of those one after the other: how many, and since when. */
  longest: number;
  longestFrom: number;
  /** The highest average. */
  worst: number;
}

/** @param averages of steps by their start, in order; a step without samples is a pause
 * @returns undefined where none was above */
export function strainOf(averages: Iterable<[start: number, average: number]>, above: number, stepMs: number) {
  let strain: Strain | undefined;
  let run = { from: 0, until: Number.NaN, steps: 0 };
  for (const [start, average] of averages) {
    if (average <= above) continue;
    run = start === run.until ? { ...run, steps: run.steps + 1 } : { from: start, until: start, steps: 1 };
    run.until = start + stepMs;
    strain ??= { steps: 0, longest: 0, longestFrom: start, worst: average };
    strain.steps++;
    strain.worst = Math.max(strain.worst, average);
    if (run.steps > strain.longest) Object.assign(strain, { longest: run.steps, longestFrom: run.from });
  }
  return strain;
}

/** A node's series over the span. */
export interface Measured {
  node: string;
  metric: string;
  rollup: Rollup;
  /** Which limit it has, by its place in LIMITS, and how long it was above it; undefined where it never was. */
  limit: number | undefined;
  strain: Strain | undefined;
}

const spreadOf = (rollup: Rollup) => ({
  avg: rollup.sum / rollup.count,
  max: rollup.max,
  p95: percentile(rollup, 0.95),
});

/** Gathers series object by object: what is merged keeps no more than a rollup per pool and name. */
export class Performance {
  readonly #pools = new Map<string, Map<string, { rollup: Rollup; nodes: Set<string> }>>();
  readonly #nodes: NodeMeasuredRow[] = [];
  readonly #bottlenecks: Bottleneck[] = [];
  readonly #reading: Reading;
  #unavailable = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  lacks(): void {
    this.#unavailable++;
  }

  take(pool: string, { node, metric, rollup, limit, strain }: Measured): void {
    const metrics = this.#pools.get(pool) ?? new Map<string, { rollup: Rollup; nodes: Set<string> }>();
    this.#pools.set(pool, metrics);
    const known = metrics.get(metric);
    if (known === undefined) metrics.set(metric, { rollup: copyRollup(rollup), nodes: new Set([node]) });
    else {
      mergeRollup(known.rollup, rollup);
      known.nodes.add(node);
    }
    if (limit !== undefined || metric === LOAD) this.#nodes.push({ node, pool, metric, ...spreadOf(rollup) });
    const { of, above } = LIMITS[limit ?? -1] ?? {};
    if (of === undefined || above === undefined || strain === undefined) return;
    const stepS = RESOLUTIONS[this.#reading.step] / 1_000;
    const lasted = { above_s: strain.steps * stepS, longest_s: strain.longest * stepS };
    const longest_from = new Date(strain.longestFrom).toISOString();
    this.#bottlenecks.push({ node, pool, of, metric, above, worst: strain.worst, ...lasted, longest_from });
  }

  report({ pool, now }: { pool: string | undefined; now: number }): PerformanceReport {
    const { from, to, step } = this.#reading;
    const rollups = [...this.#pools.values()].flatMap((metrics) => [...metrics.values()].map(({ rollup }) => rollup));
    const nodes = this.#nodes.sort((a, b) => b.avg - a.avg || (a.node < b.node ? -1 : 1));
    return {
      kind: "performance",
      ...{ from: isoOf(from), to: isoOf(Math.min(to, now)), pool: pool ?? null, as_of: isoOf(now), step },
      percentile_error: errorIn(rollups),
      pools: [...this.#pools].sort(byName).map(([name, metrics]) => ({ pool: name, metrics: rowsOf(metrics) })),
      nodes: nodes.slice(0, MOST_NODE_ROWS),
      nodes_left_out: Math.max(0, nodes.length - MOST_NODE_ROWS),
      bottlenecks: this.#bottlenecks.sort((a, b) => b.above_s - a.above_s).slice(0, MOST_BOTTLENECKS),
      unavailable: this.#unavailable,
    };
  }
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

const rowsOf = (metrics: Map<string, { rollup: Rollup; nodes: Set<string> }>) =>
  [...metrics].sort(byName).map(([metric, { rollup, nodes }]) => ({
    metric,
    nodes: nodes.size,
    samples: rollup.count,
    ...spreadOf(rollup),
  }));
