/* What samples cost: rows are the bill. One row a commit, two per group of series and ten minutes, and next to nothing of what
 * follows while no series begins and no day ends. */
import { expect, it } from "vitest";
import type { OutboxMessage } from "../../src/domain/event";
import { type MetricCommand, type MetricFact, metricsOf } from "../../src/domain/telemetry/intake";
import { metricParts } from "../../src/domain/telemetry/part";
import type { MetricState } from "../../src/domain/telemetry/state";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { Windows } from "../../src/durable-objects/metric-intake/windows";
import { Disk, Life } from "./ledger/fake-object";

const START = Date.parse("2026-03-01T10:00:00Z");
const STREAM = "key/partition-0-of-1";

it("costs a row a request, and two a host and ten minutes", async () => {
  const disk = new Disk();
  const { ctx } = new Life(disk);
  const windows = new Windows(ctx.storage.sql);
  const sent: OutboxMessage[] = [];
  let now = START;
  const ledger = new Ledger<MetricState, MetricCommand, MetricFact>(ctx, {
    object: `MetricIntake/${STREAM}`,
    reducer: metricsOf(1_000, (group, day) => windows.readDay(group, day)),
    outputs: [metricParts(`MetricIntake/${STREAM}`)],
    project: (entry, state) => windows.project(entry, state),
    downstream: {
      send: async (messages) => {
        sent.push(...messages);
      },
      cursor: async () => ({ epoch: "", pos: 0, rolled: 0, parked: 0 }),
      waitingSince: async () => undefined,
    },
    delayMs: 1_000,
    deliver: async () => ({ have: {} }),
    introduce: async () => {},
    now: () => now,
  });
  const alarms = async () => {
    while (disk.alarm !== null && disk.alarm <= now) {
      disk.alarm = null;
      await ledger.runDueDuties();
      for (const { purpose, to } of sent.splice(0)) await ledger.confirm(purpose, to, false);
      messages++;
    }
  };
  let messages = 0;
  const tenMinutes = async () => {
    for (let i = 0; i < 60; i++) {
      now += 10_000;
      await alarms();
      const samples = ["a", "b"].flatMap((host) =>
        Array.from({ length: 10 }, (_, k) => ({ name: `m${k}`, labels: { host }, value: i, timestamp: now })),
      );
      const events = [{ stream: STREAM, source: "key", body: { type: "samples" as const, samples } }];
      await ledger.append({ key: `k${now}`, hash: "", events });
    }
  };
  // Series begin, and the first block ends.
  await tenMinutes();
  await tenMinutes();
  const before = disk.rowsWritten;
  messages = 0;
  await tenMinutes();
  // 60 commits, 2 hosts × (minutes, hour), the entry that closes them, and what the alarm and the confirmation write.
  const followed = disk.rowsWritten - before - 60 - 4 - 1;
  expect(followed).toBeGreaterThanOrEqual(0);
  expect(followed).toBeLessThanOrEqual(8);
  expect(messages).toBeLessThanOrEqual(4);
});
