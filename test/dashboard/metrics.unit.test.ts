/* The page of metrics, its thinking: addresses, buckets that follow each other, axes, what was typed. */
import { describe, expect, it } from "vitest";
import { momentByKey } from "../../dashboard/src/metrics/moments";
import { justBefore, matching } from "../../dashboard/src/metrics/names-search";
import {
  columnsOf,
  domainOf,
  localOfMoment,
  middleOf,
  momentOfLocal,
  type Point,
  runsOf,
  thinned,
  timeTicks,
  valueTicks,
} from "../../dashboard/src/metrics/plot";
import { EMPTY, pointsOf, type SeriesState, spliced, tailFrom } from "../../dashboard/src/metrics/readings";
import { bodyOf, fieldProblems, labelsOf } from "../../dashboard/src/metrics/sample-input";
import { scaleOf } from "../../dashboard/src/metrics/scale";
import { shapeOf } from "../../dashboard/src/metrics/spark-shape";
import {
  commonLabels,
  FIGURES,
  filterText,
  fits,
  MOST_SERIES,
  RANGE_NAMES,
  RESOLUTION_CHOICES,
  readView,
  resolutionOf,
  suggestionsOf,
  type View,
  writeView,
  zonesFor,
} from "../../dashboard/src/metrics/view";
import { brief, roughly, tickLabels } from "../../dashboard/src/metrics/words";
import { MetricName } from "../../src/domain/telemetry/sample";
import { fc, holds } from "../property";

const NOW = Date.parse("2026-03-01T12:00:30Z");
const MINUTE = 60_000;
const DAY = 86_400_000;
const point = (start: number, value = 1, more: Partial<Point> = {}): Point => ({
  ...{ start, avg: value, min: value, max: value, p50: value, p95: value, p99: value, count: 1, partial: false },
  ...more,
});
const usual = readView(new URLSearchParams());

describe("an address", () => {
  const views = fc.record<View>({
    range: fc.oneof(
      fc.constantFrom(...RANGE_NAMES),
      fc.tuple(fc.nat(NOW), fc.integer({ min: 1, max: DAY })).map(([from, length]) => ({ from, to: from + length })),
    ),
    resolution: fc.constantFrom(undefined, ...RESOLUTION_CHOICES),
    zone: fc.constantFrom("UTC", "Europe/Berlin"),
    series: fc.uniqueArray(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: MOST_SERIES }),
    shown: fc.subarray([...FIGURES]),
  });

  it("keeps all of a view", async () => {
    const property = fc.property(views, (view) => {
      expect(readView(new URLSearchParams(writeView(view)))).toEqual(view);
    });
    await holds(property);
  });

  it("is short for what is usual, and says nothing that cannot be", () => {
    expect([usual.range, writeView(usual)]).toEqual(["1h", ""]);
    const odd = readView(new URLSearchParams("range=9h&resolution=week&zone=Mars/Base&from=5&to=3&show=none,p77"));
    expect(odd).toEqual({ ...usual, shown: [] });
  });
});

describe("a view", () => {
  it("has the finest resolution that suits its range, and none that the API refuses", () => {
    const resolutions = RANGE_NAMES.map((range) => resolutionOf({ range, resolution: undefined }));
    expect(resolutions).toEqual(["minute", "minute", "minute", "minute", "hour", "hour", "day", "day"]);
    expect([fits({ range: "7d" }, "minute"), fits({ range: "30d" }, "minute")]).toEqual([true, false]);
    expect(resolutionOf({ range: "1y", resolution: "minute" })).toBe("day");
  });

  it("offers the browser's time zone where hours of UTC make its hours", () => {
    const hours: View = { ...usual, resolution: "hour" };
    expect(zonesFor(hours, "Europe/Berlin", NOW)).toEqual({ zones: ["UTC", "Europe/Berlin"], isBrowserLeftOut: false });
    expect(zonesFor(hours, "Asia/Kolkata", NOW)).toEqual({ zones: ["UTC"], isBrowserLeftOut: true });
    expect(zonesFor(usual, "Asia/Kolkata", NOW).zones).toEqual(["UTC", "Asia/Kolkata"]);
  });

  it("suggests labels that are there and are not shown", () => {
    const series = [{ host: "a", disk: "x" }, { host: "b", disk: "x" }, {}];
    expect(suggestionsOf(series, ["host=b"])).toEqual(["disk=x", "host=a", "host=a,disk=x", "host=b,disk=x"]);
    expect(filterText({ host: "a,b" })).toBe('{"host":"a,b"}');
  });

  it("offers first the labels that most series have, and none that tells nothing apart", () => {
    const series = [1, 2, 10].map((n) => ({ host: `h${n}`, zone: n < 9 ? "eu" : "us", app: "shop" }));
    expect(commonLabels(series, ["host=h2"], 3)).toEqual(["zone=eu", "host=h1", "host=h10"]);
    expect(commonLabels(series.slice(0, 1), [], 3)).toEqual([]);
  });
});

