/* What the named queries ask, computed plainly over points and how many each stands for. */
import type { PointValues } from "../../src/storage/analytics";

const HOUR = 3_600_000;

export type Candle = PointValues<"candle">;
export type Request = PointValues<"request">;
export type Metric = PointValues<"metric">;
/** A point as its values, and how many it stands for. */
export type Weighed<V> = { values: V; interval: number };
export type Row = Record<string, string | number | null>;
export type Points = { candle: Weighed<Candle>[]; request: Weighed<Request>[]; metric: Weighed<Metric>[] };

type Pick<V> = (values: V) => number;
const sum = <V>(group: Weighed<V>[], of: Pick<V>): number =>
  group.reduce((all, { values, interval }) => all + interval * of(values), 0);
const ratio = (a: number, b: number): number | null => (b === 0 ? null : a / b);
const least = <V>(group: Weighed<V>[], of: Pick<V>): number => Math.min(...group.map(({ values }) => of(values)));
const most = <V>(group: Weighed<V>[], of: Pick<V>): number => Math.max(...group.map(({ values }) => of(values)));

function grouped<V>(all: Weighed<V>[], keyOf: (values: V) => Row, figures: (group: Weighed<V>[]) => Row): Row[] {
  const groups = Map.groupBy(all, ({ values }) => JSON.stringify(keyOf(values)));
  return [...groups].map(([key, group]) => ({ ...(JSON.parse(key) as Row), ...figures(group) }));
}

function quantile(group: Weighed<Candle>[], q: number): number {
  const each = group
    .flatMap(({ values, interval }) => Array<number>(interval).fill(values.volume))
    .sort((a, b) => a - b);
  return each[Math.ceil(q * each.length) - 1] as number;
}

const bucketOf = (at: number): number => Math.floor(at / HOUR) * HOUR;

export const PLAIN: Record<string, (p: Points) => Row[]> = {
  "busiest-symbols": (p) =>
    grouped(
      p.candle,
      ({ symbol }) => ({ symbol }),
      (g) => ({ prices: sum(g, (c) => c.count), volume: sum(g, (c) => c.volume) }),
    ),
  "symbol-summary": (p) =>
    grouped(
      p.candle,
      ({ symbol }) => ({ symbol }),
      (g) => ({
        minutes: sum(g, () => 1),
        lowest: least(g, (c) => c.low),
        highest: most(g, (c) => c.high),
        volume: sum(g, (c) => c.volume),
        vwap: ratio(
          sum(g, (c) => c.close * c.volume),
          sum(g, (c) => c.volume),
        ),
        mean_range: ratio(
          sum(g, (c) => c.high - c.low),
          sum(g, () => 1),
        ),
      }),
    ),
  "price-timeline": (p) =>
    grouped(
      p.candle,
      (c) => ({ bucket: bucketOf(c.start) }),
      (g) => ({
        prices: sum(g, (c) => c.count),
        volume: sum(g, (c) => c.volume),
        lowest: least(g, (c) => c.low),
        highest: most(g, (c) => c.high),
      }),
    ),
  "volume-quantiles": (p) =>
    grouped(
      p.candle,
      ({ symbol }) => ({ symbol }),
      (g) => ({ p50: quantile(g, 0.5), p95: quantile(g, 0.95), p99: quantile(g, 0.99) }),
    ),
  "quiet-symbols": (p) =>
    grouped(
      p.candle,
      ({ symbol }) => ({ symbol }),
      (g) => ({ last_minute: most(g, (c) => c.start) }),
    ),
  "request-timeline": (p) =>
    grouped(
      p.request,
      (r) => ({ bucket: bucketOf(r.start) }),
      (g) => ({
        requests: sum(g, (r) => r.count),
        error_rate: ratio(
          sum(g, (r) => r.errors),
          sum(g, (r) => r.count),
        ),
        mean_latency: ratio(
          sum(g, (r) => r.latency_sum),
          sum(g, (r) => r.latency_count),
        ),
        bytes: sum(g, (r) => r.bytes),
      }),
    ),
  "top-endpoints": (p) =>
    grouped(
      p.request,
      ({ endpoint, method }) => ({ endpoint, method }),
      (g) => ({
        requests: sum(g, (r) => r.count),
        bytes: sum(g, (r) => r.bytes),
        error_rate: ratio(
          sum(g, (r) => r.errors),
          sum(g, (r) => r.count),
        ),
      }),
    ),
  "slowest-endpoints": (p) =>
    grouped(
      p.request.filter(({ values }) => values.latency_count > 0),
      ({ endpoint, method }) => ({ endpoint, method }),
      (g) => ({
        mean_latency: ratio(
          sum(g, (r) => r.latency_sum),
          sum(g, (r) => r.latency_count),
        ),
        worst_p95: most(g, (r) => r.latency_p95),
        requests: sum(g, (r) => r.count),
      }),
    ),
  "requests-by-status": (p) =>
    grouped(
      p.request,
      ({ status }) => ({ status }),
      (g) => ({ requests: sum(g, (r) => r.count), bytes: sum(g, (r) => r.bytes) }),
    ),
  "metric-summary": (p) =>
    grouped(
      p.metric.filter(({ values }) => values.resolution === "day"),
      ({ name }) => ({ name }),
      (g) => ({
        samples: sum(g, (m) => m.count),
        mean: ratio(
          sum(g, (m) => m.sum),
          sum(g, (m) => m.count),
        ),
        least: least(g, (m) => m.min),
        greatest: most(g, (m) => m.max),
        worst_p99: most(g, (m) => m.p99),
      }),
    ),
};
