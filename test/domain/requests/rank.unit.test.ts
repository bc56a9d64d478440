/* Rankings against a plain count: exact while the keys fit, and beyond that never outside of what is said. */
import { describe, expect, it } from "vitest";
import { measuredOf } from "../../../src/domain/requests/cell";
import { addToLargest } from "../../../src/domain/requests/largest";
import { codeOf } from "../../../src/domain/requests/method";
import { emptyFacets, FACET, type Facets, loadFacets, saveFacets } from "../../../src/domain/requests/minute";
import { METRICS, type Metric, ORDER_OF, rank } from "../../../src/domain/requests/rank";
import type { LoggedRequest } from "../../../src/domain/requests/request";
import {
  addLargest,
  addStatuses,
  addTable,
  copySummary,
  emptySummary,
  mergeSummary,
  type Summary,
} from "../../../src/domain/requests/summary";
import { addToTable, emptyTable, mergeTable, type Table, type TableLimits } from "../../../src/domain/requests/table";
import { fc, holds } from "../../property";
import { type Asked, askedFor, type Dimension, KEYS, logged, plainFigure, plainRanking } from "./plain-count";

const request = (keys: number) =>
  fc.record({
    user: fc.option(
      fc.nat(keys).map((n) => `user-${n}`),
      { nil: undefined },
    ),
    // Squared, so that some keys are frequent.
    endpoint: fc.nat(keys).map((n) => `/page-${Math.floor((n * n) / (keys + 1))}`),
    method: fc.constantFrom("GET", "POST"),
    status_code: fc.constantFrom(200, 404, 500, 503),
    latency_ms: fc.option(
      fc.nat(5_000).map((n) => n / 8),
      { nil: undefined },
    ),
    bytes: fc.option(fc.nat(1_000), { nil: undefined }),
  });

const requests = (keys: number, maxLength: number) =>
  fc.array(request(keys), { maxLength, size: "max" }).map((list) =>
    list.map(({ user, latency_ms, bytes, ...rest }, i): LoggedRequest => {
      const optional = Object.fromEntries(
        Object.entries({ user_id: user, latency_ms, bytes }).filter(([, v]) => v !== undefined),
      );
      return logged({ request_id: `r-${i}`, timestamp: 0, ...rest, ...optional });
    }),
  );

const question = fc.record({
  dimension: fc.constantFrom<Dimension>("endpoint", "user_id", "status_code", "request_id"),
  metric: fc.constantFrom<Metric>(...METRICS),
  k: fc.integer({ min: 1, max: 12 }),
  method: fc.option(fc.constantFrom("GET", "POST"), { nil: undefined }),
  status: fc.option(fc.constantFrom(200, 500), { nil: undefined }),
  errorsFrom: fc.constantFrom(400, 500),
});

function facetsOf(list: LoggedRequest[], limits: TableLimits): Facets {
  const facets = emptyFacets();
  for (const r of list) {
    const [code, measured] = [codeOf(r.method, r.status_code), measuredOf(r)];
    addToTable(facets.endpoint, KEYS.endpoint(r) as string, code, measured, limits);
    if (r.user_id !== undefined) addToTable(facets.user, r.user_id, code, measured, limits);
    addToLargest(facets.ids, r.request_id, code, measured);
  }
  return facets;
}

function summaryOf(facets: Facets, asked: Asked, limit?: number): Summary {
  const summary = emptySummary();
  const needed = { ...asked, errorsFrom: asked.errorsFrom ?? 500, sketches: asked.metric === "p95" };
  if (asked.dimension === "endpoint") addTable(summary, facets.endpoint, needed, limit);
  if (asked.dimension === "user_id") addTable(summary, facets.user, needed, limit);
  if (asked.dimension === "status_code") addStatuses(summary, facets.endpoint, needed);
  if (asked.dimension === "request_id") addLargest(summary, facets.ids, needed, ORDER_OF[asked.metric]);
  return summary;
}

