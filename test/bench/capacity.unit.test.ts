/* The arithmetic of capacity: against the documents' own numbers, against what such data really packs to, and the page. */
import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  ARCHIVING,
  archiveMonth,
  D1_BYTES_MAX,
  ingestMonth,
  OBJECT_BYTES_MAX,
  PACKED_BYTES,
  packedTiers,
  plainMinutes,
  statedLoad,
  sumOf,
} from "../../bench/capacity/arithmetic.ts";
import { capacityPage } from "../../bench/capacity/page.ts";
import { type Closed, mergeBlock } from "../../src/domain/telemetry/blocks";
import { addValue, rollupOf } from "../../src/domain/telemetry/rollup";
import { MINUTE_MS } from "../../src/domain/units";
import { compress } from "../../src/storage/archive";

const START = Date.parse("2026-11-21T10:00:00Z");

/** Windows of `minutes` minutes with a value every 10 s, which wander. */
function windows(series: number, minutes: number): Closed[] {
  const closed: Closed[] = [];
  for (let id = 1; id <= series; id++) {
    for (let minute = 0; minute < minutes; minute++) {
      const start = START + minute * MINUTE_MS;
      const mark = (k: number) => {
        const wander = (minute * 37 + k * 101 + id * 53) % 1_000;
        return { at: start + k * 10_000, seq: minute * 6 + k, value: 20 + id + wander / 100 };
      };
      const rollup = rollupOf(mark(0));
      for (let k = 1; k < 6; k++) addValue(rollup, mark(k));
      closed.push({ group: "g", id, start, rollup });
    }
  }
  return closed;
}

const packed = (tier: "minute" | "hour", series: number): number => {
  const block = mergeBlock(tier, undefined, windows(series, tier === "minute" ? 10 : 60));
  return deflateRawSync(JSON.stringify(block), { level: 1 }).byteLength;
};

describe("capacity", () => {
  it("is reckoned from sizes that such blocks really have", () => {
    for (const tier of ["minute", "hour"] as const) {
      expect(packed(tier, 1) / PACKED_BYTES.one[tier]).toBeGreaterThan(0.7);
      expect(packed(tier, 1) / PACKED_BYTES.one[tier]).toBeLessThan(1.4);
      expect(packed(tier, 30) / PACKED_BYTES.thirty[tier]).toBeGreaterThan(0.7);
      expect(packed(tier, 30) / PACKED_BYTES.thirty[tier]).toBeLessThan(1.4);
    }
  });

  it("reckons with entries that compress as such lines do", () => {
    const lines = Array.from({ length: 1_500 }, (_, i) => {
      const place = { object: "RequestIntake/partition-1-of-16", log_epoch: "0mwqnxa6kklagvm", pos: i, reducer: 1 };
      const request = { request_id: crypto.randomUUID(), timestamp: START + i * 10, endpoint: `/api/items/${i * 31}` };
      const data = { ...request, user_id: `user-${(i * 7_919) % 10_000}`, status_code: 200, bytes: (i * 613) % 20_000 };
      return JSON.stringify({
        ...place,
        topic: "requests/x",
        seq: i,
        at: new Date(START + i * 10).toISOString(),
        data,
      });
    });
    const text = lines.join("\n");
    const ratio = text.length / compress(text).byteLength;
    expect(ratio).toBeGreaterThan(ARCHIVING.compression * 0.7);
    expect(ratio).toBeLessThan(ARCHIVING.compression * 1.5);
  });

  it("lets ten thousand series fit the objects, and not D1", () => {
    const usual = packedTiers("", 10_000, 30, PACKED_BYTES.thirty);
    const worst = packedTiers("", 10_000, 1, PACKED_BYTES.one);
    expect(usual.groups).toBe(334);
    expect(usual.rows).toBe(334 * (4_320 + 8_760 + 13));
    expect(worst.bytes / 10).toBeLessThan(OBJECT_BYTES_MAX);
    expect(usual.dollars).toBeLessThan(worst.dollars / 10);
    expect(plainMinutes(10_000).rows).toBe(432_000_000);
    expect(plainMinutes(10_000).bytes).toBeGreaterThan(8 * D1_BYTES_MAX);
  });

  it("gives 38.0 TB for the documents' load, not the 539 written there", () => {
    const load = statedLoad(1);
    expect([load.requestsPerDay, load.bytesPerDay]).toEqual([576_000_000, 576e9]);
    expect([load.raw / 1e12, load.aggregated / 1e12, load.total / 1e12]).toEqual([17.28, 20.736, 38.016]);
    expect(statedLoad(3).total / load.total).toBeCloseTo(1.21);
  });

  it("adds up its dollars from counts and prices", () => {
    const lines = archiveMonth(statedLoad(1));
    const priceOf = (what: string) => lines.find((line) => line.what === what);
    expect(priceOf("queue messages")).toMatchObject({ count: 33_750_000, dollars: 40.5 });
    expect(priceOf("R2 writes")?.dollars).toBeCloseTo(6.075);
    expect(sumOf(lines)).toBeCloseTo(lines.reduce((sum, { dollars }) => sum + dollars, 0));
    expect(sumOf(ingestMonth(statedLoad(1), 100))).toBeCloseTo(172.8 * (0.3 + 0.2 + 0.15 + 1));
  });

  it("is what the page says", () => {
    expect(readFileSync("docs/capacity.md", "utf8")).toBe(capacityPage());
  });
});
