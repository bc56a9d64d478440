/* Finding metrics by name. Pure. */
import type { MetricList } from "../../../src/domain/telemetry/answers";

export type Metric = MetricList["metrics"][number];

/** What a name may hold, in the order of the list. */
const LETTERS = "-./0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
const LONGEST = 128;

/** The greatest name below one: the list after it begins with the one. Empty where the list itself does. */
export function justBefore(name: string): string {
  const rest = name.slice(0, -1);
  const letter = LETTERS[LETTERS.indexOf(name.slice(-1)) - 1];
  return letter === undefined ? rest : (rest + letter).padEnd(LONGEST, LETTERS.at(-1));
}

/** Names that hold all words of a search, wherever. */
export function matching(metrics: readonly Metric[], search: string): Metric[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return metrics.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}
