/* The arithmetic of measurements: pure, so that it is tested (test/bench/statistics.unit.test.ts). */

/** The middle of several rounds: one round that something disturbed does not move it. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The smallest value that at least `share` of the values do not exceed. Expects ascending order. */
export function percentile(ascending: ArrayLike<number>, share: number): number {
  if (ascending.length === 0) return Number.NaN;
  const rank = Math.ceil(share * ascending.length);
  return ascending[Math.min(Math.max(rank, 1), ascending.length) - 1] as number;
}

export interface Spread {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

export function spreadOf(values: ArrayLike<number>): Spread {
  const ascending = Float64Array.from(values).sort();
  return {
    count: ascending.length,
    p50: percentile(ascending, 0.5),
    p99: percentile(ascending, 0.99),
    max: percentile(ascending, 1),
  };
}

/** Three significant digits: more would promise what no run repeats. */
export function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : value;
}

export interface Sample {
  /** When it was due, in ms. */
  at: number;
  /** From when it was due to its answer, in ms; undefined when none came. */
  latency: number | undefined;
}

/** How long after `end` answers were slow: the end of the last stretch of `bucketMs` in which the median latency was above
 * `limit`, or in which something was never answered. 0 when none was; undefined when the last stretch still is. */
export function recoveryMs(samples: Sample[], end: number, limit: number, bucketMs = 250): number | undefined {
  const buckets = new Map<number, number[]>();
  for (const { at, latency } of samples) {
    if (at < end) continue;
    const bucket = Math.floor((at - end) / bucketMs);
    const latencies = buckets.get(bucket) ?? [];
    latencies.push(latency ?? Number.POSITIVE_INFINITY);
    buckets.set(bucket, latencies);
  }
  const slow = [...buckets].filter(([, latencies]) => median(latencies) > limit).map(([bucket]) => bucket);
  const last = Math.max(...slow, -1);
  return last >= 0 && last >= Math.max(...buckets.keys()) ? undefined : (last + 1) * bucketMs;
}
