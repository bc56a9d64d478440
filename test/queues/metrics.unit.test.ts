/* Metrics on their way into D1: whatever is sent twice, late or out of order, each part has its effect once. */
import { beforeEach, describe, expect, it } from "vitest";
import type { OutboxMessage } from "../../src/domain/event";
import type { MetricPart } from "../../src/domain/telemetry/part";
import { addValue, loadRollup, rollupOf, type SavedRollup, saveRollup } from "../../src/domain/telemetry/rollup";
import { consumeEvents } from "../../src/queues/events";
import { catalogueOf, daysOf, listMetricNames, objectsWith } from "../../src/storage/queries/metrics";
import { FakeD1 } from "../durable-objects/ledger/fake-d1";

const OBJECT = "MetricIntake/key/partition-0-of-10";
const DAY = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;

const rollup = (...values: number[]): SavedRollup => {
  const [first, ...rest] = values.map((value, seq) => ({ at: DAY + seq, seq, value }));
  const all = rollupOf(first as { at: number; seq: number; value: number });
  for (const mark of rest) addValue(all, mark);
  return saveRollup(all);
};
const series = (name: string, host: string): MetricPart => ({
  type: "series",
  object: OBJECT,
  name,
  labels: { host },
  at: DAY,
});
const day = (name: string, host: string, saved: SavedRollup, at = DAY): MetricPart => ({
  ...{ type: "day", object: OBJECT, name, labels: { host }, day: at },
  rollup: saved,
});

let d1: FakeD1;
let points: unknown[];
beforeEach(() => {
  d1 = new FakeD1();
  points = [];
});

const message = (from: number, to: number, parts: MetricPart[]): OutboxMessage => ({
  v: 1,
  object: OBJECT,
  purpose: "metrics",
  from: from === 0 ? { epoch: "", pos: 0 } : { epoch: "e", pos: from },
  to: { epoch: "e", pos: to },
  events: parts.length,
  parts,
});

async function consume(...bodies: OutboxMessage[]): Promise<void> {
  const messages = bodies.map((body, i) => ({ id: `${i}`, body, attempts: 1, ack: () => {}, retry: () => {} }));
  const env = {
    DB: d1.database,
    ANALYTICS: { writeDataPoint: (point: unknown) => points.push(point) },
    METRIC_INTAKE: { getByName: () => ({ confirm: async () => {} }) },
  };
  await consumeEvents({ queue: "tidings-events", messages } as unknown as MessageBatch, env as unknown as Env);
}

const daysIn = async (name: string, labels = {}) =>
  (await daysOf(d1.database, { name, labels }, [OBJECT], DAY - DAY_MS, DAY + 9 * DAY_MS)).map((row) => row.rollup);

describe("parts of metrics", () => {
  it("have their effect once, doubled and out of order", async () => {
    const first = message(0, 3, [series("cpu", "a"), series("cpu", "b"), day("cpu", "a", rollup(1, 2))]);
    const second = message(3, 5, [
      day("cpu", "a", rollup(10)),
      day("cpu", "b", rollup(5)),
      day("cpu", "a", rollup(4), DAY + DAY_MS),
    ]);
    await consume(second, first);
    await consume(first, second, first);
    await consume(second, second);
    expect([...(await catalogueOf(d1.database, ["cpu", "mem"], 10))]).toEqual([
      ["cpu", { series: 2, labels: [{ host: "a" }, { host: "b" }], objects: [OBJECT] }],
    ]);
    expect((await catalogueOf(d1.database, ["cpu"], 1)).get("cpu")).toMatchObject({
      series: 2,
      labels: [{ host: "a" }],
    });
    expect(await objectsWith(d1.database, "cpu", { host: "b" })).toEqual([OBJECT]);
    expect(await objectsWith(d1.database, "cpu", { host: "c" })).toEqual([]);
    const sums = (rollups: { count: number; sum: number }[]) => rollups.map(({ count, sum }) => [count, sum]);
    expect(sums(await daysIn("cpu", { host: "a" }))).toEqual([
      [3, 13],
      [1, 4],
    ]);
    expect(sums(await daysIn("cpu", { host: "b" }))).toEqual([[1, 5]]);
    expect(sums(await daysIn("cpu", { host: "c" }))).toEqual([]);
    expect((await daysIn("cpu", { host: "a" }))[0]).toMatchObject({ min: 1, max: 10 });
  });

  it("write a point per day that left", async () => {
    await consume(message(0, 1, [series("cpu", "a"), day("cpu", "a", rollup(1, 2))]));
    expect(points).toEqual([
      {
        indexes: ["cpu"],
        blobs: ["metric", "cpu", '{"host":"a"}', "day"],
        doubles: [DAY, 2, 3, 1, 2, 2, ...[0.5, 0.95, 0.99].map(() => expect.any(Number))],
      },
    ]);
    expect(loadRollup(rollup(1, 2)).count).toBe(2);
  });

  it("forget a deleted name, and what came before its end in the same message", async () => {
    await consume(
      message(0, 2, [series("cpu", "a"), series("mem", "a"), day("cpu", "a", rollup(1)), day("mem", "a", rollup(1))]),
    );
    const gone: MetricPart = { type: "deleted", object: OBJECT, name: "cpu" };
    await consume(message(2, 4, [day("cpu", "a", rollup(7)), gone]));
    expect(await listMetricNames(d1.database, "", undefined, 10)).toEqual(["mem"]);
    expect([(await daysIn("cpu")).length, (await daysIn("mem")).length]).toEqual([0, 1]);
    await consume(message(4, 5, [series("cpu", "a"), day("cpu", "a", rollup(3))]));
    expect((await daysIn("cpu")).map(({ sum }) => sum)).toEqual([3]);
  });

  it("are listed to a key by the names of its scope, in which only a star at the end is a pattern", async () => {
    await consume(message(0, 3, [series("cpu.total", "a"), series("cpu.user", "a"), series("mem", "a")]));
    const listed = (...names: string[]) => listMetricNames(d1.database, "", names, 10);
    expect(await listed("cpu.*")).toEqual(["cpu.total", "cpu.user"]);
    expect(await listed("mem", "cpu")).toEqual(["mem"]);
    expect(await listed("*")).toHaveLength(3);
    expect(await listed("[!x]*", "m?m", "CPU.*")).toEqual([]);
  });

  it("keep what overflowed for the operator", async () => {
    const overflow = {
      type: "overflow" as const,
      object: OBJECT,
      epoch: "e",
      seq: 4,
      at: DAY,
      name: "cpu",
      label: "pid",
      limit: 1_000,
    };
    await consume(message(0, 1, [overflow]), message(0, 1, [overflow]));
    expect(d1.rows("SELECT kind, detail FROM operational_events")).toEqual([
      { kind: "series_overflow", detail: JSON.stringify({ name: "cpu", label: "pid", limit: 1_000 }) },
    ]);
  });
});
