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
const HOURS = { dimension: "endpoint", metric: "frequency", errorsFrom: 500 } as const;
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
/** What is closed at once, when, and how often hours and days are looked after then. What is closed long after its day is in
 * all three rows at once, as everything was before minutes waited for their hour. */
const round = fc.record({
  requests: fc.array(request, { minLength: 1, maxLength: 12 }),
  at: fc.constantFrom(0, MINUTE, 20 * MINUTE, 3 * HOUR, 30 * HOUR, 60 * HOUR),
  folds: fc.nat(12),
  isEvicted: fc.boolean(),
});

describe("closed minutes", () => {
  it("are in every window once, however they came, from memory or from the disk", () =>
    holds(
      fc.property(
        fc.array(round, { minLength: 1, maxLength: 6 }),
        fc.tuple(fc.nat(41 * 60), fc.nat(41 * 60)),
        fc.constantFrom(0, 30, undefined),
        (rounds, span, cellsMax) => {
          const disk = new Disk();
          let closed = bucketsOn(disk, cellsMax);
          const all: LoggedRequest[] = [];
          for (const { requests: posted, at, folds, isEvicted } of rounds) {
            const now = START + at;
            if (isEvicted) closed = bucketsOn(disk, cellsMax);
            const requests = posted.map(({ key, minute, latency_ms }, i) =>
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
              now,
            );
            for (let i = 0; i < folds; i++) closed.fold(now);
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

  it("are there once when the object dies at any step and comes back", () =>
    holds(
      fc.property(
        fc.array(fc.record({ minute: fc.nat(130), at: fc.nat(200), dies: fc.option(fc.nat(30)) }), { maxLength: 40 }),
        (steps) => {
          const disk = new Disk();
          disk.db.exec("CREATE TABLE done (n INTEGER PRIMARY KEY)");
          const isDone = (n: number) => disk.db.prepare("SELECT 1 FROM done WHERE n = ?").get(n) !== undefined;
          let life = new Life(disk);
          let closed = new ClosedBuckets(new Tiers(life.ctx.storage.sql));
          for (const [n, { minute, at, dies }] of steps.entries()) {
            const timestamp = START + minute * MINUTE;
            const one = logged({ request_id: `${n}`, timestamp, endpoint: "/", status_code: 200 });
            life.crashIn = dies ?? undefined;
            while (!isDone(n)) {
              try {
                const { storage } = life.ctx;
                storage.transactionSync(() => {
                  if (n % 2 === 0) closed.fold(START + at * MINUTE);
                  closed.add([minuteOf(timestamp, [one])], START + at * MINUTE);
                  storage.sql.exec("INSERT INTO done (n) VALUES (?)", n);
                });
              } catch {
                life = new Life(disk);
                closed = new ClosedBuckets(new Tiers(life.ctx.storage.sql));
              }
            }
            life.crashIn = undefined;
          }
          const question: WindowQuestion = { ...HOURS, from: START, to: START + 2 * HOUR };
          const value = steps.filter(({ minute }) => minute < 120).length;
          for (const each of [closed, bucketsOn(disk)]) {
            expect(ranked(each, question)).toEqual(value === 0 ? [] : [{ key: "/", value }]);
          }
        },
      ),
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
    expect(closed.retain(before, 100, true, START + 3 * DAY)).toEqual({ minute: 2, hour: 0, day: 0 });
    expect(closed.isPruned({ resolution: "minute", from: START, to: ALL })).toBe(false);
    expect(closed.retain(before, 100, false, START + 3 * DAY)).toEqual({ minute: 2, hour: 0, day: 0 });
    for (const each of [closed, bucketsOn(disk)]) {
      expect(each.isPruned({ resolution: "minute", from: START, to: ALL })).toBe(true);
      expect(each.isPruned({ resolution: "minute", from: START + 2 * DAY, to: ALL })).toBe(false);
      expect(each.isPruned({ resolution: "hour", from: START, to: ALL })).toBe(false);
      const starts = [...each.in("endpoint", { resolution: "minute", from: START, to: START + DAY })];
      expect(starts).toHaveLength(1);
    }
  });

  it("write no row but their own, and are in their hour when they are deleted before it was written", () => {
    const disk = new Disk();
    const sql = new Life(disk).ctx.storage.sql;
    const rows = () => sql.exec("SELECT tier, count(*) AS n FROM tiers GROUP BY tier ORDER BY tier").toArray();
    const closed = bucketsOn(disk);
    const of = (timestamp: number) =>
      minuteOf(timestamp, [logged({ request_id: `${timestamp}`, timestamp, endpoint: "/", status_code: 200 })]);
    closed.add([of(START)], START + MINUTE);
    expect(closed.fold(START + 4 * MINUTE)).toBe(false);
    expect(rows()).toEqual([
      { tier: "minute", n: 2 },
      { tier: "pending", n: 1 },
    ]);
    const later = START + 5 * DAY;
    expect(closed.retain({ ...NONE, minute: later }, 100, false, later)).toEqual({ minute: 2, hour: 0, day: 0 });
    expect(rows().map(({ tier }) => tier)).toEqual(["day", "hour", "pending", "pruned"]);
    const question: WindowQuestion = { ...HOURS, from: START, to: START + HOUR };
    for (const each of [closed, bucketsOn(disk)]) expect(ranked(each, question)).toEqual([{ key: "/", value: 1 }]);
  });

  it("are in the row of their hour some at a time, and in that of their day when the hour is over", () => {
    const disk = new Disk();
    const sql = new Life(disk).ctx.storage.sql;
    const starts = (tier: string) =>
      sql.exec("SELECT start FROM tiers WHERE tier = ? AND series = 'endpoint'", tier).toArray().length;
    const closed = bucketsOn(disk);
    for (let i = 0; i < 60; i++) {
      const timestamp = START + i * MINUTE;
      const requests = [logged({ request_id: `${i}`, timestamp, endpoint: "/", status_code: 200 })];
      closed.add([minuteOf(timestamp, requests)], timestamp + 75_000);
      while (closed.fold(timestamp + 75_000)) expect(i % 2).toBe(1);
      expect(starts("hour")).toBe(i < 1 ? 0 : 1);
    }
    expect(starts("day")).toBe(0);
    const over = START + HOUR + 3 * MINUTE;
    while (closed.fold(over));
    expect(starts("day")).toBe(1);
    sql.exec("DELETE FROM tiers WHERE tier IN ('minute', 'hour', 'pending')");
    const question: WindowQuestion = { ...HOURS, from: START - 22 * HOUR, to: START + 2 * HOUR };
    expect(ranked(bucketsOn(disk), question)).toEqual([{ key: "/", value: 60 }]);
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
