/* Finding metrics by name. Pure. */
import type { MetricList } from "../../../src/domain/telemetry/answers";

export type Metric = MetricList["metrics"][number];

/** The greatest text below a name: the list after it begins with the name. */
export const justBefore = (name: string): string =>
  `${name.slice(0, -1)}${String.fromCharCode(name.charCodeAt(name.length - 1) - 1)}${"~".repeat(128)}`;

/** Names that hold all words of a search, wherever. */
export function matching(metrics: readonly Metric[], search: string): Metric[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return metrics.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}
