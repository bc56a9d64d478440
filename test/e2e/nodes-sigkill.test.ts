/* The real server is killed with SIGKILL while two hundred nodes beat and measure. None of them is called down, those that
 * died are, those that stopped stay stopped, and what was measured is there once. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../until.ts";
import { BeatingNode } from "./beating-node.ts";
import { type Server, startServer, type Victim } from "./server.ts";

const NODES = 200;
const OPENING = 20;
const KILLS: Victim[] = ["workerd", "node", "both"];
/** Nodes that come to an end of their own before the kills. */
const STOPPED = ["node-0", "node-1", "node-2"];
const DEAD = ["node-3", "node-4", "node-5"];
/** On a machine that does nothing else: at once. */
const STANDS_WITHIN_MS = 20_000;

let server: Server;
let nodes: BeatingNode[];
beforeAll(async () => {
  // Objects that nodes share, as in a fleet of this size.
  server = await startServer({ env: { NODE_PARTITIONS: "3" } });
  await server.ready();
});
afterAll(async () => {
  for (const node of nodes) node.die();
  await server.stop();
});

async function ask<T>(path: string): Promise<T> {
  const answer = await server.fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Name → status, of all. */
async function statuses(): Promise<Map<string, string>> {
  type Listed = { nodes: { node: string; status: string }[] };
  const listed = await ask<Listed>("/api/v1/nodes?limit=1000");
  return new Map(listed.nodes.map(({ node, status }) => [node, status]));
}

const eventsOf = async (node: string): Promise<string[]> =>
  (await ask<{ events: { event: string }[] }>(`/api/v1/nodes/${node}/history?limit=1000`)).events
    .map(({ event }) => event)
    .reverse();

/** How many samples a node has, and what they add up to. */
async function stored(node: string): Promise<{ count: number; sum: number }> {
  type Timeline = { points: { count: number; sum: number }[] };
  const { points } = await ask<Timeline>(`/api/v1/nodes/${node}/metrics?name=tick&resolution=minute`);
  const add = (total: { count: number; sum: number }, { count, sum }: Timeline["points"][number]) => ({
    count: total.count + count,
    sum: total.sum + sum,
  });
  return points.reduce(add, { count: 0, sum: 0 });
}

async function forEach<T>(items: readonly T[], does: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await does(item);
  };
  await Promise.all(Array.from({ length: OPENING }, worker));
}

const alive = () => nodes.filter(({ name }) => !STOPPED.includes(name) && !DEAD.includes(name));
const named = (names: string[]) => nodes.filter(({ name }) => names.includes(name));

it("calls nobody down who lives, and finds who does not, over three kills", { timeout: 240_000 }, async () => {
  nodes = Array.from({ length: NODES }, (_, i) => new BeatingNode(server, `node-${i}`));
  const stands = async () => {
    const now = await statuses();
    return alive().every(({ name }) => now.get(name) === "up" || now.get(name) === "flapping");
  };
  await forEach(nodes, (node) => node.begin());
  await until(stands, { deadlineMs: 30_000, what: "everybody has begun" });
  for (const node of named(STOPPED)) node.stop();
  const hasStopped = async () => {
    const now = await statuses();
    return STOPPED.every((name) => now.get(name) === "stopped");
  };
  await until(hasStopped, { deadlineMs: 30_000, what: "those that stop have stopped" });
  for (const node of nodes) node.startMeasuring();
  // Their silence begins just before the first kill, and is a failure after the last.
  for (const node of named(DEAD)) node.die();
  for (const victim of KILLS) {
    // Something to have acknowledged since the last kill.
    const before = new Map(alive().map((node) => [node, node.made]));
    await until(() => alive().every((node) => node.made > (before.get(node) ?? 0)), {
      deadlineMs: 30_000,
      what: "everybody has measured",
    });
    const sessions = new Map(alive().map((node) => [node, node.sessions]));
    await server.kill(victim);
    await server.restart();
    // What is stored says where everybody stands, before anybody is back.
    const stand = await statuses();
    expect(alive().filter(({ name }) => stand.get(name) === "down")).toEqual([]);
    expect(stand.size).toBe(NODES);
    await until(() => alive().every((node) => node.sessions > (sessions.get(node) ?? 0)), {
      deadlineMs: 30_000,
      what: "everybody is back",
    });
    await until(stands, { deadlineMs: STANDS_WITHIN_MS, what: "everybody stands as up" });
  }
  const isFound = async () => {
    const now = await statuses();
    return DEAD.every((name) => now.get(name) === "down");
  };
  await until(isFound, { deadlineMs: 45_000, what: "the dead are down" });
});

it("has called down the dead and nobody else", async () => {
  const stand = await statuses();
  expect(STOPPED.map((name) => stand.get(name))).toEqual(STOPPED.map(() => "stopped"));
  await forEach(nodes, async ({ name }) => {
    const events = await eventsOf(name);
    expect(events.slice(0, 2)).toEqual(["registered", "started"]);
    expect(
      events.filter((event) => event === "down"),
      name,
    ).toEqual(DEAD.includes(name) ? ["down"] : []);
    expect(events.includes("restarted"), name).toBe(false);
  });
});

it("has every sample of those who live once", { timeout: 120_000 }, async () => {
  for (const node of alive()) node.stopMeasuring();
  await until(() => alive().every(({ unacknowledged }) => unacknowledged === 0), {
    deadlineMs: 45_000,
    what: "everything is acknowledged",
  });
  expect(alive().flatMap(({ refusals }) => refusals)).toEqual([]);
  await forEach(alive(), async ({ name, made }) => {
    expect({ name, ...(await stored(name)) }).toEqual({ name, count: made, sum: (made * (made + 1)) / 2 });
  });
});
