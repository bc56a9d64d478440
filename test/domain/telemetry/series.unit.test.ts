/* The guard against too many series: it must not grow with what it guards against. */
import { expect, it } from "vitest";
import type { Entry } from "../../../src/domain/ledger/reducer";
import { type MetricFact, metricsOf } from "../../../src/domain/telemetry/intake";
import { OVERFLOWS_MAX } from "../../../src/domain/telemetry/series";

const LIMIT = 200;
const NOW = Date.parse("2026-11-21T10:00:00Z");

it("Names without end are one overflow, whatever labels they have, and every sample counts", () => {
  const reducer = metricsOf(LIMIT, () => new Map());
  let state = reducer.empty("a");
  let events = 0;
  for (let batch = 0; batch < 20; batch++) {
    const samples = Array.from({ length: 100 }, (_, i) => ({
      ...{ name: `n.${batch}.${i}`, labels: { a: "same", b: "same" }, value: 1, timestamp: NOW },
    }));
    for (const fact of reducer.decide(state, { type: "samples", samples }, NOW, false)) {
      events += fact.type === "overflow" ? 1 : 0;
      state = reducer.apply(state, { ...fact, epoch: "e", seq: batch, at: NOW } as unknown as Entry<MetricFact>);
    }
  }
  expect(state.series.size).toBeLessThanOrEqual(2 * LIMIT + 1);
  expect([state.overflows.size, events]).toEqual([OVERFLOWS_MAX + 1, OVERFLOWS_MAX + 1]);
  const rest = state.overflows.get("");
  expect(rest).toMatchObject({ label: null, samples: 20 * 100 - LIMIT - OVERFLOWS_MAX });
  const counts = [...state.series.values()].flatMap(({ minutes }) => [...minutes.values()].map(({ count }) => count));
  expect(counts.reduce((a, b) => a + b, 0)).toBe(2_000);
});
