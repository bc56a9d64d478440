/* Metrics against a plain list of samples: after any crashes, late samples, ends of blocks and days, what is read is what a
 * computation over the list gives, and the days that left for D1 are those of the list, each sample once. */
import { describe, expect, it } from "vitest";
import { floorTo, type Resolution } from "../../src/domain/bucket";
import { type MetricCommand, type MetricFact, metricsOf } from "../../src/domain/telemetry/intake";
import { type MetricPart, metricParts } from "../../src/domain/telemetry/part";
import { loadRollup, mergeRollup, type Rollup } from "../../src/domain/telemetry/rollup";
import type { Sample } from "../../src/domain/telemetry/sample";
import { emptyMetrics, loadMetrics, type MetricState, saveMetrics } from "../../src/domain/telemetry/state";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/units";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { Windows } from "../../src/durable-objects/metric-intake/windows";
import { fc, holds } from "../property";
import { Disk, Life } from "./ledger/fake-object";

const START = Date.parse("2026-03-01T10:00:00Z");
const STREAM = "key/partition-0-of-1";
const NAMES = ["cpu", "mem"];

type Step =
  | { type: "send"; samples: { name: string; value: number; late: number }[]; crash: number | undefined }
  | { type: "pass"; ms: number; crash: number | undefined };

class World {
  readonly disk = new Disk();
  now = START;
  keys = 0;
  readonly sent: Sample[] = [];
  /** What left for D1, by position: sent again after a crash, it is the same. */
  readonly days = new Map<string, MetricPart>();

  live(crashIn?: number) {
    const life = new Life(this.disk);
    const windows = new Windows(life.ctx.storage.sql);
    const ledger = new Ledger<MetricState, MetricCommand, MetricFact>(life.ctx, {
      object: `MetricIntake/${STREAM}`,
      reducer: metricsOf(50, (group, day) => windows.readDay(group, day)),
      outputs: [metricParts(`MetricIntake/${STREAM}`)],
      project: (entry, state) => windows.project(entry, state),
      downstream: { send: async () => {}, cursor: async () => undefined, waitingSince: async () => undefined } as never,
      delayMs: 0,
      deliver: (async () => ({})) as never,
      introduce: async () => {},
      now: () => this.now,
      random: () => 0.5,
    });
    life.crashIn = crashIn;
    return { life, windows, ledger };
  }

  /** Whoever hears nothing asks again. */
  async send(samples: Sample[], crashIn: number | undefined): Promise<void> {
    const events = [{ stream: STREAM, source: "key", body: { type: "samples" as const, samples } }];
    const request = { key: `k${++this.keys}`, hash: "h", events };
    await this.live(crashIn)
      .ledger.append(request)
      .catch(() => undefined);
    expect((await this.live().ledger.append(request)).ok).toBe(true);
    this.sent.push(...samples);
  }

  /** Time passes; the alarm rings until it has nothing more to say. */
  async pass(ms: number, crashIn: number | undefined): Promise<void> {
    this.now += ms;
    await this.live(crashIn).ledger.runDueDuties();
    // What is due again at once rings a millisecond later.
    for (let i = 0; i < 50 && this.disk.alarm !== null && this.disk.alarm <= this.now + 1; i++) {
      this.now++;
      await this.live().ledger.runDueDuties();
    }
  }

