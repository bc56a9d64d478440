/* MetricIntake: one object per source and partition of its series; named `<source>/partition-<n>-of-<count>`; woken by
 * samples and one alarm (ends of blocks and days, the outbox). What samples add up to is domain/telemetry; closed minutes and
 * hours are packed in its own SQLite (tiers.ts), closed days leave for D1. */
import type { Resolution } from "../domain/bucket";
import type { AppendAnswer, AppendRequest } from "../domain/ledger/append";
import type { Birth } from "../domain/ledger/draft";
import type { Entry } from "../domain/ledger/reducer";
import { settingsOf } from "../domain/settings";
import { type MetricCommand, type MetricFact, metricsOf } from "../domain/telemetry/intake";
import { metricParts } from "../domain/telemetry/part";
import { hasLabels, type Labels, type Sample } from "../domain/telemetry/sample";
import type { Overflow, Series } from "../domain/telemetry/series";
import type { MetricState } from "../domain/telemetry/state";
import { HOUR_MS } from "../domain/units";
import { registerObject } from "../storage/queries/registry";
import { Ledger } from "./ledger/ledger";
import { LedgerObject } from "./ledger-object";
import { type MeasuredQuery, type MeasuredSeries, measuredBy } from "./metric-intake/measured";
import { type TimelineAnswer, type TimelineQuery, Windows } from "./metric-intake/windows";
import { archived, surroundings } from "./surroundings";

/** New series are looked for: they leave after so long. */
const DELAY_MS = 1_000;
const IDENTITY_MS = 6 * HOUR_MS;

export interface MetricUsage {
  series: number;
  limit: number;
  samples: number;
  overflows: Overflow[];
}

export class MetricIntake extends LedgerObject<MetricState, MetricCommand, MetricFact> {
  readonly #name = this.ctx.id.name ?? "";
  readonly #limit = settingsOf(this.env).SERIES_LIMIT;
  readonly #windows = new Windows(this.ctx.storage.sql);
  protected readonly ledger = new Ledger<MetricState, MetricCommand, MetricFact>(this.ctx, {
    ...surroundings(this.ctx, this.env, "MetricIntake"),
    reducer: metricsOf(this.#limit, (group, day) => this.#windows.readDay(group, day)),
    outputs: [metricParts(`MetricIntake/${this.#name}`), archived(this.env)],
    project: (entry, state) => this.#windows.project(entry, state),
    delayMs: DELAY_MS,
    // Agents that were cut off send what they are not sure of again.
    identityMs: IDENTITY_MS,
    introduce: (births) => this.#introduce(births),
  });

  // --- RPC -------------------------------------------------------------------

  append(request: AppendRequest<MetricCommand>): Promise<AppendAnswer> {
    return this.ledger.append(request);
  }

  /** Forgets all series of a name. */
  remove(name: string, source: string): Promise<AppendAnswer> {
    const event = { stream: this.#name, source, body: { type: "delete" as const, name } };
    return this.ledger.append({ key: crypto.randomUUID(), hash: "", events: [event] });
  }

  /** Rollups per bucket over all series of a name that have the labels: what is written down and what is open. */
  async timeline(query: TimelineQuery): Promise<TimelineAnswer> {
    const state = (await this.ledger.stream(this.#name))?.state;
    return state === undefined ? { series: 0, buckets: [] } : this.#windows.timeline(state, query);
  }

  /** The newest samples of a name within [from, to), newest first, as far back as the log goes and a look may take. */
  async raw(
    name: string,
    labels: Labels,
    { from, to, limit }: { from: number; to: number; limit: number },
  ): Promise<{ samples: Sample[]; completeFrom: number }> {
    const samples: Sample[] = [];
    let isForgotten = false;
    const needle = JSON.stringify(name);
    const { since } = await this.ledger.lookBack((frames) => {
      for (const text of frames.toReversed()) {
        if (!text.includes(needle)) continue;
        const { type, data } = JSON.parse(text) as Entry<MetricFact>;
        isForgotten = type === "deleted" && (data as { name: string }).name === name;
        if (isForgotten) return false;
        if (type !== "samples") continue;
        for (const sample of (data as { samples: Sample[] }).samples.toReversed()) {
          const isWanted = sample.name === name && sample.timestamp >= from && sample.timestamp < to;
          if (isWanted && hasLabels(sample.labels, labels)) samples.push(sample);
        }
      }
      return samples.length < limit;
    });
    return { samples: samples.slice(0, limit), completeFrom: isForgotten ? from : since };
  }

  /** When the newest sample of each name was, epoch ms by its own time. */
  async lastSeen(names: string[]): Promise<[name: string, at: number][]> {
    const last = new Map<string, number>();
    const asked = new Set(names);
    for (const series of await this.#series()) {
      if (!asked.has(series.name)) continue;
      last.set(series.name, Math.max(last.get(series.name) ?? 0, series.last.at));
    }
    return [...last];
  }

  /** The last figure of each series that has the labels; by name. */
  async figures(labels: Labels): Promise<{ name: string; value: number; at: number }[]> {
    const found = (await this.#series()).filter((series) => hasLabels(series.labels, labels));
    return found.map(({ name, last }) => ({ name, ...last })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** What the nodes of this object measured in a span of time. */
  async measured(query: MeasuredQuery): Promise<MeasuredSeries[]> {
    return measuredBy(this.#windows, await this.#series(), query);
  }

  async usage(): Promise<MetricUsage> {
    const state = (await this.ledger.stream(this.#name))?.state;
    return {
      series: state?.series.size ?? 0,
      limit: this.#limit,
      samples: state?.samples ?? 0,
      overflows: [...(state?.overflows.values() ?? [])],
    };
  }

  /** Deletes what is older than it may be, at most `limit` rows of each tier; how many went, or would go. */
  async retain(
    before: Record<Resolution, number>,
    limit: number,
    dryRun: boolean,
  ): Promise<Record<Resolution, number>> {
    return this.#windows.retain(before, limit, dryRun);
  }

  // --- Private ---------------------------------------------------------------

  async #series(): Promise<Series[]> {
    return [...((await this.ledger.stream(this.#name))?.state.series.values() ?? [])];
  }

  async #introduce(births: Birth[]): Promise<void> {
    await registerObject(this.env.DB, "MetricIntake", this.#name, births[0]?.epoch ?? "", Date.now());
  }
}
