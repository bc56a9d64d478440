/* The reducer of a MetricIntake: what a source's samples add up to. Minutes are open in memory until their block of ten is
 * over; then one `closed` moves them out, and the object writes them down beside its log in the same commit. A late sample
 * opens its old minute again, which is merged into what was written at the next `closed`. Once a day is over its rollups
 * leave for D1; what is late for that follows as a part of its own. */
import { floorTo } from "../bucket";
import type { Entry, Reducer } from "../ledger/reducer";
import { DAY_MS, MINUTE_MS } from "../units";
import { BLOCK_MS } from "./blocks";
import { addValue, mergedRollup, type Rollup, rollupOf, type SavedRollup, saveRollup } from "./rollup";
import type { Labels, Sample } from "./sample";
import { lossesOf, type Named, newSeries, OVERFLOWS_MAX, overflowKey, placeSample, type Series } from "./series";
import { emptyMetrics, keyOf, loadMetrics, type MetricState, saveMetrics } from "./state";

/** After the end of a block, before it is closed: for what is under way. */
const BLOCK_GRACE_MS = 20_000;
/** After the end of a day, before it leaves. */
export const DAY_GRACE_MS = 30 * MINUTE_MS;
/** Open minutes in memory; with more of them all are closed, as when old data is sent. About 450 bytes each. */
const OPEN_MAX = 25_000;
/** Groups whose day leaves in one commit. */
const GROUPS_AT_ONCE = 50;
/** A mark's place counts the samples of an entry: an event has no more than these. */
const PLACES = 1_024;

export type MetricCommand = { type: "samples"; samples: Sample[] } | { type: "delete"; name: string };

/** A day of one series on its way to D1. */
export interface DayRollup {
  name: string;
  labels: Labels;
  /** Its first moment, epoch ms. */
  day: number;
  rollup: SavedRollup;
}

/** A sample with the number of its series. */
export type StoredSample = Sample & { series: number };

export type MetricFact =
  | { type: "series"; data: { id: number; name: string; labels: Labels } }
  | { type: "overflow"; data: { name: string; label: string | null; limit: number } }
  | {
      type: "samples";
      data: { samples: StoredSample[]; lost: { name: string; label: string | null; samples: number }[] };
    }
  /** Minutes before this moment left memory; all of them without it. */
  | { type: "closed"; data: { before: number | null } }
  /** Days that leave. With `upTo`: groups of a day that is over, up to that one in their order; null with the last. */
  | { type: "days"; data: { days: DayRollup[]; upTo?: string | null } }
  | { type: "deleted"; data: { name: string } };

/** What was written down of a group's day, by the series' number. */
export type ReadDay = (group: string, day: number) => Map<number, Rollup>;

/** @param limit series of one object
 * @param readDay asked only while facts are decided, never while they are applied */
export function metricsOf(limit: number, readDay: ReadDay): Reducer<MetricState, MetricCommand, MetricFact> {
  return {
    version: 1,
    topic: "metrics",
    empty: emptyMetrics,
    decide: (state, command) =>
      command.type === "samples"
        ? decideSamples(state, command.samples, limit)
        : [{ type: "deleted", data: { name: command.name } }],
    isOwn: ({ type }) => type === "samples" || type === "deleted",
    tick: (state, now) => tick(state, now, readDay),
    deadline,
    apply,
    snapshot: ({ series, samples }) => ({ series: series.size, samples }),
    save: saveMetrics,
    load: loadMetrics,
  };
}

// --- Deciding -------------------------------------------------------------------------------------------------------------

