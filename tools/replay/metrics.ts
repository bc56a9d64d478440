/* Metrics again: the hours that their samples add up to, all series of a name together, beside its timeline. */
import { type ArchiveLine, entryOf } from "../../src/domain/archive/line";
import { bucketStart, RESOLUTIONS } from "../../src/domain/bucket";
import type { MetricFact, StoredSample } from "../../src/domain/telemetry/intake";
import { type MetricPoint, pointOf } from "../../src/domain/telemetry/points";
import { addValue, type Rollup, rollupOf } from "../../src/domain/telemetry/rollup";
import { type Ask, type Comparison, compareRows, newComparison, type Replayer, type ReplaySpan } from "./replayer";

/** More than an entry has samples: a sample's place within its stream. */
const PLACES = 1_024;
const HOURS_MAX = 5_000;

export class MetricReplayer implements Replayer {
  readonly #span: ReplaySpan;
  /** Name → start of an hour → rollup. */
  readonly #hours = new Map<string, Map<number, Rollup>>();

  constructor(span: ReplaySpan) {
    this.#span = span;
  }

  take(line: ArchiveLine): void {
    const { type, data, seq } = entryOf<MetricFact>(line);
    if (type === "deleted") this.#hours.delete((data as { name: string }).name);
    if (type !== "samples") return;
    for (const [i, sample] of (data as { samples: StoredSample[] }).samples.entries()) {
      const { name, value, timestamp: at } = sample;
      const hours = this.#hours.get(name) ?? new Map<number, Rollup>();
      this.#hours.set(name, hours);
      const start = bucketStart(at, "hour");
      const rollup = hours.get(start);
      const mark = { at, seq: seq * PLACES + i, value };
      if (rollup === undefined) hours.set(start, rollupOf(mark));
      else addValue(rollup, mark);
    }
  }

  /** Whole hours within the span. Which of two values of the same millisecond is first is not compared. */
  async compare(ask: Ask): Promise<Comparison[]> {
    const comparison = newComparison("hours of metrics");
    const { hour } = RESOLUTIONS;
    const end = Math.floor(this.#span.to / hour) * hour;
    for (const [name, hours] of this.#hours) {
      for (let from = Math.ceil(this.#span.from / hour) * hour; from < end; from += HOURS_MAX * hour) {
        const to = Math.min(end, from + HOURS_MAX * hour);
        const rows = [...hours].filter(([start]) => start >= from && start < to);
        const archived = rows.map(([start, rollup]) => pointOf(start, start + hour, rollup, to));
        const path = `/metrics/${encodeURIComponent(name)}?resolution=hour&from=${from}&to=${to}`;
        const answer = (await ask(path)) as { points: MetricPoint[] } | undefined;
        const plain = ({ partial: _, first: __, last: ___, ...point }: MetricPoint) => point;
        compareRows(comparison, name, ({ start }) => start, archived.map(plain), (answer?.points ?? []).map(plain));
      }
    }
    return [comparison];
  }
}
