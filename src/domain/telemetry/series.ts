/* The series of one object, and the guard against too many of them: a label whose values explode is written as
 * `__overflow__` from then on, so that one bad label costs its own detail and nobody else's. */
import type { Rollup } from "./rollup";
import { groupOf, type Labels, labelsKey, type Sample, seriesKey } from "./sample";

export const OVERFLOW = "__overflow__";

export interface Series {
  /** Its number in this object, never used again: rows of closed windows know it by this. */
  id: number;
  name: string;
  labels: Labels;
  group: string;
  /** Open minutes by their start. */
  minutes: Map<number, Rollup>;
  last: { at: number; value: number };
}

/** What exploded: a label of a name, or, without a label, the names themselves. */
export interface Overflow {
  name: string;
  label: string | null;
  /** Samples that lost a label value to it. */
  samples: number;
  /** When it began, epoch ms. */
  since: number;
}

/** So many are named; what else explodes is one. */
export const OVERFLOWS_MAX = 100;

export const overflowKey = (name: string, label: string | null): string => (label === null ? "" : `${name} ${label}`);

/** How a sample is stored: as it came, or with what exploded replaced. */
export interface Placed {
  key: string;
  name: string;
  labels: Labels;
  exploded: { name: string; label: string | null }[];
}

/** @param known the series there are, by key
 * @param overflows what has exploded before: its labels are replaced first, without counting again
 * @param limit series that one object takes before labels overflow */
export function placeSample(
  sample: Sample,
  known: ReadonlyMap<string, Named>,
  overflows: ReadonlyMap<string, unknown>,
  limit: number,
): Placed {
  let { name, labels } = sample;
  let key = seriesKey(name, labelsKey(labels));
  const exploded: Placed["exploded"] = [];
  // What has overflowed gets as much room again: it is few series, unless many names explode.
  const room = () => (exploded.length === 0 ? limit : 2 * limit);
  while (!known.has(key) && known.size >= room() && name !== OVERFLOW) {
    const before = Object.keys(labels).find((one) => labels[one] !== OVERFLOW && overflows.has(overflowKey(name, one)));
    const label = before ?? widestLabel(name, labels, known);
    exploded.push({ name, label: label ?? null });
    if (label === undefined) [name, labels] = [OVERFLOW, {}];
    else labels = { ...labels, [label]: OVERFLOW };
    key = seriesKey(name, labelsKey(labels));
  }
  return { key, name, labels, exploded };
}

/** What a sample lost, by key, the last one of a kind.
 * @param isKnown whether it was named before
 * @param room for new ones; beyond it they count as names that explode */
export function lossesOf(
  exploded: Placed["exploded"],
  isKnown: (key: string) => boolean,
  room: number,
): Map<string, Placed["exploded"][number]> {
  const losses = new Map<string, Placed["exploded"][number]>();
  for (const one of exploded) {
    const key = overflowKey(one.name, one.label);
    if (isKnown(key) || losses.size < room) losses.set(key, one);
    else losses.set(overflowKey(one.name, null), { name: one.name, label: null });
  }
  return losses;
}

export type Named = Pick<Series, "name" | "labels">;

/** The label of a name that has the most values, of those that have not overflowed here yet; the first by name among equals. */
function widestLabel(name: string, labels: Labels, known: ReadonlyMap<string, Named>): string | undefined {
  const values = new Map<string, Set<string>>();
  for (const label of Object.keys(labels).sort()) if (labels[label] !== OVERFLOW) values.set(label, new Set());
  for (const series of known.values()) {
    if (series.name !== name) continue;
    for (const [label, seen] of values) {
      const value = series.labels[label];
      if (value !== undefined) seen.add(value);
    }
  }
  let widest: string | undefined;
  for (const [label, seen] of values) {
    if (widest === undefined || seen.size > (values.get(widest) as Set<string>).size) widest = label;
  }
  return widest;
}

export const newSeries = (id: number, name: string, labels: Labels): Series => ({
  id,
  name,
  labels,
  group: groupOf(name, labelsKey(labels)),
  minutes: new Map(),
  last: { at: 0, value: 0 },
});
