/* How long something was too much, against a line of letters, and what a report makes of many series. */
import { describe, expect, it } from "vitest";
import { LIMITS, type Measured, Performance, readingOf, strainOf } from "../../../src/domain/nodes/report/performance";
import { lastPeriod, placeOf, reportId, spanAsked } from "../../../src/domain/nodes/report/period";
import { addValue, rollupOf } from "../../../src/domain/telemetry/rollup";
import { fc, holds } from "../../property";

const MINUTE = 60_000;
const at = (text: string): number => Date.parse(`2026-11-21T${text}Z`);

describe("A strain", () => {
  it("is as long as a line of letters shows: h high, l low, a space for a minute without samples", () =>
    holds(
      fc.property(fc.array(fc.constantFrom("h", "l", " "), { maxLength: 40 }), (letters) => {
        const line = letters.join("");
        const averages = letters.flatMap((letter, i): [number, number][] =>
          letter === " " ? [] : [[i * MINUTE, letter === "h" ? 91 + (i % 5) : 90]],
        );
        const strain = strainOf(averages, 90, MINUTE);
        const runs = [...line.matchAll(/h+/g)];
        if (runs.length === 0) {
          expect(strain).toBeUndefined();
          return;
        }
        const longest = runs.reduce((a, b) => (b[0].length > a[0].length ? b : a));
        expect(strain).toEqual({
          steps: line.match(/h/g)?.length,
          longest: longest[0].length,
          longestFrom: longest.index * MINUTE,
          worst: Math.max(...letters.flatMap((letter, i) => (letter === "h" ? 91 + (i % 5) : []))),
        });
      }),
    ));
});

describe("A reading", () => {
  it("is of whole minutes for a short span, of whole hours for a long one", () => {
    const short = readingOf({ from: at("10:00:30"), to: at("11:00:30") });
    expect(short).toEqual({ from: at("10:00:00"), to: at("11:01:00"), tier: "minute", step: "minute" });
    const long = readingOf({ from: at("01:30:00"), to: at("11:10:00") });
    expect(long).toEqual({ from: at("01:00:00"), to: at("12:00:00"), tier: "hour", step: "minute" });
    expect(readingOf({ from: at("00:00:00") - 7 * 86_400_000, to: at("00:00:00") }).step).toBe("hour");
    expect(readingOf({ from: at("10:00:00"), to: at("11:00:00") }).tier).toBe("hour");
  });
});

const measured = (node: string, metric: string, values: number[], more: Partial<Measured> = {}): Measured => {
  const [first = 0, ...rest] = values;
  const rollup = rollupOf({ at: 0, seq: 0, value: first });
  for (const [i, value] of rest.entries()) addValue(rollup, { at: i + 1, seq: i + 1, value });
  return { node, metric, rollup, limit: undefined, strain: undefined, ...more };
};
const CPU = LIMITS.findIndex(({ of }) => of === "cpu");

it("A report merges a pool's series, and names where there was too much, the longest first", () => {
  const gathered = new Performance(readingOf({ from: at("10:00:00"), to: at("11:00:00") }));
  const strain = (steps: number) => ({ steps, longest: steps, longestFrom: at("10:20:00"), worst: 99 });
  gathered.take("web", measured("web-1", "cpu.total", [10, 20], { limit: CPU, strain: strain(2) }));
  gathered.take("web", measured("web-2", "cpu.total", [90, 100], { limit: CPU, strain: strain(30) }));
  gathered.take("web", measured("web-1", "processes", [7]));
  gathered.take("db", measured("db-1", "load.1", [1]));
  gathered.lacks();
  const report = gathered.report({ pool: undefined, now: at("11:05:00") });
  expect(report.pools.map(({ pool }) => pool)).toEqual(["db", "web"]);
  const [cpu, processes] = report.pools[1]?.metrics ?? [];
  expect(cpu).toMatchObject({ metric: "cpu.total", nodes: 2, samples: 4, avg: 55, max: 100 });
  // The nearest rank.
  expect(Math.abs((cpu?.p95 ?? 0) - 100)).toBeLessThanOrEqual(1);
  expect(processes).toMatchObject({ metric: "processes", nodes: 1, avg: 7 });
  // Per node only what has a limit, and the load.
  expect(report.nodes.map(({ node, avg }) => [node, avg])).toEqual([
    ["web-2", 95],
    ["web-1", 15],
    ["db-1", 1],
  ]);
  expect(report.bottlenecks.map(({ node, of, above_s }) => [node, of, above_s])).toEqual([
    ["web-2", "cpu", 1_800],
    ["web-1", "cpu", 120],
  ]);
  expect(report.unavailable).toBe(1);
});

it.each([
  ["cpu.total", "cpu"],
  ["mem.used_percent", "memory"],
  ["disk.root.used_percent", "disk"],
  ["disk.var_lib.used_percent", "disk"],
  ["disk.read_bytes_s", undefined],
  ["cpu.total.other", undefined],
])("The limit of %s is that of %s", (metric, of) => {
  expect(LIMITS.find(({ name }) => new RegExp(name).test(metric))?.of).toBe(of);
});

describe("A span", () => {
  const now = at("10:20:00");
  it("is the last day where nothing is asked, and ends now at the latest", () => {
    expect(spanAsked(undefined, undefined, now)).toEqual({ from: now - 86_400_000, to: now });
    expect(spanAsked(now - 1, now + 999, now)).toEqual({ from: now - 1, to: now });
  });

  it.each([
    [now + 1, undefined, "from"],
    [5, 5, "to"],
    [now - 367 * 86_400_000, now, "from"],
  ])("from %s to %s is refused", (from, to, field) => {
    expect(spanAsked(from, to, now)).toMatchObject({ field });
  });

  it("of the clock is the last that is over, and its report has an id that says so", () => {
    expect(lastPeriod("hour", now)).toEqual({ from: at("09:00:00"), to: at("10:00:00") });
    const place = { kind: "health", period: "hour", start: at("09:00:00") } as const;
    expect(reportId(place)).toBe("health-hour-20261121T090000Z");
    expect(placeOf(reportId(place))).toEqual(place);
    for (const id of ["health-hour-20261321T090000Z", "x-hour-20261121T090000Z", "health-hour-"]) {
      expect(placeOf(id)).toBeUndefined();
    }
  });
});
