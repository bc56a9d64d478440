/* From counts to dollars. */
import { describe, expect, it } from "vitest";
import { type Counts, difference, dollarsPerMillion, perMillion, queueOperationsOf } from "../../bench/cost";

const counts = (more: Partial<Counts>): Counts => ({
  events: 100,
  requests: 0,
  object_calls: 0,
  rows_written: 0,
  messages: 0,
  queue_operations: 0,
  consumer_runs: 0,
  d1_rows_written: 0,
  points: 0,
  ...more,
});

describe("dollars per million events", () => {
  it("is a list price where each event does one of it", () => {
    const each = dollarsPerMillion(counts({ requests: 100, object_calls: 100, rows_written: 100 }));
    expect(each).toMatchObject({ requests: 0.3, object_calls: 0.15, rows_written: 1 });
    expect(each.total).toBeCloseTo(1.45, 12);
  });

  it("is $1.20 for a queue message per event, and does not count the message twice", () => {
    const queue_operations = 100 * queueOperationsOf(500);
    expect(dollarsPerMillion(counts({ messages: 100, queue_operations })).total).toBeCloseTo(1.2, 12);
  });

  it("bills a long message by its 64 KB", () => {
    expect([1, 64_000, 64_001, 128_000].map(queueOperationsOf)).toEqual([3, 3, 6, 6]);
  });
});

describe("counts", () => {
  it("scale to a million events", () => {
    expect(perMillion(counts({ rows_written: 5 }))).toMatchObject({ events: 1_000_000, rows_written: 50_000 });
  });

  it("of a stretch are what came on top", () => {
    const before = counts({ events: 10, points: 1 });
    expect(difference(counts({ points: 4 }), before)).toMatchObject({ events: 90, points: 3 });
  });
});
