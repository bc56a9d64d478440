/* The page of requests, its thinking: addresses, what they ask the API, figures in words. */
import { describe, expect, it } from "vitest";
import { linesOf, withOlder } from "../../dashboard/src/requests/lines";
import { isNothing } from "../../dashboard/src/requests/nothing";
import { failedOf, latencyPoints } from "../../dashboard/src/requests/points";
import {
  changed,
  DIMENSION_NAMES,
  linesPath,
  METRIC_NAMES,
  readView,
  SIZES,
  timelinePath,
  topPath,
  totalPath,
  type View,
  WINDOW_NAMES,
  writeView,
} from "../../dashboard/src/requests/view";
import { bytes, figureOf, latency, share } from "../../dashboard/src/requests/words";
import type { KeptRequest, KeptRequests } from "../../src/domain/requests/answers";
import { fc, holds } from "../property";

const usual = readView(new URLSearchParams());
const NOW = Date.parse("2026-03-01T12:00:00Z");
const PAGE = { limit: 20, now: NOW };
const queryOf = (path: string | undefined) => Object.fromEntries(new URLSearchParams(path?.split("?")[1]));

describe("an address", () => {
  const views = fc.record<View>({
    metric: fc.constantFrom(...METRIC_NAMES),
    dimension: fc.constantFrom(...DIMENSION_NAMES),
    window: fc.constantFrom(...WINDOW_NAMES),
    day: fc.constantFrom(undefined, "2026-02-28"),
    k: fc.constantFrom(...SIZES),
    method: fc.constantFrom(undefined, "GET", "PURGE"),
    status: fc.constantFrom(undefined, "404"),
    key: fc.constantFrom(undefined, "GET /a/:id?b&c=d", "503"),
  });

  it("keeps all of a view", async () => {
    const property = fc.property(views, (view) => {
      expect(readView(new URLSearchParams(writeView(view)))).toEqual(view);
    });
    await holds(property);
  });

  it("is short for what is usual, and says nothing that cannot be", () => {
    expect(writeView(usual)).toBe("");
    const odd = "metric=luck&dimension=moon&window=2h&day=2026-13-01&k=7&method=g%20t&status=999";
    expect(readView(new URLSearchParams(odd))).toEqual(usual);
  });

  it("closes the bar when something else is ranked", () => {
    const open = { ...usual, key: "GET /a" };
    expect(changed(open, { dimension: "user_id" }).key).toBeUndefined();
    expect(changed(open, { metric: "bytes" }).key).toBe("GET /a");
  });

  it("closes the bar when a filter leaves nothing of it, and keeps it when it narrows it", () => {
    const endpoint = { ...usual, key: "GET /a" };
    expect(changed(endpoint, { method: "POST" }).key).toBeUndefined();
    for (const part of [{ method: "GET" }, { status: "500" }]) expect(changed(endpoint, part).key).toBe("GET /a");
    expect(changed({ ...usual, key: "/a" }, { method: "POST" }).key).toBe("/a");
    const status: View = { ...usual, dimension: "status_code", key: "404" };
    expect(changed(status, { status: "500" }).key).toBeUndefined();
    for (const part of [{ status: "404" }, { status: undefined }, { method: "POST" }]) {
      expect(changed(status, part).key).toBe("404");
    }
    // What a click opens is open.
    expect(changed({ ...usual, method: "POST" }, { key: "POST /b" }).key).toBe("POST /b");
  });
});

