/* Closed minutes on a disk: in hours and days as well, in as many rows as they need, the same from memory and from the disk. */
import { describe, expect, it } from "vitest";
import { RESOLUTIONS } from "../../src/domain/bucket";
import { coverOf } from "../../src/domain/requests/cover";
import type { OpenMinute } from "../../src/domain/requests/intake";
import { addToFacets, emptyFacets } from "../../src/domain/requests/minute";
import { rank } from "../../src/domain/requests/rank";
import type { LoggedRequest } from "../../src/domain/requests/request";
import { emptySummary } from "../../src/domain/requests/summary";
import { addBucket, FACET_OF, type WindowQuestion } from "../../src/domain/requests/window";
import { ClosedBuckets } from "../../src/durable-objects/request-intake/closed-buckets";
import { Tiers } from "../../src/durable-objects/tiers";
import { logged, plainRanking } from "../domain/requests/plain-count";
import { fc, holds } from "../property";
import { Disk, Life } from "./ledger/fake-object";

const START = Date.parse("2026-03-01T22:00:00Z");
const { minute: MINUTE, hour: HOUR, day: DAY } = RESOLUTIONS;
const ALL = Number.POSITIVE_INFINITY;
const NONE = { minute: 0, hour: 0, day: 0 };

const bucketsOn = (disk: Disk, cellsMax?: number) =>
  new ClosedBuckets(new Tiers(new Life(disk).ctx.storage.sql), cellsMax);

const minuteOf = (start: number, requests: LoggedRequest[]): OpenMinute => {
  const facets = emptyFacets();
  for (const request of requests) addToFacets(facets, request);
  return { start, due: 0, facets };
};

function ranked(closed: ClosedBuckets, question: WindowQuestion) {
  const summary = emptySummary();
  for (const stretch of coverOf(question.from, question.to)) {
    for (const bucket of closed.in(FACET_OF[question.dimension], stretch)) addBucket(summary, question, bucket);
  }
  return rank(summary, question.metric, 100).rows.map(({ key, value }) => ({ key, value }));
}

const request = fc.record({ key: fc.nat(6), minute: fc.nat(40 * 60), latency_ms: fc.nat(1_000) });

describe("closed minutes", () => {
  it("are in every window once, however they came, from memory or from the disk", () =>
    holds(
      fc.property(
        fc.array(fc.array(request, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 }),
        fc.tuple(fc.nat(41 * 60), fc.nat(41 * 60)),
        fc.constantFrom(0, 30, undefined),
        (rounds, span, cellsMax) => {
          const disk = new Disk();
          const closed = bucketsOn(disk, cellsMax);
          const all: LoggedRequest[] = [];
          for (const round of rounds) {
            const requests = round.map(({ key, minute, latency_ms }, i) =>
              logged({
                request_id: `${all.length + i}`,
                timestamp: START + minute * MINUTE,
                endpoint: `/k${key}x`,
                status_code: 200,
                latency_ms,
              }),
            );
            all.push(...requests);
            const minutes = Map.groupBy(requests, ({ timestamp }) => timestamp);
            closed.add(
              [...minutes].map(([start, inside]) => minuteOf(start, inside)),
              START,
            );
          }
          const [from, to] = span.map((minute) => START + minute * MINUTE).toSorted((a, b) => a - b) as [
            number,
            number,
          ];
          for (const dimension of ["endpoint", "request_id"] as const) {
            const question: WindowQuestion = { dimension, metric: "latency", from, to, errorsFrom: 500 };
            const plain = plainRanking(all, { dimension, metric: "latency", from, to, k: 100 });
            expect(ranked(closed, question)).toEqual(plain);
            expect(ranked(bucketsOn(disk), question)).toEqual(plain);
          }
        },
      ),
      { numRuns: 60 },
    ));

  it("take as many rows as they need, each within what the platform takes", () => {
    const disk = new Disk();
    const many = Array.from({ length: 12_000 }, (_, i) =>
      logged({
        request_id: `${i}`,
        timestamp: START,
        endpoint: `/${`name-${i}-`.padEnd(60, "x")}`,
        status_code: 200,
        latency_ms: i % 900,
      }),
    );
    bucketsOn(disk).add([minuteOf(START, many)], START);
    const sql = new Life(disk).ctx.storage.sql;
    const rows = sql
      .exec("SELECT length(body) AS bytes FROM tiers WHERE tier = 'minute' AND series LIKE 'endpoint%'")
      .toArray();
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.every(({ bytes }) => (bytes as number) < 2_000_000)).toBe(true);
    const closed = bucketsOn(disk);
    const [table] = [...closed.in("endpoint", { resolution: "minute", from: START, to: START + MINUTE })];
    expect(table !== undefined && "groups" in table && table.groups.size).toBe(12_000);
  });

  it("say when something of a window was deleted, and keep what came late", () => {
    const disk = new Disk();
    const closed = bucketsOn(disk);
    const of = (timestamp: number) =>
      minuteOf(timestamp, [logged({ request_id: `${timestamp}`, timestamp, endpoint: "/", status_code: 200 })]);
    closed.add([of(START)], START);
    closed.add([of(START + HOUR)], START + 3 * DAY);
    const before = { ...NONE, minute: START + 2 * DAY };
    expect(closed.retain(before, 100, true)).toEqual({ minute: 2, hour: 0, day: 0 });
    expect(closed.isPruned({ resolution: "minute", from: START, to: ALL })).toBe(false);
    expect(closed.retain(before, 100, false)).toEqual({ minute: 2, hour: 0, day: 0 });
    for (const each of [closed, bucketsOn(disk)]) {
      expect(each.isPruned({ resolution: "minute", from: START, to: ALL })).toBe(true);
      expect(each.isPruned({ resolution: "minute", from: START + 2 * DAY, to: ALL })).toBe(false);
      expect(each.isPruned({ resolution: "hour", from: START, to: ALL })).toBe(false);
      const starts = [...each.in("endpoint", { resolution: "minute", from: START, to: START + DAY })];
      expect(starts).toHaveLength(1);
    }
  });

  it("give way, the oldest minutes first and recent ones never, before the database is full", () => {
    const closed = bucketsOn(new Disk());
    const of = (at: number) =>
      minuteOf(at, [logged({ request_id: `${at}`, timestamp: at, endpoint: "/", status_code: 200 })]);
    const now = START + 100 * DAY;
    for (const age of [40, 39, 1]) closed.add([of(now - age * DAY)], now - age * DAY);
    const minutes = () => [...closed.in("endpoint", { resolution: "minute", from: START, to: now })].length;
    closed.relieve(5_000_000_000, now);
    expect(minutes()).toBe(3);
    closed.relieve(7_000_000_000, now);
    expect(minutes()).toBe(2);
    expect(closed.isPruned({ resolution: "minute", from: now - 40 * DAY, to: now })).toBe(true);
    expect(closed.isPruned({ resolution: "minute", from: now - 39 * DAY, to: now })).toBe(false);
    for (let i = 0; i < 5; i++) closed.relieve(7_000_000_000, now);
    expect(minutes()).toBe(1);
    const hours = [...closed.in("endpoint", { resolution: "hour", from: START, to: now })].length;
    const days = [...closed.in("endpoint", { resolution: "day", from: START, to: now })].length;
    expect([hours, days]).toEqual([1, 3]);
  });
});
