/* A metric's timeline out of the objects that have its series. Of one that cannot be reached, D1 has the days that are over. */
import type { Resolution } from "../domain/bucket";
import type { RawPoint } from "../domain/telemetry/answers";
import { bucketAt, errorIn, type MetricPoint, pointOf } from "../domain/telemetry/points";
import { loadRollup, mergeRollup, type Rollup } from "../domain/telemetry/rollup";
import type { Labels } from "../domain/telemetry/sample";
import { daysOf, objectsWith } from "../storage/queries/metrics";
import { askEach } from "./ask-each";
import { callIntake, METRIC_INTAKE, recentObjects } from "./intakes";

export interface Wanted {
  name: string;
  labels: Labels;
}

export interface TimelinePoints {
  points: MetricPoint[];
  series: number;
  percentile_error: number;
  unavailable: string[];
}

/** The objects that have series of a name with these labels; none when nobody knows the name. */
export async function objectsOf(env: Env, { name, labels }: Wanted, now: number): Promise<string[]> {
  const objects = new Set<string>(recentObjects(env, name, now));
  for (const object of await objectsWith(env.DB, name, labels)) objects.add(object.slice(METRIC_INTAKE.length + 1));
  return [...objects];
}

/** @param objects that have the series
 * @param edges bucket i is [edges[i], edges[i + 1]) */
export async function timelineOf(
  env: Env,
  wanted: Wanted,
  objects: readonly string[],
  { resolution, zone, edges }: { resolution: Resolution; zone: string; edges: number[] },
  now: number,
): Promise<TimelinePoints> {
  // Days of another zone are made of hours.
  const tier = resolution === "day" && zone !== "UTC" ? "hour" : resolution;
  const { answers, unavailable } = await askEach(objects, (object) =>
    callIntake(env, object, (intake) => intake.timeline({ ...wanted, tier, edges })),
  );
  const buckets = new Map<number, Rollup>();
  const add = (index: number, rollup: Rollup) => {
    const into = buckets.get(index);
    if (into === undefined) buckets.set(index, rollup);
    else mergeRollup(into, rollup);
  };
  let series = 0;
  for (const { value } of answers) {
    series += value.series;
    for (const [index, saved] of value.buckets) add(index, loadRollup(saved));
  }
  if (unavailable.length > 0 && tier === "day") {
    const known = unavailable.map((name) => `${METRIC_INTAKE}/${name}`);
    for (const { day, rollup } of await daysOf(env.DB, wanted, known, edges[0] ?? 0, edges.at(-1) ?? 0)) {
      add(bucketAt(edges, day), rollup);
    }
  }
  const ordered = [...buckets].sort(([a], [b]) => a - b);
  return {
    points: ordered.map(([i, rollup]) => pointOf(edges[i] as number, edges[i + 1] as number, rollup, now)),
    series,
    percentile_error: errorIn(buckets.values()),
    unavailable,
  };
}

export interface RawAnswer {
  points: RawPoint[];
  completeFrom: number;
  unavailable: string[];
}

/** The newest samples in [from, to), oldest first. */
export async function rawOf(
  env: Env,
  wanted: Wanted,
  objects: readonly string[],
  span: { from: number; to: number; limit: number },
): Promise<RawAnswer> {
  const { answers, unavailable } = await askEach(objects, (object) =>
    callIntake(env, object, (intake) => intake.raw(wanted.name, wanted.labels, span)),
  );
  const samples = answers.flatMap(({ value }) => value.samples).sort((a, b) => b.timestamp - a.timestamp);
  return {
    points: samples
      .slice(0, span.limit)
      .reverse()
      .map(({ timestamp, value, labels }) => ({ start: new Date(timestamp).toISOString(), value, labels })),
    completeFrom: Math.max(span.from, ...answers.map(({ value }) => value.completeFrom)),
    unavailable,
  };
}