describe("what is asked", () => {
  const view: View = { ...usual, method: "GET", status: "500", key: "GET /orders/:id" };

  it("is the ranking, and the figures of the same requests", () => {
    expect(queryOf(topPath(view))).toEqual({
      ...{ k: "10", metric: "frequency", dimension: "endpoint", window: "1h", method: "GET", status_code: "500" },
    });
    expect(queryOf(totalPath({ ...view, day: "2026-02-28" }))).toEqual({
      ...{ start_time: "2026-02-28T00:00:00.000Z", end_time: "2026-03-01T00:00:00.000Z" },
      ...{ method: "GET", status_code: "500" },
    });
  });

  it("is of one key when a bar is open: an endpoint, a user, a status, and nothing more of a single request", () => {
    expect(queryOf(timelinePath(view))).toMatchObject({ key: "GET /orders/:id", dimension: "endpoint" });
    expect(queryOf(timelinePath({ ...usual, dimension: "user_id", key: "ann" }))).toMatchObject({ key: "ann" });
    const status = queryOf(timelinePath({ ...usual, dimension: "status_code", key: "404" }));
    expect(status).toEqual({ window: "1h", status_code: "404" });
    const single: View = { ...usual, dimension: "request_id", key: "r-1" };
    expect([timelinePath(single), linesPath(single, PAGE), timelinePath(usual)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("and of its lines, by path and method apart", () => {
    expect(queryOf(linesPath({ ...usual, key: "HEAD /a" }, PAGE))).toEqual({
      ...{ from: "2026-03-01T11:00:00.000Z", limit: "20", endpoint: "/a", method: "HEAD" },
    });
    expect(queryOf(linesPath({ ...usual, key: "/a" }, PAGE)).method).toBeUndefined();
    const day: View = { ...usual, day: "2026-02-28", dimension: "user_id", key: "ann" };
    expect(queryOf(linesPath(day, PAGE))).toEqual({
      ...{ from: "2026-02-28T00:00:00.000Z", to: "2026-03-01T00:00:00.000Z", limit: "20", user_id: "ann" },
    });
  });
});

describe("requests as they were posted", () => {
  const view: View = { ...usual, key: "GET /a" };
  const request = (request_id: string): KeptRequest => ({
    ...{ request_id, timestamp: "2026-03-01T11:30:00.000Z", received_at: "2026-03-01T11:30:01.000Z", source: "s" },
    ...{ user_id: null, endpoint: "/a", method: "GET", status_code: 200, latency_ms: null, bytes: null },
  });
  const unread = (key: string) => ({
    ...{ key, object: "RequestIntake/s/0", entries: 1, reason: "missing" as const },
    ...{ first_at: "2026-03-01T11:00:00.000Z", last_at: "2026-03-01T11:10:00.000Z" },
  });
  const page = (ids: string[], next_cursor: string | null, more: Partial<KeptRequests> = {}): KeptRequests => ({
    ...{ status: "success" as const, data: ids.map(request), next_cursor, as_of: "2026-03-01T12:00:00.000Z" },
    looked: { back_to: next_cursor === null ? null : "2026-03-01T11:00:00.000Z", complete: false, archive_parts: 0 },
    ...more,
  });

  it("go on where the page before ended, over the same window", () => {
    const [first, next] = [
      queryOf(linesPath(view, PAGE)),
      queryOf(linesPath(view, { ...PAGE, limit: 100, cursor: "c1" })),
    ];
    expect(next).toEqual({ ...first, limit: "100", cursor: "c1" });
  });

  it("are one list, which says of when its newest page is and how far the last one looked", () => {
    const first = linesOf(page(["c", "b"], "c1", { unread: [unread("1")] }));
    const later = { as_of: "2026-03-01T12:05:00.000Z", unread: [unread("1"), unread("2")] };
    const all = withOlder(withOlder(first, page([], "c2")), page(["a"], null, later));
    expect(all.rows.map(({ request_id }) => request_id)).toEqual(["c", "b", "a"]);
    expect(all).toMatchObject({ next: null, backTo: null, asOf: "2026-03-01T12:00:00.000Z" });
    expect(all.unread.map(({ key }) => key)).toEqual(["1", "2"]);
    expect(withOlder(first, page([], "c2"))).toMatchObject({ next: "c2", rows: first.rows });
  });
});

describe("the page", () => {
  const [at, window] = [
    "2026-03-01T12:00:00.000Z",
    { start: "2026-03-01T11:00:00.000Z", end: "2026-03-01T12:01:00.000Z" },
  ];
  const figures = { average_latency: null, p50_latency: null, p95_latency: null, p99_latency: null, max_latency: null };
  const none = { total_requests: 0, error_rate: null, bytes: null, ...figures };
  const row = {
    rank: 1,
    request_id: "GET /a",
    metric_value: 1,
    count: 1,
    lower: 1,
    upper: 1,
    endpoint: "/a",
    method: null,
  };
  const empty = {
    history: { status: "success" as const, data: [{ date: "2026-03-01", ...none, partial: true }], as_of: at },
    totals: {
      status: "success" as const,
      data: [],
      total: none,
      resolution: "minute" as const,
      window,
      as_of: at,
      approximate: false,
    },
    ranking: {
      ...{ status: "success" as const, data: [], metric: "frequency" as const, dimension: "endpoint" as const, window },
      ...{ as_of: at, approximate: false },
    },
  };
  const one = { ...none, total_requests: 1 };

  it("says that there is nothing when all that it has read says so", () => {
    expect(isNothing(empty)).toBe(true);
  });

  it("does not while something is there, though the days lag behind", () => {
    const { history, totals, ranking } = empty;
    expect(isNothing({ ...empty, totals: { ...totals, total: one } })).toBe(false);
    expect(isNothing({ ...empty, ranking: { ...ranking, data: [row] } })).toBe(false);
    const day = { ...history, data: [...history.data, { date: "2026-02-28", ...one, partial: false }] };
    expect(isNothing({ ...empty, history: day })).toBe(false);
  });

  it("does not while something is not read, or an object did not answer", () => {
    for (const name of ["history", "totals", "ranking"] as const) {
      expect(isNothing({ ...empty, [name]: undefined })).toBe(false);
      expect(isNothing({ ...empty, [name]: { ...empty[name], unavailable: ["default/0"] } })).toBe(false);
    }
  });
});

describe("figures", () => {
  it("have their units", () => {
    expect([bytes(0), bytes(999), bytes(1_500_000), latency(12.3456), latency(12_345), share(0.012_34)]).toEqual([
      ...["0 B", "999 B", "1.5 MB", "12.35 ms", "12.35 s", "1.23 %"],
    ]);
    expect(METRIC_NAMES.map((metric) => figureOf(metric, 1))).toEqual([
      ...["1", "1 ms", "1 ms", "1 ms", "100 %", "1 B"],
    ]);
  });

  it("of buckets without a latency are not drawn as nought", () => {
    const counted = { total_requests: 7, error_rate: 3 / 7, bytes: null, partial: false };
    const none = { average_latency: null, p50_latency: null, p95_latency: null, p99_latency: null, max_latency: null };
    const some = { average_latency: 2, p50_latency: 1, p95_latency: 5, p99_latency: 6, max_latency: 7 };
    const [first, second] = ["2026-03-01T12:00:00.000Z", "2026-03-01T12:01:00.000Z"] as const;
    const points = latencyPoints([
      { start: first, ...counted, ...none },
      { start: second, ...counted, ...some },
    ]);
    expect(points).toEqual([
      { start: NOW + 60_000, avg: 2, min: 2, max: 7, p50: 1, p95: 5, p99: 6, count: 7, partial: false },
    ]);
    expect(failedOf({ start: first, ...counted, ...none })).toBe(3);
  });
});
