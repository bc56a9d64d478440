/* Figures over time: what buckets of any objects add up to is what a plain count says. */
import { describe, expect, it } from "vitest";
import { bucketStart, RESOLUTIONS, type Resolution } from "../../../src/domain/bucket";
import { addToFacets, emptyFacets, type Facets } from "../../../src/domain/requests/minute";
import type { LoggedRequest } from "../../../src/domain/requests/request";
import {
  addTableTo,
  type Bucket,
  emptyBucket,
  facetOf,
  resolutionFor,
  type TimelineQuestion,
  timelineOf,
  wholeBuckets,
} from "../../../src/domain/requests/timeline";
import { fc, holds } from "../../property";
import { logged } from "./plain-count";

const START = Date.parse("2026-03-01T00:00:00Z");
const MINUTE = 60_000;
const SPAN = 3 * 60 * MINUTE;

const requests = fc
  .array(
    fc.record({
      endpoint: fc.constantFrom("/a", "/b", "/c/1"),
      user: fc.nat(3),
      offset: fc.nat(SPAN - 1),
      status_code: fc.constantFrom(200, 404, 500),
      method: fc.constantFrom("GET", "POST"),
      latency_ms: fc.option(fc.nat(5_000), { nil: undefined }),
    }),
    { maxLength: 80, size: "max" },
  )
  .map((list) =>
    list.map(({ offset, user, ...rest }, i) =>
      logged({ request_id: `r${i}`, timestamp: START + offset, user_id: `u${user}`, ...rest }),
    ),
  );

/** As an object answers: a table per minute, added to the bucket it falls in. */
function bucketsOf(list: LoggedRequest[], question: TimelineQuestion): Bucket[] {
  const minutes = new Map<number, Facets>();
  for (const request of list) {
    const start = bucketStart(request.timestamp, "minute");
    const facets = minutes.get(start) ?? emptyFacets();
    minutes.set(start, facets);
    addToFacets(facets, request);
  }
  const buckets = new Map<number, Bucket>();
  for (const [minute, facets] of minutes) {
    if (minute < question.from || minute >= question.to) continue;
    const start = bucketStart(minute, question.resolution);
    const bucket = buckets.get(start) ?? emptyBucket(start);
    buckets.set(start, bucket);
    addTableTo(bucket, facets[facetOf(question)], question);
  }
  return [...buckets.values()];
}

const question = (more: Partial<TimelineQuestion> = {}): TimelineQuestion => ({
  ...{ errorsFrom: 500, resolution: "minute", from: START, to: START + SPAN },
  ...more,
});

const KEYS: TimelineQuestion["key"][] = [
  undefined,
  { dimension: "endpoint", value: "GET /a" },
  { dimension: "user_id", value: "u1" },
];

function isOf(key: TimelineQuestion["key"], { method, route, user_id }: LoggedRequest): boolean {
  if (key === undefined) return true;
  return key.dimension === "user_id" ? user_id === key.value : `${method} ${route}` === key.value;
}

describe("a timeline of requests", () => {
  it("is what a plain count says, whatever is asked and however many objects answer", async () => {
    const asked = fc.record({
      key: fc.constantFrom(...KEYS),
      resolution: fc.constantFrom<Resolution>("minute", "hour", "day"),
      method: fc.constantFrom(undefined, "GET"),
      status: fc.constantFrom(undefined, 500),
    });
    const property = fc.property(requests, asked, fc.nat(80), (list, { key, resolution, method, status }, cut) => {
      const whole = question({ key, resolution, method, status, ...wholeBuckets(START, START + SPAN, resolution) });
      const parts = [list.slice(0, cut), list.slice(cut)].flatMap((part) => bucketsOf(part, whole));
      const answer = timelineOf(parts, resolution, START + 10 * SPAN);
      const wanted = list.filter(
        (one) =>
          isOf(key, one) && one.method === (method ?? one.method) && one.status_code === (status ?? one.status_code),
      );
      const starts = [...new Set(wanted.map(({ timestamp }) => bucketStart(timestamp, resolution)))].sort();
      expect(answer.data.map(({ start }) => Date.parse(start))).toEqual(starts);
      for (const point of answer.data) {
        const inside = wanted.filter((one) => bucketStart(one.timestamp, resolution) === Date.parse(point.start));
        expect(point).toMatchObject(plain(inside));
      }
      expect(answer.total).toMatchObject(plain(wanted));
      expect([answer.approximate, answer.absent]).toEqual([
        false,
        wanted.length > 0 && wanted.every(({ latency_ms }) => latency_ms === undefined) ? "latency_ms" : undefined,
      ]);
    });
    await holds(property);
  });

  it("knows its percentiles within one per cent", () => {
    const list = Array.from({ length: 1_000 }, (_, i) =>
      logged({
        request_id: `r${i}`,
        timestamp: START,
        endpoint: "/a",
        method: "GET",
        status_code: 200,
        latency_ms: i + 1,
      }),
    );
    const { total } = timelineOf(bucketsOf(list, question()), "minute", START);
    expect(total.max_latency).toBe(1_000);
    for (const [value, exact] of [
      [total.p50_latency, 500],
      [total.p95_latency, 950],
      [total.p99_latency, 990],
    ] as const) {
      expect(Math.abs((value ?? 0) / exact - 1)).toBeLessThan(0.011);
    }
  });

  it("says that the last bucket is not over, and that a rare key may lack some requests", () => {
    const one = logged({ request_id: "r", timestamp: START, endpoint: "/a", method: "GET", status_code: 200 });
    const [bucket] = bucketsOf([one], question({ key: KEYS[1] })) as [Bucket];
    expect(timelineOf([bucket], "minute", START + 30_000).data[0]?.partial).toBe(true);
    expect(timelineOf([bucket], "minute", START + MINUTE).data[0]?.partial).toBe(false);
    expect(timelineOf([{ ...bucket, missed: 2 }], "minute", START).approximate).toBe(true);
  });

  it("has minutes for hours, hours for weeks, days for more", () => {
    const spans = [RESOLUTIONS.hour, 7 * RESOLUTIONS.day, 90 * RESOLUTIONS.day];
    expect(spans.map(resolutionFor)).toEqual(["minute", "hour", "day"]);
  });
});

function plain(list: LoggedRequest[]) {
  const timed = list.flatMap(({ latency_ms }) => (latency_ms === undefined ? [] : [latency_ms]));
  const sum = timed.reduce((a, b) => a + b, 0);
  return {
    total_requests: list.length,
    average_latency: timed.length === 0 ? null : expect.closeTo(sum / timed.length, 6),
    max_latency: timed.length === 0 ? null : Math.max(...timed),
    error_rate: list.length === 0 ? null : list.filter(({ status_code }) => status_code >= 500).length / list.length,
  };
}
