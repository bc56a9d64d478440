/* Closed minutes and hours of a MetricIntake, beside its log: written in the commit that closes them, read with what is
 * still open. */
import type { Entry } from "../../domain/ledger/reducer";
import {
  byBlock,
  DAY_MS,
  mergeBlock,
  type PackedBlock,
  SPAN_MS,
  type Tier,
  windowsIn,
} from "../../domain/telemetry/blocks";
import type { MetricFact } from "../../domain/telemetry/intake";
import { bucketAt } from "../../domain/telemetry/points";
import { copyRollup, mergeRollup, type Rollup, type SavedRollup, saveRollup } from "../../domain/telemetry/rollup";
import { hasLabels, type Labels } from "../../domain/telemetry/sample";
import type { Series } from "../../domain/telemetry/series";
import type { MetricState } from "../../domain/telemetry/state";
import { Tiers } from "../tiers";

/** Which series, and which of their time. */
export interface TimelineQuery {
  name: string;
  labels: Labels;
  /** From which tier: minutes, or hours. */
  tier: Tier;
  /** Bucket i is [edges[i], edges[i + 1]), epoch ms. */
  edges: number[];
}

export interface TimelineAnswer {
  series: number;
  /** Bucket and rollup, in order. */
  buckets: [index: number, rollup: SavedRollup][];
}

export class Windows {
  readonly #tiers: Tiers;

  constructor(sql: SqlStorage) {
    this.#tiers = new Tiers(sql);
  }

  /** Writes down the minutes that left memory, and empties what they left in. */
  project({ type, at }: Entry<MetricFact>, state: MetricState): void {
    if (type !== "closed") return;
    for (const tier of ["minute", "hour"] as const) {
      for (const { group, start, windows } of byBlock(tier, state.leaving)) {
        const value = mergeBlock(tier, this.#tiers.get<PackedBlock>(tier, group, start), windows);
        this.#tiers.put(tier, { series: group, start, value }, at);
      }
    }
    state.leaving = [];
  }

  /** What was written down of a group's day, by the series' number. */
  readDay(group: string, day: number): Map<number, Rollup> {
    const days = new Map<number, Rollup>();
    for (const { start, value } of this.#tiers.range<PackedBlock>("hour", group, day, day + DAY_MS)) {
      for (const id of Object.keys(value).map(Number)) {
        for (const { rollup } of windowsIn(start, value, new Set([id]))) add(days, id, rollup);
      }
    }
    return days;
  }

  timeline(series: readonly Series[], { name, labels, tier, edges }: TimelineQuery): TimelineAnswer {
    const wanted = series.filter((one) => one.name === name && hasLabels(one.labels, labels));
    const from = edges[0] ?? 0;
    const to = edges.at(-1) ?? 0;
    const buckets = new Map<number, Rollup>();
    for (const [group, ids] of idsByGroup(wanted)) {
      for (const { start, value } of this.#tiers.range<PackedBlock>(tier, group, from - SPAN_MS[tier] + 1, to)) {
        for (const window of windowsIn(start, value, ids)) add(buckets, bucketAt(edges, window.start), window.rollup);
      }
    }
    for (const { minutes } of wanted) {
      for (const [start, rollup] of minutes) add(buckets, bucketAt(edges, start), rollup);
    }
    buckets.delete(-1);
    const ordered = [...buckets].sort(([a], [b]) => a - b);
    return { series: wanted.length, buckets: ordered.map(([index, rollup]) => [index, saveRollup(rollup)]) };
  }

  retain(before: Record<Tier, number>, limit: number, dryRun: boolean): Record<Tier, number> {
    return {
      minute: this.#tiers.prune("minute", before.minute, limit, dryRun),
      hour: this.#tiers.prune("hour", before.hour, limit, dryRun),
    };
  }
}

function add(into: Map<number, Rollup>, key: number, rollup: Rollup): void {
  const found = into.get(key);
  if (found === undefined) into.set(key, copyRollup(rollup));
  else mergeRollup(found, rollup);
}

function idsByGroup(series: readonly Series[]): Map<string, Set<number>> {
  const groups = new Map<string, Set<number>>();
  for (const { group, id } of series) {
    const ids = groups.get(group);
    if (ids === undefined) groups.set(group, new Set([id]));
    else ids.add(id);
  }
  return groups;
}