describe("buckets", () => {
  it("follow each other until one is missing", () => {
    const starts = (runs: Point[][]) => runs.map((run) => run.map(({ start }) => start / MINUTE));
    const list = [0, 1, 2, 5, 8, 9].map((minute) => point(minute * MINUTE));
    expect(starts(runsOf(list, MINUTE))).toEqual([[0, 1, 2], [5], [8, 9]]);
    expect(runsOf([point(0), point(25 * 3_600_000), point(73 * 3_600_000)], DAY)).toHaveLength(2);
  });

  it("are drawn in their middle, an unfinished one in that of its past", () => {
    expect(middleOf(point(0), MINUTE, NOW)).toBe(30_000);
    expect(middleOf(point(0, 1, { partial: true }), MINUTE, 20_000)).toBe(10_000);
  });

  it("are lines, and dots where they are alone, in the small picture", () => {
    const shape = shapeOf([point(NOW - 30 * MINUTE), point(NOW - 3 * MINUTE), point(NOW - 2 * MINUTE)], NOW);
    expect([shape.lines.match(/M/g)?.length, shape.dots.match(/M/g)?.length]).toEqual([1, 1]);
  });

  it("are thinned to what a column of the screen can show, and never lose a peak", async () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 200 });
    const property = fc.property(values, fc.integer({ min: 1, max: 50 }), (list, perColumn) => {
      const points = list.map((value, i) => point(i * MINUTE, value));
      const column = ({ start }: Point) => Math.floor(start / MINUTE / perColumn);
      const kept = thinned(points, column, ({ avg }) => avg);
      expect(kept.map(({ start }) => start)).toEqual(
        [...new Set(kept)].map(({ start }) => start).sort((a, b) => a - b),
      );
      for (const inside of columnsOf(points, column)) {
        const shown = kept.filter((one) => inside.includes(one)).map(({ avg }) => avg);
        const all = inside.map(({ avg }) => avg);
        expect(shown.length).toBeLessThanOrEqual(4);
        expect([Math.min(...shown), Math.max(...shown)]).toEqual([Math.min(...all), Math.max(...all)]);
        expect([shown[0], shown.at(-1)]).toEqual([all[0], all.at(-1)]);
      }
    });
    await holds(property);
  });

  it("are read again from the last that was unfinished, and replace what was there", () => {
    const read: SeriesState = { ...EMPTY, points: [point(NOW - DAY)], asOf: NOW };
    expect(tailFrom(read, "minute")).toBe(Math.floor(NOW / MINUTE) * MINUTE - MINUTE);
    expect(tailFrom(EMPTY, "minute")).toBeUndefined();
    const before = [0, 1, 2, 3].map((minute) => point(minute * MINUTE));
    const joined = spliced(before, 2 * MINUTE, [point(2 * MINUTE, 7), point(4 * MINUTE)], MINUTE);
    expect(joined.map(({ start, avg }) => [start / MINUTE, avg])).toEqual([
      [1, 1],
      [2, 7],
      [4, 1],
    ]);
  });

  it("and single values come in one form", () => {
    const [raw] = pointsOf([{ start: new Date(NOW).toISOString(), value: -2 }]);
    expect(raw).toEqual(point(NOW, -2));
  });
});

describe("axes", () => {
  it("have round values within them, about as many as wanted", async () => {
    const property = fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      (low, size) => {
        const ticks = valueTicks(low, low + size, 5);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(7);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(low - size * 1e-6);
          expect(tick).toBeLessThanOrEqual(low + size * 1.000001);
        }
      },
    );
    await holds(property);
    expect(valueTicks(0.2, 0.9, 5)).toEqual([0.2, 0.4, 0.6, 0.8]);
  });

  it("hold every value, a flat line in the middle", () => {
    expect(domainOf([])).toBeUndefined();
    const [low, high] = domainOf([5, 5]) as [number, number];
    expect((low + high) / 2).toBe(5);
    expect(domainOf([0, 0])).toEqual([-1, 1]);
    expect(domainOf([1e-12])?.[1]).toBeCloseTo(1.1e-12, 15);
  });

  it("have round moments of the time zone, days of 23 hours included", () => {
    const hour = { from: Date.parse("2026-03-01T11:10:00Z"), to: Date.parse("2026-03-01T12:10:00Z") };
    const berlin = timeTicks(hour, "Europe/Berlin", 7).map(({ label }) => label);
    expect(berlin).toEqual(["12:10", "12:20", "12:30", "12:40", "12:50", "13:00", "13:10"]);
    const spring = { from: Date.parse("2026-03-27T23:00:00Z"), to: Date.parse("2026-03-30T22:00:00Z") };
    const midnights = timeTicks(spring, "Europe/Berlin", 3).map(({ at }) => new Date(at).toISOString());
    expect(midnights.slice(0, 3)).toEqual([
      "2026-03-27T23:00:00.000Z",
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ]);
  });

  it("and moments typed by the zone's clocks come back as they were", async () => {
    const at = fc.integer({ min: 0, max: 30_000_000 }).map((minutes) => minutes * MINUTE);
    const property = fc.property(at, fc.constantFrom("UTC", "Asia/Kolkata", "America/Lima"), (moment, zone) => {
      expect(momentOfLocal(localOfMoment(moment, zone), zone)).toBe(moment);
    });
    await holds(property);
    expect(momentOfLocal("nothing", "UTC")).toBeNaN();
  });

  it("are walked by keys, and not left", () => {
    const moments = [10, 20, 30];
    expect(momentByKey("ArrowLeft", moments, undefined)).toBe(20);
    expect(momentByKey("ArrowRight", moments, 30)).toBe(30);
    expect(["Home", "End", "PageUp"].map((key) => momentByKey(key, moments, 20))).toEqual([10, 30, 10]);
    expect(momentByKey("Tab", moments, 20)).toBeUndefined();
  });
});

