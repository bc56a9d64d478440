/* What a MetricIntake knows: its series with their open minutes, and how it is saved. */
import type { Closed } from "./blocks";
import { loadRollup, type SavedRollup, saveRollup } from "./rollup";
import { type Labels, labelsKey, seriesKey } from "./sample";
import { type Named, newSeries, type Overflow, overflowKey, type Series } from "./series";

export interface MetricState {
  series: Map<string, Series>;
  /** The same by their numbers. */
  byId: Map<number, Series>;
  nextId: number;
  /** Open minutes in all, and the earliest of them. */
  open: number;
  firstOpen: number | undefined;
  /** What the last `closed` moved out, for whoever writes it down and empties it. */
  leaving: Closed[];
  /** Days before this one have left; undefined while there is nothing to wait for. */
  daysTo: number | undefined;
  /** Of the day that is leaving: the last group that has left. */
  dayAt: string | undefined;
  overflows: Map<string, Overflow>;
  samples: number;
  /** When samples last came, epoch ms. */
  heardAt: number;
}

export const emptyMetrics = (): MetricState => ({
  series: new Map(),
  byId: new Map(),
  nextId: 1,
  open: 0,
  firstOpen: undefined,
  leaving: [],
  daysTo: undefined,
  dayAt: undefined,
  overflows: new Map(),
  samples: 0,
  heardAt: 0,
});

export const keyOf = ({ name, labels }: Named): string => seriesKey(name, labelsKey(labels));

type SavedSeries = [
  id: number,
  name: string,
  labels: Labels,
  last: number,
  value: number,
  minutes: [number, SavedRollup][],
];

interface SavedMetrics extends Pick<MetricState, "nextId" | "samples" | "heardAt"> {
  daysTo: number | null;
  dayAt: string | null;
  series: SavedSeries[];
  overflows: Overflow[];
}

export const saveMetrics = ({ series, overflows, ...state }: MetricState): SavedMetrics => ({
  nextId: state.nextId,
  samples: state.samples,
  heardAt: state.heardAt,
  daysTo: state.daysTo ?? null,
  dayAt: state.dayAt ?? null,
  series: [...series.values()].map(({ id, name, labels, last, minutes }) => [
    ...([id, name, labels, last.at, last.value] as const),
    [...minutes].map(([start, rollup]): [number, SavedRollup] => [start, saveRollup(rollup)]),
  ]),
  overflows: [...overflows.values()],
});

export function loadMetrics(saved: unknown): MetricState {
  const { series, overflows, daysTo, dayAt, ...rest } = saved as SavedMetrics;
  const state: MetricState = { ...emptyMetrics(), ...rest, daysTo: daysTo ?? undefined, dayAt: dayAt ?? undefined };
  for (const [id, name, labels, at, value, minutes] of series) {
    const one = { ...newSeries(id, name, labels), last: { at, value } };
    for (const [start, rollup] of minutes) {
      one.minutes.set(start, loadRollup(rollup));
      state.open++;
      state.firstOpen = Math.min(state.firstOpen ?? start, start);
    }
    state.series.set(keyOf(one), one);
    state.byId.set(id, one);
  }
  for (const overflow of overflows) state.overflows.set(overflowKey(overflow.name, overflow.label), overflow);
  return state;
}
