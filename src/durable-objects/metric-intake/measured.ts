/* What the nodes of an object measured in a span of time: a rollup per series, and how long each was above its limit. */
import { RESOLUTIONS } from "../../domain/bucket";
import { type Limit, type Reading, type Strain, strainOf } from "../../domain/nodes/report/performance";
import { mergedRollup, type SavedRollup, saveRollup } from "../../domain/telemetry/rollup";
import type { Series } from "../../domain/telemetry/series";
import type { Windows } from "./windows";

export interface MeasuredQuery extends Reading {
  limits: readonly Limit[];
}

export interface MeasuredSeries {
  node: string;
  metric: string;
  rollup: SavedRollup;
  limit: number | undefined;
  strain: Strain | undefined;
}

/** Reads the steps of only those series that were above their limit at all. */
export function measuredBy(
  windows: Windows,
  series: readonly Series[],
  { limits, tier, step, from, to }: MeasuredQuery,
): MeasuredSeries[] {
  const names = limits.map(({ name }) => new RegExp(name));
  const measured: MeasuredSeries[] = [];
  for (const [{ name: metric, labels }, own] of windows.perSeries(series, tier, { from, to })) {
    const rollup = mergedRollup(own.values());
    if (rollup === undefined || labels.node === undefined) continue;
    const found = names.findIndex((name) => name.test(metric));
    const limit = found < 0 ? undefined : found;
    measured.push({ node: labels.node, metric, rollup: saveRollup(rollup), limit, strain: undefined });
  }
  const strained = measured.filter(
    ({ limit, rollup }) => limit !== undefined && maxOf(rollup) > aboveOf(limits, limit),
  );
  const byName = new Map(strained.map((one) => [`${one.metric} ${one.node}`, one]));
  const some = series.filter(({ name, labels }) => byName.has(`${name} ${labels.node}`));
  for (const [{ name, labels }, steps] of windows.perSeries(some, step, { from, to })) {
    const one = byName.get(`${name} ${labels.node}`);
    if (one?.limit === undefined) continue;
    const averages = [...steps]
      .sort(([a], [b]) => a - b)
      .map(([at, { sum, count }]): [number, number] => [at, sum / count]);
    one.strain = strainOf(averages, aboveOf(limits, one.limit), RESOLUTIONS[step]);
  }
  return measured;
}

const aboveOf = (limits: readonly Limit[], i: number): number => limits[i]?.above ?? Number.POSITIVE_INFINITY;
const maxOf = (saved: SavedRollup): number => saved[3] as number;