function decideSamples(state: MetricState, samples: Sample[], limit: number): MetricFact[] {
  const facts: MetricFact[] = [];
  // Copied with the first new series; as a rule there is none.
  let grown: Map<string, Named> | undefined;
  const lost = new Map<string, { name: string; label: string | null; samples: number }>();
  const born = new Map<string, number>();
  let named = 0;
  const stored = samples.map((sample): StoredSample => {
    const { key, name, labels, exploded } = placeSample(sample, grown ?? state.series, state.overflows, limit);
    const isKnown = (overflow: string) => lost.has(overflow) || state.overflows.has(overflow);
    for (const [overflow, one] of lossesOf(exploded, isKnown, OVERFLOWS_MAX - state.overflows.size - named)) {
      const counted = lost.get(overflow);
      if (counted !== undefined) counted.samples++;
      else {
        lost.set(overflow, { ...one, samples: 1 });
        if (state.overflows.has(overflow)) continue;
        facts.push({ type: "overflow", data: { ...one, limit } });
        named++;
      }
    }
    let series = state.series.get(key)?.id ?? born.get(key);
    if (series === undefined) {
      series = state.nextId + born.size;
      born.set(key, series);
      facts.push({ type: "series", data: { id: series, name, labels } });
      grown ??= new Map<string, Named>(state.series);
      grown.set(key, { name, labels });
    }
    return { series, name, labels, value: sample.value, timestamp: sample.timestamp };
  });
  facts.push({ type: "samples", data: { samples: stored, lost: [...lost.values()] } });
  if (state.open + samples.length > OPEN_MAX) facts.push(...closing(state, null));
  return facts;
}

/** Minutes leave memory; of days that have left already, what is late for them follows. */
function closing(state: MetricState, before: number | null): MetricFact[] {
  const days = new Map<string, { series: Series; day: number; rollups: Rollup[] }>();
  const isLate = lateFor(state);
  for (const [key, series] of state.series) {
    for (const [start, rollup] of series.minutes) {
      if (before !== null && start >= before) continue;
      const day = floorTo(start, DAY_MS);
      if (!isLate(series.group, day)) continue;
      const found = days.get(`${day} ${key}`);
      if (found === undefined) days.set(`${day} ${key}`, { series, day, rollups: [rollup] });
      else found.rollups.push(rollup);
    }
  }
  const closed: MetricFact = { type: "closed", data: { before } };
  if (days.size === 0) return [closed];
  const late = [...days.values()].map(({ series, day, rollups }) =>
    dayRollup(series, day, mergedRollup(rollups) as Rollup),
  );
  return [closed, { type: "days", data: { days: late } }];
}

/** Whether a day of a group has left for D1. */
const lateFor =
  ({ daysTo = 0, dayAt }: MetricState) =>
  (group: string, day: number): boolean =>
    day < daysTo || (day === daysTo && dayAt !== undefined && group <= dayAt);

const dayRollup = ({ name, labels }: Series, day: number, rollup: Rollup): DayRollup => ({
  name,
  labels,
  day,
  rollup: saveRollup(rollup),
});

// --- The clock ------------------------------------------------------------------------------------------------------------

function tick(state: MetricState, now: number, readDay: ReadDay): MetricFact[] {
  const before = floorTo(now - BLOCK_GRACE_MS, BLOCK_MS);
  const isLeaving = state.dayAt !== undefined;
  if (!isLeaving && state.firstOpen !== undefined && state.firstOpen < before) return closing(state, before);
  const { daysTo: day, dayAt = "" } = state;
  if (day === undefined || now < day + DAY_MS + DAY_GRACE_MS) return [];
  const groups = [...new Set([...state.series.values()].map(({ group }) => group))]
    .filter((group) => group > dayAt)
    .sort();
  const written = new Map(groups.slice(0, GROUPS_AT_ONCE).map((group) => [group, readDay(group, day)]));
  const days: DayRollup[] = [];
  for (const series of state.series.values()) {
    const rollup = written.get(series.group)?.get(series.id);
    if (rollup !== undefined) days.push(dayRollup(series, day, rollup));
  }
  const upTo = groups.length > GROUPS_AT_ONCE ? (groups[GROUPS_AT_ONCE - 1] ?? null) : null;
  return [{ type: "days", data: { days, upTo } }];
}

