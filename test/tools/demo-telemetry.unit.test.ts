/* What the demo posts as requests and metrics: recorded things as they were, made ones the same in every run. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RequestInput } from "../../src/domain/requests/request";
import { MetricInput } from "../../src/domain/telemetry/sample";
import { EVERY_MS, madeAt, momentsBetween, past, priceSample } from "../../tools/demo/metrics.ts";
import { latencyOf, parseRequests, requestPost, requestTrack } from "../../tools/demo/requests.ts";

const NOW = Date.parse("2026-03-01T12:00:30Z");
const LOG = [
  '1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /a?b=1 HTTP/1.1" 200 8000 "-" "-"',
  "no line of a log",
  '1.2.3.4 - - [17/May/2015:10:09:03 +0000] "HEAD /c HTTP/1.1" 304 - "-" "-"',
].join("\n");

describe("recorded requests", () => {
  it("happen now, with pauses of a second at most", () => {
    const track = requestTrack(LOG, 1, NOW);
    expect(track.dueAt(NOW).map(requestPost)).toEqual([
      {
        ...{ user_id: "1.2.3.4", method: "GET", endpoint: "/a?b=1", status_code: 200, bytes: 8_000 },
        ...{ request_id: expect.stringMatching(/\/requests\/0$/), timestamp: NOW, latency_ms: 7 },
      },
    ]);
    expect(track.dueAt(NOW + 999)).toEqual([]);
    expect(track.dueAt(NOW + 1_000).map(requestPost)).toMatchObject([{ method: "HEAD", bytes: 0, latency_ms: 5 }]);
  });

  it("are in the sample, and each may be posted", () => {
    const log = readFileSync("tools/data/access.log", "utf8");
    const requests = parseRequests(log);
    expect(requests.length).toBeGreaterThan(0.99 * log.trimEnd().split("\n").length);
    for (const recorded of requests) {
      expect(RequestInput.safeParse(requestPost({ recorded, at: NOW, id: "x" })).success).toBe(true);
    }
  });

  it("take longer the more they send", () => {
    expect([0, 4_000, 4_000_000].map(latencyOf)).toEqual([5, 6, 1_005]);
  });
});

describe("made metrics", () => {
  it("are the same whenever they are asked for, and may be posted", () => {
    const samples = past(NOW);
    expect(past(NOW)).toEqual(samples);
    for (const sample of samples.slice(-500)) expect(MetricInput.safeParse(sample).success).toBe(true);
  });

  it("have a past of hours and then minutes, in order, up to now", () => {
    const samples = past(NOW).filter(({ name }) => name === "demo.queue.depth");
    const times = samples.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
    expect([times[1], times.at(-1)].map((at, i) => (at ?? 0) - (times.at(i === 0 ? 0 : -2) ?? 0))).toEqual([
      3_600_000, 60_000,
    ]);
    expect(NOW - (times.at(-1) ?? 0)).toBeLessThan(120_000);
  });

  it("lack the cellar for some minutes of each hour, and nothing else", () => {
    const rooms = (minute: number) =>
      madeAt(Math.floor(NOW / 3_600_000) * 3_600_000 + minute * 60_000).flatMap(({ labels }) => labels?.room ?? []);
    expect([rooms(10), rooms(40)]).toEqual([
      ["kitchen", "office", "cellar"],
      ["kitchen", "office"],
    ]);
  });

  it("go on without a moment twice or left out", () => {
    const moments = [...momentsBetween(NOW, NOW + 5_001), ...momentsBetween(NOW + 5_001, NOW + 20_000)];
    expect(moments).toEqual(moments.map((_, i) => (moments[0] ?? 0) + i * EVERY_MS));
    expect(moments.at(-1)).toBe(NOW + 20_000);
  });

  it("have prices under the ids of their ticks", () => {
    const recorded = { symbol: "A", price: "10.5", offsetMs: 0 };
    expect(priceSample({ recorded, at: NOW, id: "r/0/A/0" })).toEqual({
      ...{ name: "demo.price", value: 10.5, timestamp: NOW, labels: { symbol: "A" }, id: "r/0/A/0" },
    });
  });
});
