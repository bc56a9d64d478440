/* What the benchmark computes from what it measured. */
import { describe, expect, it } from "vitest";
import { median, percentile, recoveryMs, rounded, type Sample, spreadOf } from "../../bench/statistics";

describe("medians and percentiles", () => {
  it("takes the middle, or the mean of the two middles", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it("gives the smallest value that so many do not exceed", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it("sorts by value, not by text", () => {
    expect(spreadOf([10, 9, 100])).toEqual({ count: 3, p50: 10, p99: 100, max: 100 });
  });

  it("keeps three digits of a figure", () => {
    expect(rounded(12_345)).toBe(12_300);
    expect(rounded(0.123456)).toBe(0.123);
  });
});

describe("recovery", () => {
  const samples = (latencies: (number | undefined)[]): Sample[] =>
    latencies.map((latency, i) => ({ at: 1_000 + i * 100, latency }));

  it("is over at the end of the last slow stretch", () => {
    expect(recoveryMs(samples([50, 50, 50, 2, 2, 2]), 1_000, 10, 100)).toBe(300);
    expect(recoveryMs(samples([50, 2, 50, 2]), 1_000, 10, 100)).toBe(300);
  });

  it("is nothing when nothing was slow, and unknown when it did not end", () => {
    expect(recoveryMs(samples([1, 1]), 1_000, 10, 100)).toBe(0);
    expect(recoveryMs(samples([1, 50]), 1_000, 10, 100)).toBeUndefined();
  });

  it("counts what was never answered as slow, and what was before the end not at all", () => {
    expect(recoveryMs(samples([99, undefined, 1]), 1_100, 10, 100)).toBe(100);
  });
});