function deadline({ firstOpen, daysTo, dayAt }: MetricState, after: number): number | undefined {
  if (dayAt !== undefined) return 0;
  const blockEnd = (at: number) => floorTo(at, BLOCK_MS) + BLOCK_MS + BLOCK_GRACE_MS;
  const nextClose =
    firstOpen === undefined ? undefined : Math.max(blockEnd(firstOpen), blockEnd(after - BLOCK_GRACE_MS));
  const dayEnd = daysTo === undefined ? undefined : daysTo + DAY_MS + DAY_GRACE_MS;
  return nextClose === undefined || dayEnd === undefined ? (nextClose ?? dayEnd) : Math.min(nextClose, dayEnd);
}

// --- Applying -------------------------------------------------------------------------------------------------------------

function apply(state: MetricState, entry: Entry<MetricFact>): MetricState {
  const fact = { type: entry.type, data: entry.data } as MetricFact;
  switch (fact.type) {
    case "series": {
      const { id, name, labels } = fact.data;
      const series = newSeries(id, name, labels);
      state.series.set(keyOf(series), series);
      state.byId.set(id, series);
      state.nextId = Math.max(state.nextId, id + 1);
      return state;
    }
    case "overflow": {
      const { name, label } = fact.data;
      state.overflows.set(overflowKey(name, label), { name, label, samples: 0, since: entry.at });
      return state;
    }
    case "samples":
      return applySamples(state, fact.data, entry);
    case "closed":
      return close(state, fact.data.before);
    case "days":
      return leaveDay(state, fact.data.upTo);
    case "deleted": {
      for (const [key, series] of state.series) {
        if (series.name !== fact.data.name) continue;
        state.open -= series.minutes.size;
        state.series.delete(key);
        state.byId.delete(series.id);
      }
      return state;
    }
    default:
      return fact satisfies never;
  }
}

function applySamples(
  state: MetricState,
  { samples, lost }: Extract<MetricFact, { type: "samples" }>["data"],
  { seq, at }: Entry<MetricFact>,
): MetricState {
  state.daysTo ??= floorTo(at, DAY_MS);
  for (const [i, sample] of samples.entries()) {
    const series = state.byId.get(sample.series);
    if (series === undefined) continue;
    const mark = { at: sample.timestamp, seq: seq * PLACES + i, value: sample.value };
    const start = floorTo(sample.timestamp, MINUTE_MS);
    const minute = series.minutes.get(start);
    if (minute === undefined) {
      series.minutes.set(start, rollupOf(mark));
      state.open++;
      state.firstOpen = Math.min(state.firstOpen ?? start, start);
    } else addValue(minute, mark);
    if (sample.timestamp >= series.last.at) series.last = { at: sample.timestamp, value: sample.value };
  }
  for (const { name, label, samples: count } of lost) {
    const overflow = state.overflows.get(overflowKey(name, label));
    if (overflow !== undefined) overflow.samples += count;
  }
  state.samples += samples.length;
  state.heardAt = at;
  return state;
}

/** Where nothing came since that day began, nothing more is waited for. */
function leaveDay(state: MetricState, upTo: string | null | undefined): MetricState {
  if (upTo === undefined || state.daysTo === undefined) return state;
  state.dayAt = upTo ?? undefined;
  if (upTo !== null) return state;
  const isIdle = state.open === 0 && state.heardAt < state.daysTo;
  state.daysTo = isIdle ? undefined : state.daysTo + DAY_MS;
  return state;
}

function close(state: MetricState, before: number | null): MetricState {
  state.leaving = [];
  state.firstOpen = undefined;
  for (const { id, group, minutes } of state.series.values()) {
    for (const [start, rollup] of minutes) {
      if (before === null || start < before) {
        state.leaving.push({ group, id, start, rollup });
        minutes.delete(start);
        state.open--;
      } else state.firstOpen = Math.min(state.firstOpen ?? start, start);
    }
  }
  return state;
}