describe("what is typed", () => {
  const typed = { name: " a.b ", value: "0", timestamp: "2026-03-01T12:00:00Z", labels: "" };

  it("is sent as numbers where it is one: nought and less are values", () => {
    const values = ["0", "-3.5", "1e3", ".5", "many", ""].map((value) => bodyOf({ ...typed, value }));
    expect(values.map((body) => (body as { value?: unknown }).value)).toEqual([0, -3.5, 1_000, 0.5, "many", undefined]);
    expect(bodyOf(typed)).toEqual({ name: "a.b", value: 0, timestamp: typed.timestamp });
  });

  it("may have labels in either form", () => {
    expect(labelsOf(" host = web-1, disk=sda=1 ")).toEqual({ host: "web-1", disk: "sda=1" });
    expect(labelsOf('{"host":"a,b"}')).toEqual({ host: "a,b" });
    expect([labelsOf("host"), labelsOf("{")]).toEqual([undefined, undefined]);
  });

  it("is refused beside its fields", () => {
    const problem = { status: 400, title: "", detail: "", requestId: undefined, retryAfterS: undefined };
    const errors = [
      { pointer: "/value", detail: "is missing" },
      { pointer: "/labels/host", detail: "is too long" },
    ];
    expect(fieldProblems({ ...problem, errors })).toEqual({ value: "is missing", labels: "host is too long" });
    expect(fieldProblems({ ...problem, errors: [{ pointer: "/other", detail: "?" }] })).toBeUndefined();
    expect(fieldProblems({ ...problem, errors: [] })).toBeUndefined();
  });

  it("finds names by words, in any order", () => {
    const metrics = ["http.latency", "disk.latency", "http.errors"].map((name) => ({
      ...{ name, series: 1, labels: [], last_seen: null },
    }));
    expect(matching(metrics, "lat HTTP").map(({ name }) => name)).toEqual(["http.latency"]);
    expect(matching(metrics, " ")).toHaveLength(3);
  });

  it("finds one name in a list that begins just before it", async () => {
    const names = fc.stringMatching(/^[A-Za-z0-9_.:/-]{1,12}$/);
    const property = fc.property(names, names, (name, other) => {
      const before = justBefore(name);
      expect(before < name).toBe(true);
      if (other < name) expect(before >= other).toBe(true);
      expect(before === "" || MetricName.safeParse(before).success).toBe(true);
    });
    await holds(property);
  });
});

describe("values in words", () => {
  it("are short", () => {
    expect([brief(0), brief(-12.5), brief(1_234.5678), brief(0.000_001), brief(12_345_678_901)]).toEqual([
      ...["0", "\u221212.5", "1,234.57", "1.00e-6", "12.3457B"],
    ]);
    expect(roughly(63.4396)).toBe("63.44");
    expect([brief(1e289), brief(-1.2e-7), brief(-3e15)]).toEqual(["1.00e+289", "\u22121.20e-7", "\u22123.00e+15"]);
  });

  it("tell the marks of an axis apart, however near they are", () => {
    for (const ticks of [
      [1_763_800_000, 1_763_800_020, 1_763_800_040],
      [17_179_869_184, 17_179_869_186],
      [1e15, 1e15 + 1_000],
      [-0.000_001_000_1, -0.000_001],
    ]) {
      expect(new Set(tickLabels(ticks)).size).toBe(ticks.length);
    }
    expect(tickLabels([0, 50, 100])).toEqual(["0", "50", "100"]);
    expect(tickLabels([3])).toEqual(["3"]);
  });

  it("have the room beside a timeline that they need", () => {
    const span = { from: 0, to: 1 };
    expect(scaleOf(800, 320, span, [0, 100]).right).toBe(738);
    expect(scaleOf(800, 320, span, [0, 5e-299]).right).toBeLessThan(720);
  });
});
