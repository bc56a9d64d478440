/* Metrics through the front door: samples in, read back at once, refused where they are not valid. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { partitionOf } from "../../src/domain/partition";
import type { MetricList, Timeline, Usage } from "../../src/domain/telemetry/answers";
import { until } from "../until";
import { alice, bob, del, get, type Person, person, post, problem, sensor } from "./people";

const METRICS = "/api/v1/metrics";
const MINUTE = 60_000;
let names = 0;
const fresh = (): string => `room.temperature.${++names}`;
const sampleOf = (name: string, value: number, more: Record<string, unknown> = {}) => ({
  ...{ name, value, timestamp: Date.now() - MINUTE },
  ...more,
});
const read = async (name: string, query = "", who: Person = alice): Promise<Timeline> => {
  const response = await get(who, `${METRICS}/${encodeURIComponent(name)}?${query}`);
  expect(response.status).toBe(200);
  return response.json();
};
const figures = (timeline: Timeline) =>
  timeline.points.map((point) => ("count" in point ? [point.count, point.sum] : []));

describe("a posted sample", () => {
  it("is read back at once, raw and in its minute, hour and day", async () => {
    const name = fresh();
    const who = await sensor();
    const timestamp = Date.now() - 1_000;
    const response = await post(who, METRICS, { name, value: 2, timestamp, labels: { room: "kitchen" } });
    expect([response.status, await response.json()]).toEqual([200, { accepted: 1, duplicates: 0 }]);
    const raw = await read(name, "resolution=raw");
    expect(raw.points).toEqual([{ start: new Date(timestamp).toISOString(), value: 2, labels: { room: "kitchen" } }]);
    for (const resolution of ["minute", "hour", "day"]) {
      const { points, series } = await read(name, `resolution=${resolution}`);
      expect(series).toBe(1);
      expect(points).toMatchObject([{ count: 1, sum: 2, avg: 2, min: 2, max: 2, first: 2, last: 2, p50: 2, p99: 2 }]);
    }
  });

  it("may be zero or negative, and text that is a number", async () => {
    const name = fresh();
    const values = [0, -5, "2.5"].map((value) => ({ ...sampleOf(name, 0), value }));
    expect((await post(alice, METRICS, values)).status).toBe(200);
    const { points } = await read(name, "resolution=day");
    expect(points).toMatchObject([{ count: 3, sum: -2.5, min: -5, max: 2.5 }]);
  });

  it("is taken at the path of the source document's system", async () => {
    const name = fresh();
    const body = { name, value: 2, timestamp: new Date(Date.now() - MINUTE).toISOString() };
    expect((await post(alice, "/metric", body)).status).toBe(200);
    expect(figures(await read(name))).toEqual([[1, 2]]);
  });

  it("counts once under one id, and is a conflict with other content", async () => {
    const name = fresh();
    const sample = sampleOf(name, 7, { id: `s-${name}` });
    await post(alice, METRICS, sample);
    expect(await (await post(alice, METRICS, [sample])).json()).toEqual({ accepted: 0, duplicates: 1 });
    expect((await post(alice, METRICS, { ...sample, value: 8 })).status).toBe(422);
    expect(figures(await read(name))).toEqual([[1, 7]]);
  });

  it("counts once under one Idempotency-Key", async () => {
    const name = fresh();
    const body = [sampleOf(name, 1), sampleOf(name, 2, { labels: { a: "b" } })];
    const headers = { "idempotency-key": `key-${name}` };
    expect(await (await post(alice, METRICS, body, headers)).json()).toEqual({ accepted: 2, duplicates: 0 });
    expect(await (await post(alice, METRICS, body, headers)).json()).toEqual({ accepted: 0, duplicates: 2 });
    expect(figures(await read(name, "resolution=day"))).toEqual([[2, 3]]);
  });

  it.each([
    ["without a timestamp", { name: "a", value: 1 }, "/timestamp"],
    ["with a time that cannot be read", { name: "a", value: 1, timestamp: "yesterday" }, "/timestamp"],
    ["from the future", { name: "a", value: 1, timestamp: Date.now() + 10 * MINUTE }, "/timestamp"],
    ["with a value that is none", { name: "a", value: "x", timestamp: 1_700_000_000_000 }, "/value"],
    ["with a bad name", { name: "a b", value: 1, timestamp: 1_700_000_000_000 }, "/name"],
    ["with a field nobody knows", { name: "a", value: 1, timestamp: 1_700_000_000_000, lables: {} }, "/lables"],
    [
      "with too many labels",
      {
        ...{ name: "a", value: 1, timestamp: 1_700_000_000_000 },
        labels: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`l${i}`, "x"])),
      },
      "/labels",
    ],
  ])("%s is refused, with a line that works", async (_, sample, pointer) => {
    const refused = await problem(await post(alice, METRICS, sample));
    expect(refused.status).toBe(400);
    expect(refused.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(refused.detail).toContain('{"name":');
  });
});

describe("a timeline", () => {
  it("merges the series that have the labels, and survives an eviction", async () => {
    const name = fresh();
    const who = await sensor();
    const at = Date.now() - 5_000;
    const one = (host: string, value: number) => ({ name, value, timestamp: at, labels: { host, rack: "r1" } });
    await post(who, METRICS, [one("a", 1), one("b", 2), one("b", 4)]);
    const group = (host: string) => partitionOf(JSON.stringify({ host, rack: "r1" }), 10);
    for (const owner of new Set([group("a"), group("b")])) {
      await evictDurableObject(env.METRIC_INTAKE.getByName(`${who.id}/${owner}`));
    }
    expect(figures(await read(name, "resolution=hour"))).toEqual([[3, 7]]);
    expect(figures(await read(name, "resolution=hour&labels=host=b"))).toEqual([[2, 6]]);
    expect(
      figures(await read(name, `resolution=hour&labels=${encodeURIComponent('{"rack":"r1","host":"a"}')}`)),
    ).toEqual([[1, 1]]);
    expect((await read(name, "resolution=hour&labels=host=c")).points).toEqual([]);
  });

  it("has averages that are weighted: a minute with 10, one with 20, 20, 20 make an hour of 17.5", async () => {
    const name = fresh();
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
    const at = (minute: number, value: number) => ({ name, value, timestamp: hour + minute * MINUTE });
    await post(alice, METRICS, [at(1, 10), at(2, 20), at(2, 20), at(2, 20)]);
    const { points } = await read(name, `resolution=hour&from=${hour}&to=${hour + 3_600_000}`);
    expect(points).toMatchObject([{ start: new Date(hour).toISOString(), count: 4, avg: 17.5, partial: false }]);
    expect(figures(await read(name, `resolution=minute&from=${hour}&to=${hour + 3_600_000}`))).toEqual([
      [1, 10],
      [3, 60],
    ]);
  });

  it("has days of 23 and 25 hours in a zone, and refuses one that hours of UTC cannot make", async () => {
    const name = fresh();
    // Clocks went forward in Berlin on 29 March 2026, back on 25 October 2026: both days begin at a local midnight.
    const samples = ["2026-03-28T22:59:00Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:00Z", "2026-03-29T22:00:00Z"];
    const autumn = ["2026-10-24T22:00:00Z", "2026-10-25T22:59:00Z", "2026-10-25T23:00:00Z"];
    await post(
      alice,
      METRICS,
      [...samples, ...autumn].map((timestamp) => ({ name, value: 1, timestamp })),
    );
    const days = async (from: string, to: string) =>
      (await read(name, `resolution=day&zone=Europe/Berlin&from=${from}&to=${to}`)).points.map((point) =>
        "count" in point ? [point.start, point.count] : [],
      );
    expect(await days("2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z")).toEqual([
      ["2026-03-27T23:00:00.000Z", 1],
      ["2026-03-28T23:00:00.000Z", 2],
      ["2026-03-29T22:00:00.000Z", 1],
    ]);
    expect(await days("2026-10-24T22:00:00Z", "2026-10-26T12:00:00Z")).toEqual([
      ["2026-10-24T22:00:00.000Z", 2],
      ["2026-10-25T23:00:00.000Z", 1],
    ]);
    const kolkata = await problem(await get(alice, `${METRICS}/${name}?resolution=day&zone=Asia/Kolkata`));
    expect([kolkata.status, kolkata.errors?.[0]?.pointer]).toEqual([400, "zone"]);
    expect(kolkata.detail).toContain("Asia/Kolkata");
  });

  it.each([
    "resolution=week",
    "from=tomorrow",
    "zone=Mars/Olympus",
    "labels=host",
    "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
    "resolution=minute&from=0",
  ])("that cannot be answered is a 400 that names the field: %s", async (query) => {
    const name = fresh();
    await post(alice, METRICS, sampleOf(name, 1));
    const refused = await problem(await get(alice, `${METRICS}/${name}?${query}`));
    expect([refused.status, refused.errors?.length]).toEqual([400, 1]);
  });

  it("of a name that nobody knows is a 404", async () => {
    expect((await get(alice, `${METRICS}/no.such.metric`)).status).toBe(404);
  });
});

describe("the catalogue", () => {
  it("lists names with their labels and when they were last seen", async () => {
    const name = fresh();
    const timestamp = Date.now() - 2_000;
    await post(await sensor(), METRICS, { name, value: 1, timestamp, labels: { host: "a" } });
    const last_seen = new Date(timestamp).toISOString();
    const listed = async () => {
      const { metrics } = await (await get(await bob(), `${METRICS}?limit=200`)).json<MetricList>();
      return metrics.find((metric) => metric.name === name);
    };
    expect(await listed()).toMatchObject({ name, last_seen });
    const stored = await until(async () => ((await listed())?.series === 1 ? listed() : undefined), {
      what: "the series in the catalogue",
    });
    expect(stored).toEqual({ name, series: 1, labels: [{ host: "a" }], last_seen });
  });

  it("forgets a deleted metric, which begins anew with its next sample", async () => {
    const name = fresh();
    await post(alice, METRICS, [sampleOf(name, 1), sampleOf(name, 2, { labels: { a: "b" } })]);
    expect((await del(await bob(), `${METRICS}/${name}`)).status).toBe(403);
    const elsewhere = await person({ role: "admin", name: "Kitchen", scope: { names: ["kitchen.*"] } });
    expect((await del(elsewhere, `${METRICS}/${name}`)).status).toBe(403);
    expect((await del(alice, `${METRICS}/${name}`)).status).toBe(204);
    await until(async () => (await get(alice, `${METRICS}/${name}`)).status === 404, { what: "the metric to be gone" });
    await post(alice, METRICS, sampleOf(name, 5));
    expect(figures(await read(name, "resolution=day"))).toEqual([[1, 5]]);
    expect((await read(name, "resolution=raw")).points).toMatchObject([{ value: 5 }]);
  });

  it("is closed to who may not: a source reads nothing, a scoped key writes its names only", async () => {
    const name = fresh();
    const scoped = await person({ role: "source", name: "Kitchen", scope: { names: ["kitchen.*"] } });
    expect((await post(scoped, METRICS, sampleOf(name, 1))).status).toBe(403);
    expect((await post(scoped, METRICS, sampleOf("kitchen.temperature", 1))).status).toBe(200);
    expect((await get(scoped, METRICS)).status).toBe(403);
    expect((await get(undefined, METRICS)).status).toBe(401);
    expect((await post(await bob(), METRICS, sampleOf(name, 1))).status).toBe(403);
  });

  it("writes an exploding label as one, and says in usage who caused it", async () => {
    const name = fresh();
    const who = await sensor();
    const burst = (from: number) =>
      Array.from({ length: 1_000 }, (_, i) => sampleOf(name, 1, { labels: { session: `s${from + i}`, host: "a" } }));
    for (let i = 0; i < 2; i++) expect((await post(who, METRICS, burst(1_000 * i))).status).toBe(200);
    expect(figures(await read(name, "resolution=day"))).toEqual([[2_000, 2_000]]);
    const overflow = await read(name, "resolution=day&labels=session=__overflow__,host=a");
    const lost = figures(overflow)[0]?.[0] ?? 0;
    expect(lost).toBeGreaterThan(0);
    const { sources } = await (await get(alice, "/api/v1/usage")).json<Usage>();
    const mine = sources.filter(({ source }) => source === who.id).flatMap(({ overflows }) => overflows);
    expect(mine.every((one) => one.name === name && one.label === "session")).toBe(true);
    expect(mine.reduce((sum, { samples }) => sum + samples, 0)).toBe(lost);
  });
});

describe("what a node measures", () => {
  const known = async (pool?: string): Promise<string> => {
    const node = `metered-${++names}`;
    await post(alice, `/api/v1/nodes/${node}/heartbeats`, { pool });
    return node;
  };
  const measure = (node: string, more: Record<string, unknown> = {}) => ({
    ...{ id: `boot/${node}`, timestamp: Date.now() - 1_000, metrics: { "cpu.total": 12.5, "mem.used_percent": 40 } },
    ...more,
  });

  it("is read back at once: the last figures, and a timeline of each", async () => {
    const node = await known("web");
    const url = `/api/v1/nodes/${node}/metrics`;
    expect(await (await post(await sensor(), url, measure(node))).json()).toEqual({ accepted: 1, duplicates: 0 });
    expect(await (await get(alice, url)).json()).toMatchObject({
      node,
      metrics: [
        { name: "cpu.total", value: 12.5 },
        { name: "mem.used_percent", value: 40 },
      ],
    });
    const timeline = await (await get(await bob(), `${url}?name=cpu.total&resolution=hour`)).json<Timeline>();
    expect(figures(timeline)).toEqual([[1, 12.5]]);
  });

  it("counts once however often it is sent", async () => {
    const node = await known();
    const url = `/api/v1/nodes/${node}/metrics`;
    const first = measure(node);
    const second = measure(node, { id: "boot/2", metrics: { "cpu.total": 20 } });
    await post(alice, url, first);
    expect(await (await post(alice, url, [first, second])).json()).toEqual({ accepted: 1, duplicates: 1 });
    const timeline = await (await get(alice, `${url}?name=cpu.total&resolution=day`)).json<Timeline>();
    expect(figures(timeline)).toEqual([[2, 32.5]]);
  });

  it("is part of the metric of all nodes, with the node as label", async () => {
    const node = await known();
    const name = fresh();
    await post(alice, `/api/v1/nodes/${node}/metrics`, measure(node, { metrics: { [name]: 3 } }));
    const timeline = await until(
      async () => {
        const response = await get(alice, `${METRICS}/${name}?labels=node=${node}`);
        return response.ok ? response.json<Timeline>() : undefined;
      },
      { what: "the name in the catalogue" },
    );
    expect(figures(timeline)).toEqual([[1, 3]]);
  });

  it("is refused where it is not valid, of a node that nobody knows, or by a key for another", async () => {
    const node = await known();
    const url = `/api/v1/nodes/${node}/metrics`;
    const bad = await problem(await post(alice, url, { timestamp: "then", metrics: { "a b": 1, c: "x" } }));
    expect([bad.status, bad.errors?.map(({ pointer }) => pointer)]).toEqual([
      400,
      ["/timestamp", "/metrics/a b", "/metrics/c"],
    ]);
    expect((await post(alice, "/api/v1/nodes/nobody-knows/metrics", measure("x"))).status).toBe(404);
    const other = await person({ role: "source", name: "Other", scope: { nodes: ["web-*"] } });
    expect((await post(other, url, measure(node))).status).toBe(403);
    expect((await post(alice, url, Array(101).fill(measure(node)))).status).toBe(413);
  });
});
