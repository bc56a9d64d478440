/* Each named query in both dialects over the same points, beside the same figure computed plainly. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COLUMNS, type PointKind, type PointValues, placeOf, pointOf } from "../../src/storage/analytics";
import { analyticsEngine, sqlite } from "../../src/storage/analytics-dialects";
import { QUERIES, QueryParams, queryNamed } from "../../src/storage/analytics-queries";
import { fc, holds } from "../property";
import { listedQueries } from "./analytics-page";
import { PointWorld, type Sampled } from "./analytics-world";
import { type Candle, type Metric, PLAIN, type Points, type Request, type Row, type Weighed } from "./plain-analytics";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

const figure = fc.integer({ min: 0, max: 1_000 });
const start = fc.integer({ min: -3 * 1_440, max: 0 }).map((minute) => NOW + minute * MINUTE);
const interval = fc.integer({ min: 1, max: 9 });
const weighed = <V>(values: fc.Arbitrary<V>) => fc.array(fc.record({ values, interval }), { maxLength: 40 });

const candle: fc.Arbitrary<Candle> = fc
  .record({
    symbol: fc.constantFrom("AAPL", "BTC/USD", "Z"),
    start,
    low: figure,
    above: figure,
    volume: figure,
    count: fc.integer({ min: 1, max: 90 }),
  })
  .map(({ above, low, ...rest }) => ({
    ...rest,
    low,
    high: low + above,
    open: low,
    close: low + Math.floor(above / 2),
  }));
const request: fc.Arbitrary<Request> = fc
  .record({
    endpoint: fc.constantFrom("/a", "/b/:id", "/c"),
    method: fc.constantFrom("GET", "POST"),
    status: fc.constantFrom("200", "404", "500"),
    start,
    count: fc.integer({ min: 1, max: 90 }),
    bytes: figure,
    latency_count: fc.nat(9),
    latency_p95: figure,
  })
  .map((r) => ({ ...r, errors: r.status === "200" ? 0 : r.count, latency_sum: r.latency_count * r.latency_p95 }));
const metric: fc.Arbitrary<Metric> = fc
  .record({
    name: fc.constantFrom("cpu.load", "disk"),
    labels: fc.constantFrom("{}", '{"host":"a"}'),
    resolution: fc.constantFrom("hour", "day"),
    start,
    count: fc.integer({ min: 1, max: 9 }),
    min: figure,
    above: figure,
  })
  .map(({ above, ...m }) => ({
    ...m,
    max: m.min + above,
    sum: m.count * m.min,
    last: m.min,
    p50: m.min,
    p95: m.min + above,
    p99: m.min + above,
  }));
const points = fc.record({ candle: weighed(candle), request: weighed(request), metric: weighed(metric) });

const sampledOf = <K extends PointKind>(kind: K, weighed: Weighed<PointValues<K>>[]): Sampled[] =>
  weighed.map(({ values, interval }) => ({
    point: pointOf(kind, values),
    interval,
    writtenAt: (values as Candle).start + 2 * MINUTE,
  }));

const worldOf = (p: Points): PointWorld =>
  new PointWorld([
    ...sampledOf("candle", p.candle),
    ...sampledOf("request", p.request),
    ...sampledOf("metric", p.metric),
  ]);

/** In any order, and but for the rounding of doubles. */
function expectRows(actual: Row[], expected: Row[]): void {
  const sorted = (rows: Row[]) =>
    rows
      .map((row) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
      .map((cells) =>
        cells.map(([name, value]) => [name, typeof value === "number" ? Number(value.toPrecision(9)) : value]),
      )
      .map((row) => JSON.stringify(row))
      .sort();
  expect(sorted(actual)).toEqual(sorted(expected));
}

const whole = QueryParams.parse({ from: NOW - 4 * DAY, to: NOW + 1, limit: 1_000 });

describe("a named query", () => {
  it("is one of ten, each with its plain computation", () => {
    expect(QUERIES.map(({ name }) => name).sort()).toEqual(Object.keys(PLAIN).sort());
    expect(QUERIES).toHaveLength(10);
  });

  it.each(QUERIES.map(({ name }) => name))("%s gives in both dialects what is computed plainly", async (name) => {
    const query = queryNamed(name);
    await holds(
      fc.property(points, (sampled) => {
        const weighed = worldOf(sampled).ask(query?.sql(analyticsEngine, whole) ?? "");
        expectRows(weighed, PLAIN[name]?.(sampled) ?? []);
        for (const row of weighed) expect(Object.keys(row)).toEqual(query?.columns);
        // The local table has every point once.
        const each = (["candle", "request", "metric"] as const).map((kind) => [
          kind,
          sampled[kind].map((one) => ({ ...one, interval: 1 })),
        ]);
        const unsampled = Object.fromEntries(each) as Points;
        const counted = worldOf(unsampled).ask(query?.sql(sqlite, whole) ?? "");
        expectRows(counted, PLAIN[name]?.(unsampled) ?? []);
        expect(counted).toEqual(worldOf(unsampled).ask(query?.sql(analyticsEngine, whole) ?? ""));
      }),
      { numRuns: 60 },
    );
  });

  it("takes a half-open span, what its parameters name, and so many rows", () => {
    const at = (symbol: string, start: number): Weighed<Candle> => ({
      values: { symbol, start, open: 1, high: 1, low: 1, close: 1, volume: 1, count: 1 },
      interval: 1,
    });
    const world = worldOf({
      candle: [at("A", NOW - HOUR), at("B", NOW - MINUTE), at("B", NOW)],
      request: [],
      metric: [],
    });
    for (const dialect of [analyticsEngine, sqlite]) {
      const ask = (more: object) =>
        world.ask(
          queryNamed("busiest-symbols")?.sql(
            dialect,
            QueryParams.parse({ from: NOW - HOUR, to: NOW, limit: 9, ...more }),
          ) ?? "",
        );
      expect(ask({}).map(({ symbol, prices }) => [symbol, prices])).toEqual([
        ["A", 1],
        ["B", 1],
      ]);
      expect(ask({ symbol: "B" })).toHaveLength(1);
      expect(ask({ limit: 1 })).toHaveLength(1);
      expect(ask({ from: NOW - HOUR + 1 })).toHaveLength(1);
    }
  });

  it("is in the document as it is here", () => {
    expect(readFileSync("docs/analytics.md", "utf8")).toContain(listedQueries());
  });

  it("lets no quote, backslash or line break into its text", () => {
    for (const symbol of ["A' OR 1=1 --", 'A"', "A\\", "A\n", "", "x".repeat(201)]) {
      expect(QueryParams.safeParse({ from: 0, to: 1, limit: 1, symbol }).success).toBe(false);
    }
  });
});

describe("columns", () => {
  it("stand where they always stood: what is written keeps its place", () => {
    expect(placeOf("candle", "symbol")).toEqual({ type: "blob", number: 2 });
    expect(placeOf("candle", "count")).toEqual({ type: "double", number: 7 });
    expect(placeOf("request", "latency_p95")).toEqual({ type: "double", number: 6 });
    for (const { blobs, doubles } of Object.values(COLUMNS)) expect([blobs[0], doubles[0]]).toEqual(["kind", "start"]);
  });

  it("cut what the platform would refuse, between letters", () => {
    const values = { name: "é".repeat(80), labels: "l".repeat(9_000), resolution: "day" };
    const figures = { start: 1, count: 1, sum: 1, min: 1, max: 1, last: 1, p50: 1, p95: 1, p99: 1 };
    const { index, blobs } = pointOf("metric", { ...values, ...figures });
    expect(index).toBe("é".repeat(48));
    expect(blobs[2]).toHaveLength(3_500);
  });
});
