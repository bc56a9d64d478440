/* Closed minutes, hours and days of a MetricIntake, beside its log: written in the commit that closes them, read with what
 * is still open. A day is written when it leaves for D1; until then its hours are it. */
import { floorTo, RESOLUTION_NAMES, RESOLUTIONS, type Resolution } from "../../domain/bucket";
import type { Entry } from "../../domain/ledger/reducer";
import { byBlock, type Closed, mergeBlock, type PackedBlock, SPAN_MS, windowsIn } from "../../domain/telemetry/blocks";
import type { DayRollup, MetricFact } from "../../domain/telemetry/intake";
import { bucketAt } from "../../domain/telemetry/points";
import {
  copyRollup,
  loadRollup,
  mergeRollup,
  type Rollup,
  type SavedRollup,
  saveRollup,
} from "../../domain/telemetry/rollup";
import { hasLabels, type Labels } from "../../domain/telemetry/sample";
import type { Series } from "../../domain/telemetry/series";
import { keyOf, type MetricState } from "../../domain/telemetry/state";
import { DAY_MS } from "../../domain/units";
import { Tiers } from "../tiers";

/** Which series, and which of their time. */
export interface TimelineQuery {
  name: string;
  labels: Labels;
  /** Made of which windows. */
  tier: Resolution;
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

  /** Writes down what left memory, and empties what it left in. */
  project(entry: Entry<MetricFact>, state: MetricState): void {
    const fact = { type: entry.type, data: entry.data } as MetricFact;
    if (fact.type === "closed") {
      this.#write("minute", state.leaving, entry.at);
      this.#write("hour", state.leaving, entry.at);
      state.leaving = [];
    } else if (fact.type === "days") this.#write("day", closedDays(fact.data.days, state), entry.at);
  }

  #write(tier: Resolution, closed: readonly Closed[], now: number): void {
    for (const { group, start, windows } of byBlock(tier, closed)) {
      const value = mergeBlock(tier, this.#tiers.get<PackedBlock>(tier, group, start), windows);
      this.#tiers.put(tier, { series: group, start, value }, now);
    }
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

  timeline(state: MetricState, { name, labels, tier, edges }: TimelineQuery): TimelineAnswer {
    const wanted = [...state.series.values()].filter((one) => one.name === name && hasLabels(one.labels, labels));
    const from = edges[0] ?? 0;
    const to = edges.at(-1) ?? 0;
    const buckets = new Map<number, Rollup>();
    const take = (from: Resolution, group: string, ids: ReadonlySet<number>, since: number) => {
      for (const { start, value } of this.#tiers.range<PackedBlock>(from, group, since - SPAN_MS[from] + 1, to)) {
        for (const window of windowsIn(start, value, ids)) {
          if (window.start >= since) add(buckets, bucketAt(edges, window.start), window.rollup);
        }
      }
    };
    for (const [group, ids] of idsByGroup(wanted)) {
      take(tier, group, ids, from);
      if (tier === "day") take("hour", group, ids, Math.max(from, openDayOf(state, group)));
    }
    for (const { minutes } of wanted) {
      for (const [start, rollup] of minutes) add(buckets, bucketAt(edges, start), rollup);
    }
    buckets.delete(-1);
    const ordered = [...buckets].sort(([a], [b]) => a - b);
    return { series: wanted.length, buckets: ordered.map(([index, rollup]) => [index, saveRollup(rollup)]) };
  }

  /** Each series with its windows of a tier that begin within a span, by their start: what is written down and what is open.
   * A group at a time. */
  *perSeries(
    series: readonly Series[],
    tier: Resolution,
    { from, to }: { from: number; to: number },
  ): Generator<[Series, Map<number, Rollup>]> {
    for (const [group, some] of Map.groupBy(series, (one) => one.group)) {
      const blocks = this.#tiers.range<PackedBlock>(tier, group, from - SPAN_MS[tier] + 1, to);
      for (const one of some) {
        const own = new Map<number, Rollup>();
        const take = (start: number, rollup: Rollup) => start >= from && start < to && add(own, start, rollup);
        for (const { start, value } of blocks) {
          for (const window of windowsIn(start, value, new Set([one.id]))) take(window.start, window.rollup);
        }
        for (const [start, rollup] of one.minutes) take(floorTo(start, RESOLUTIONS[tier]), rollup);
        yield [one, own];
      }
    }
  }

  retain(before: Record<Resolution, number>, limit: number, dryRun: boolean): Record<Resolution, number> {
    const pruned = RESOLUTION_NAMES.map((tier) => [tier, this.#tiers.prune(tier, before[tier], limit, dryRun)]);
    return Object.fromEntries(pruned) as Record<Resolution, number>;
  }
}

/** Days on their way to D1, as windows of the series that are still there. */
function closedDays(days: readonly DayRollup[], { series }: MetricState): Closed[] {
  return days.flatMap(({ day, rollup, ...named }) => {
    const found = series.get(keyOf(named));
    return found === undefined ? [] : [{ group: found.group, id: found.id, start: day, rollup: loadRollup(rollup) }];
  });
}

/** The first day of a group that is not written down as a day. */
function openDayOf({ daysTo, dayAt }: MetricState, group: string): number {
  if (daysTo === undefined) return Number.POSITIVE_INFINITY;
  return dayAt !== undefined && group <= dayAt ? daysTo + DAY_MS : daysTo;
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
