/* Reports through the front door: what the history of nodes and their metrics say, asked for and written by the clock. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { HealthReport, PerformanceReport, ReportList } from "../../src/domain/nodes/report/answers";
import { writeDueReports } from "../../src/worker/node-reports";
import { until } from "../until";
import { alice, get, type Person, person, post, problem } from "./people";

const REPORTS = "/api/v1/reports";
const HOUR = 3_600_000;
/** Spans of the history lie in hours that are over. */
const START = Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR;
const text = (at: number): string => new Date(at).toISOString();
const read = async <T>(path: string, who: Person = alice): Promise<T> => {
  const response = await get(who, `${REPORTS}${path}`);
  expect(response.status).toBe(200);
  return response.json();
};

/** A history that no test can wait for. Minutes after START. */
async function tell(
  node: string,
  pool: string,
  events: [minute: number, event: string, status: string, gone?: number][],
) {
  await env.DB.prepare(
    `INSERT INTO nodes (node, pool, name, status, active, health, since, config, object, epoch, seq, registered_at)
     VALUES (?, ?, ?, 'up', 1, 'ok', 0, '{}', 'NodeMonitor/x', 'e1', 1, 0)`,
  )
    .bind(node, pool, `The ${node}`)
    .run();
  for (const [i, [minute, event, status, gone = null]] of events.entries()) {
    await env.DB.prepare(
      "INSERT INTO node_events (node, epoch, seq, event, status, at, downtime_s, severity) VALUES (?, 'e1', ?, ?, ?, ?, ?, 'info')",
    )
      .bind(node, i + 1, event, status, START + minute * 60_000, gone)
      .run();
  }
}

beforeAll(async () => {
  await tell("web-1", "web", [
    [-600, "registered", "new"],
    [-600, "started", "up"],
    [30, "down", "down"],
    [42, "recovered", "up", 750],
  ]);
  await tell("web-2", "web", [[-500, "started", "up"]]);
  await tell("db-1", "db", [
    [-500, "started", "up"],
    [50, "down", "down"],
  ]);
});

const SPAN = `from=${START}&to=${START + HOUR}`;

describe("the report of health", () => {
  it("says per node and pool how long and how often, the worst first", async () => {
    const report = await read<HealthReport>(`/health?${SPAN}`);
    expect(report.nodes.map(({ node, uptime_percent }) => [node, uptime_percent])).toEqual([
      ["web-1", 80],
      ["db-1", 83.333],
      ["web-2", 100],
    ]);
    expect(report.nodes[0]).toMatchObject({ name: "The web-1", incidents: 1, down_s: 720, slowest_recovery_s: 750 });
    const open = { from: text(START + 50 * 60_000), to: null, down_s: 600 };
    expect(report.nodes[1]).toMatchObject({ status: "down", downtimes: [open] });
    expect(report.pools).toMatchObject([
      { pool: "db", nodes: 1, down: 1, uptime_percent: 83.333 },
      { pool: "web", nodes: 2, down: 0, uptime_percent: 90, incidents: 1 },
    ]);
    expect(report.total).toMatchObject({ nodes: 3, incidents: 2, down_s: 1_320 });
  });

  it("is about one pool where one is asked for, and about a key's own nodes only", async () => {
    const web = await read<HealthReport>(`/health?${SPAN}&pool=web`);
    expect(web.nodes.map(({ node }) => node)).toEqual(["web-1", "web-2"]);
    const bob = await person({ role: "viewer", name: "Bob", scope: { nodes: ["db-*"] } });
    const own = await read<HealthReport>(`/health?${SPAN}`, bob);
    expect(own.nodes.map(({ node }) => node)).toEqual(["db-1"]);
  });

  it("refuses spans that are none, by name", async () => {
    for (const [query, pointer] of [
      [`from=${Date.now() + HOUR}`, "from"],
      [`from=${START}&to=${START}`, "to"],
      ["from=yesterday", "from"],
    ]) {
      const refusal = await problem(await get(alice, `${REPORTS}/health?${query}`));
      expect(refusal).toMatchObject({ status: 400, errors: [{ pointer }] });
    }
  });
});