const ROOMY: TableLimits = { keys: 50_000, cells: 150_000 };
const cut = (list: LoggedRequest[], cuts: number[]): LoggedRequest[][] => {
  const at = [0, ...cuts.map((c) => c % (list.length + 1)).sort((a, b) => a - b), list.length];
  return at.slice(1).map((end, i) => list.slice(at[i], end));
};
/** For sums of doubles and for what a sketch estimates. */
const near = (value: number) => ({
  low: value - Math.abs(value) * 1e-9 - 1e-9,
  high: value + Math.abs(value) * 1e-9 + 1e-9,
});

describe("a ranking while all keys fit", () => {
  it("is the plain count, in order, whatever the shards, and the same after it was stored", () =>
    holds(
      fc.property(requests(30, 120), fc.array(fc.nat(), { maxLength: 3 }), question, (list, cuts, asked) => {
        const parts = cut(list, cuts).map((part) => {
          const stored = JSON.parse(JSON.stringify(saveFacets(facetsOf(part, ROOMY))));
          return summaryOf(loadFacets(stored), asked as Asked);
        });
        const whole = emptySummary();
        for (const part of parts) mergeSummary(whole, part);
        const { rows, approximate, absent } = rank(whole, asked.metric, asked.k);
        const plain = plainRanking(list, asked as Asked);
        expect(approximate).toBe(false);
        if (asked.metric === "p95") {
          // Within 1 %, so equal ones may stand in any order: each row's own figure is compared.
          const values = new Map(plain.map(({ key, value }) => [key, value]));
          expect(rows.length).toBe(Math.min(asked.k, plain.length));
          for (const { key, value, lower, upper } of rows) {
            const exact = values.get(key) as number;
            expect(Math.abs(value - exact)).toBeLessThanOrEqual(exact * 0.010001);
            expect(lower).toBeLessThanOrEqual(near(exact).high);
            expect(upper).toBeGreaterThanOrEqual(near(exact).low);
          }
        } else {
          expect(rows.map(({ key, value }) => ({ key, value }))).toEqual(plain.slice(0, asked.k));
          for (const { value, lower, upper } of rows) expect([lower, upper]).toEqual([value, value]);
        }
        if (absent !== undefined) {
          const some = askedFor(list, asked as Asked).filter((r) => KEYS[asked.dimension](r) !== undefined);
          expect(some.every((r) => plainFigure([r], asked.metric) === undefined)).toBe(true);
        }
      }),
      { numRuns: 300 },
    ));

  it("orders equal values by key", () => {
    const list = ["b", "a", "c"].map((name) =>
      logged({ request_id: name, timestamp: 0, endpoint: `/${name}`, status_code: 200 }),
    );
    const { rows } = rank(
      summaryOf(facetsOf(list, ROOMY), { dimension: "endpoint", metric: "frequency", k: 3 }),
      "frequency",
      3,
    );
    expect(rows.map(({ key }) => key)).toEqual(["/a", "/b", "/c"]);
  });

  it("says which field no request has, instead of zeros", () => {
    const list = [logged({ request_id: "1", timestamp: 0, endpoint: "/", status_code: 200 })];
    const ranking = rank(
      summaryOf(facetsOf(list, ROOMY), { dimension: "endpoint", metric: "latency", k: 3 }),
      "latency",
      3,
    );
    expect(ranking).toEqual({ rows: [], approximate: false, unlisted: undefined, absent: "latency_ms" });
  });
});

/** Merged as tables where they are stored, as summaries where they are asked. */
function tight(list: LoggedRequest[], cuts: number[], asked: Asked, limits: TableLimits): Summary {
  const shards = cut(list, cuts).map((part) => facetsOf(part, limits));
  const [first, ...others] = shards;
  if (first === undefined) return emptySummary();
  const half = others.slice(0, 1);
  for (const shard of half) {
    mergeTable(first.endpoint, shard.endpoint, limits);
    mergeTable(first.user, shard.user, limits);
    FACET.ids.merge(first.ids, shard.ids);
  }
  const whole = summaryOf(first, asked, limits.keys + 3);
  for (const shard of others.slice(1)) mergeSummary(whole, summaryOf(shard, asked, limits.keys + 3), limits.keys + 3);
  return whole;
}