  async take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.type === "pass") await this.pass(step.ms, step.crash);
      else {
        const timed = step.samples.map(({ late, ...sample }) => ({
          ...sample,
          labels: {},
          timestamp: this.now - late,
        }));
        await this.send(timed, step.crash);
      }
    }
  }

  async read(name: string, tier: Resolution, edges: number[]): Promise<Map<number, Rollup>> {
    const { ledger, windows } = this.live();
    const state = (await ledger.stream(STREAM))?.state ?? emptyMetrics();
    const { buckets } = windows.timeline(state, { name, labels: {}, tier, edges });
    return new Map(buckets.map(([i, saved]) => [edges[i] as number, loadRollup(saved)]));
  }

  /** Days as their parts add up. */
  async daysSent(): Promise<Map<string, Rollup>> {
    const { ledger } = this.live();
    const days = new Map<string, Rollup>();
    const parts = (await ledger.partsAfter("metrics", { epoch: "", pos: 0 })) as MetricPart[];
    for (const part of parts) {
      if (part.type !== "day") continue;
      const key = `${part.name} ${part.day}`;
      const found = days.get(key);
      if (found === undefined) days.set(key, loadRollup(part.rollup));
      else mergeRollup(found, loadRollup(part.rollup));
    }
    return days;
  }
}

const figures = ({ count, sum, min, max, first, last }: Rollup) => [count, sum, min, max, first.value, last.value];

/** The same of a list, in the order it was sent. */
function plain(samples: Sample[]): number[] {
  const ordered = samples.map((sample, i) => ({ ...sample, i })).sort((a, b) => a.timestamp - b.timestamp || a.i - b.i);
  const values = ordered.map(({ value }) => value);
  const sum = values.reduce((all, value) => all + value, 0);
  return [values.length, sum, Math.min(...values), Math.max(...values), values[0] as number, values.at(-1) as number];
}

const crash = fc.option(fc.nat(14), { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant("send" as const),
    // Late by up to three days, or just now.
    samples: fc.array(
      fc.record({
        name: fc.constantFrom(...NAMES),
        value: fc.integer({ min: -100, max: 100 }),
        late: fc.oneof(fc.nat(90_000), fc.nat(3 * DAY_MS)),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    crash,
  }),
  fc.record({
    type: fc.constant("pass" as const),
    ms: fc.oneof(fc.nat(20 * MINUTE_MS), fc.nat(30 * HOUR_MS)),
    crash,
  }),
);

describe("the windows of a metric", () => {
  it("are those of a plain list, read at any resolution, whatever crashes", () =>
    holds(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const world = new World();
        await world.take(steps);
        const state = (await world.live().ledger.stream(STREAM))?.state;
        const saved = state && loadMetrics(JSON.parse(JSON.stringify(saveMetrics(state))));
        expect(saved).toEqual(state && { ...state, leaving: [] });
        const from = floorTo(START - 4 * DAY_MS, DAY_MS);
        const to = floorTo(world.now, DAY_MS) + DAY_MS;
        for (const [tier, width] of [
          ["minute", MINUTE_MS],
          ["hour", HOUR_MS],
          ["hour", DAY_MS],
          ["day", DAY_MS],
        ] as const) {
          const edges = Array.from({ length: (to - from) / width + 1 }, (_, i) => from + i * width);
          for (const name of NAMES) {
            const own = world.sent.filter((sample) => sample.name === name);
            const expected = Map.groupBy(own, ({ timestamp }) => floorTo(timestamp, width));
            const got = await world.read(name, tier, edges);
            expect([...got.keys()].sort()).toEqual([...expected.keys()].sort());
            for (const [start, rollup] of got) expect(figures(rollup)).toEqual(plain(expected.get(start) as Sample[]));
          }
        }
      }),
      { numRuns: 40 },
    ));

  it("leave as days, each sample in its day once, however late it came", () =>
    holds(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const world = new World();
        await world.take(steps);
        // Hour by hour, as its alarm does: after two days everything has left.
        for (let i = 0; i < 3; i++) await world.pass(DAY_MS, undefined);
        const sent = await world.daysSent();
        const expected = Map.groupBy(world.sent, ({ name, timestamp }) => `${name} ${floorTo(timestamp, DAY_MS)}`);
        expect([...sent.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [key, rollup] of sent) expect(figures(rollup)).toEqual(plain(expected.get(key) as Sample[]));
      }),
      { numRuns: 40 },
    ));
});