describe("the report of performance", () => {
  it("says what a pool measured, and where it was too much", async () => {
    await post(alice, "/api/v1/heartbeats", [
      { node: "hot", pool: "busy" },
      { node: "calm", pool: "busy" },
    ]);
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    const measure = (ago: number, cpu: number) => ({
      timestamp: minute - ago * 60_000,
      metrics: { "cpu.total": cpu, processes: 5 },
    });
    // One after the other without a pause, but for the last.
    await post(alice, "/api/v1/nodes/hot/metrics", [measure(9, 95), measure(8, 99), measure(7, 20), measure(6, 91)]);
    await post(alice, "/api/v1/nodes/calm/metrics", [measure(9, 10)]);
    const span = `from=${minute - 20 * 60_000}&pool=busy`;
    const report = await until(
      async () => {
        const now = await read<PerformanceReport>(`/performance?${span}`);
        return now.pools[0]?.metrics[0]?.nodes === 2 ? now : undefined;
      },
      { what: "the catalogue has both nodes" },
    );
    expect(report.pools[0]?.metrics).toMatchObject([
      { metric: "cpu.total", nodes: 2, samples: 5, avg: 63, max: 99 },
      { metric: "processes", nodes: 2, samples: 5, avg: 5 },
    ]);
    expect(report.nodes.map(({ node, metric }) => [node, metric])).toEqual([
      ["hot", "cpu.total"],
      ["calm", "cpu.total"],
    ]);
    expect(report.bottlenecks).toEqual([
      {
        ...{ node: "hot", pool: "busy", of: "cpu", metric: "cpu.total", above: 90, worst: 99 },
        ...{ above_s: 180, longest_s: 120, longest_from: text(minute - 9 * 60_000) },
      },
    ]);
    const other = await read<PerformanceReport>("/performance?pool=nobody");
    expect(other).toMatchObject({ pools: [], bottlenecks: [] });
  });
});

describe("reports by the clock", () => {
  const ids = async (query = ""): Promise<string[]> =>
    (await read<ReportList>(`?${query}`)).reports.map(({ id }) => id);

  it("are one of each kind per hour and day, and stay as they were written", async () => {
    const now = START + HOUR + 7 * 60_000;
    await writeDueReports(env, now);
    const hour = `health-hour-${text(START).replace(/[-:]|\.000/g, "")}`;
    expect(await ids("period=hour&kind=health")).toEqual([hour]);
    expect(await ids()).toHaveLength(4);
    const written = await read<HealthReport>(`/${hour}`);
    expect(written).toMatchObject({ from: text(START), to: text(START + HOUR), total: { incidents: 2 } });
    await writeDueReports(env, now + 60_000);
    expect(await ids()).toHaveLength(4);
    expect(await read<HealthReport>(`/${hour}`)).toEqual(written);
  });

  it("are listed newest first, page by page", async () => {
    await writeDueReports(env, START + 2 * HOUR + 7 * 60_000);
    const all = await ids("kind=health&period=hour");
    expect(all).toHaveLength(2);
    expect(all).toEqual(all.toSorted().reverse());
    const first = await read<ReportList>("?kind=health&period=hour&limit=1");
    expect(first.reports.map(({ id }) => id)).toEqual(all.slice(0, 1));
    expect(await ids(`kind=health&period=hour&limit=1&cursor=${first.next_cursor}`)).toEqual(all.slice(1));
  });

  it("are not for a key that may see some nodes only, nor found under a made-up id", async () => {
    const bob = await person({ role: "viewer", name: "Bob", scope: { nodes: ["db-*"] } });
    const [id] = await ids();
    expect((await get(bob, `${REPORTS}/${id}`)).status).toBe(403);
    const dora = await person({ role: "viewer", name: "Dora", scope: { names: ["cpu*"] } });
    expect((await get(dora, `${REPORTS}/performance-hour-19990101T000000Z`)).status).toBe(403);
    expect((await get(dora, `${REPORTS}/health-hour-19990101T000000Z`)).status).toBe(404);
    expect((await get(alice, `${REPORTS}/health-hour-19990101T000000Z`)).status).toBe(404);
    expect((await get(alice, `${REPORTS}/nothing`)).status).toBe(404);
  });
});