describe("a ranking beyond the bound", () => {
  it("says that it is approximate, and no key is ever outside of its bounds or above what the unlisted may have", () =>
    holds(
      fc.property(
        requests(60, 250),
        fc.array(fc.nat(), { maxLength: 3 }),
        question,
        fc.constantFrom<TableLimits>({ keys: 4, cells: 100 }, { keys: 8, cells: 100 }, { keys: 20, cells: 9 }),
        (list, cuts, asked, limits) => {
          const summary = tight(list, cuts, asked as Asked, limits);
          const plain = plainRanking(list, asked as Asked);
          const { rows, approximate, unlisted } = rank(summary, asked.metric, asked.k);
          const listed = new Map(rows.map((row) => [row.key, row]));
          for (const { key, value } of plain) {
            const row = listed.get(key);
            // Single requests beyond the hundredth cannot be in a ranking of a hundred.
            if (row === undefined && asked.dimension === "request_id" && rows.length === asked.k) continue;
            if (row === undefined) expect(unlisted ?? Number.NEGATIVE_INFINITY).toBeGreaterThanOrEqual(near(value).low);
            else {
              expect(row.lower).toBeLessThanOrEqual(near(value).high);
              expect(row.upper).toBeGreaterThanOrEqual(near(value).low);
            }
          }
          const isPlain =
            rows.every(({ key }, i) => key === plain[i]?.key) && rows.length === Math.min(asked.k, plain.length);
          if (!isPlain && asked.metric !== "p95") expect(approximate).toBe(true);
        },
      ),
      { numRuns: 400 },
    ));

  it("keeps totals, and ranks statuses exactly, whatever keys it lost", () =>
    holds(
      fc.property(requests(60, 200), (list) => {
        const asked: Asked = { dimension: "status_code", metric: "frequency", k: 10 };
        const { rows, approximate } = rank(summaryOf(facetsOf(list, { keys: 3, cells: 50 }), asked), "frequency", 10);
        expect(approximate).toBe(false);
        expect(rows.map(({ key, value }) => ({ key, value }))).toEqual(plainRanking(list, asked));
      }),
    ));

  it("holds the bound of Space-Saving: nobody who is missing has more than his share", () =>
    holds(
      fc.property(
        fc.array(fc.nat(80), { maxLength: 600, size: "max" }),
        fc.integer({ min: 1, max: 20 }),
        (keys, bound) => {
          const table: Table = emptyTable();
          for (const key of keys)
            addToTable(table, `k${key}`, 200, { us: undefined, bytes: undefined }, { keys: bound, cells: 1e6 });
          expect(table.floor).toBeLessThanOrEqual(keys.length / bound);
          expect(table.groups.size).toBeLessThanOrEqual(bound * 1.1);
        },
      ),
    ));
});

describe("a copy of a summary", () => {
  it("shares nothing that merging changes", () => {
    const list = [logged({ request_id: "1", timestamp: 0, endpoint: "/", status_code: 200, latency_ms: 5 })];
    const asked: Asked = { dimension: "endpoint", metric: "p95", k: 1 };
    const original = summaryOf(facetsOf(list, ROOMY), asked);
    const before = JSON.stringify(
      [...original.rows].map(([key, row]) => [key, { ...row, sketch: [...(row.sketch?.bins ?? [])] }]),
    );
    mergeSummary(copySummary(original), original);
    expect(
      JSON.stringify([...original.rows].map(([key, row]) => [key, { ...row, sketch: [...(row.sketch?.bins ?? [])] }])),
    ).toBe(before);
  });
});

describe("a ranking", () => {
  it.each([
    [{ truncated: true, floor: 0 }, true],
    [{ truncated: false, floor: 3 }, true],
    [{ truncated: false, floor: 0 }, false],
  ])("of a summary with %o is approximate: %s", (known, approximate) => {
    const summary = { rows: new Map(), lost: { count: 0 }, ...known };
    expect(rank(summary as never, "frequency", 1).approximate).toBe(approximate);
  });
});
