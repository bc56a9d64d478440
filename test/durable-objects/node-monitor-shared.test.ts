/* Many nodes in one object: one alarm for all, a deploy that takes every socket, and what D1 and the topic get. */
import { createMessageBatch, evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OutboxMessage } from "../../src/domain/event";
import type { Entry } from "../../src/domain/ledger/reducer";
import { nodesOf } from "../../src/domain/nodes/part";
import type { NodeFact } from "../../src/domain/nodes/state";
import { consume } from "../../src/queues/consume";
import { listNodes, nodeHistory } from "../../src/storage/queries/nodes";
import {
  Agent,
  alarmOf,
  beat,
  configure,
  door,
  eventsOf,
  framesOf,
  monitor,
  rowsWritten,
  secondsOf,
  startClock,
  statusOf,
  stopClock,
  timeIs,
} from "./node-world";

let object: string;
let number = 0;
let agents: Map<string, Agent>;
const names = (count: number) => Array.from({ length: count }, (_, i) => `${object.slice(10)}-${i}`);

beforeEach(() => {
  object = `partition-${number++}-of-9`;
  agents = new Map();
  stopClock();
});
afterEach(startClock);

async function openAll(count: number): Promise<void> {
  for (const name of names(count)) agents.set(name, await Agent.open(name, object));
}
const beatAll = () => Promise.all([...agents.values()].map((agent) => agent.beat()));
async function ringAt(seconds: number): Promise<void> {
  timeIs(seconds);
  await runDurableObjectAlarm(monitor(object));
}
const deploy = () => evictDurableObject(monitor(object), { webSockets: "close" });
const eventsOfAll = async (count: number) => {
  const events = await Promise.all(names(count).map((name) => eventsOf(name, object)));
  return events.flatMap((told) => told.slice(2));
};
/** The outbox and the topic have had their turn. */
async function settle(seconds: number): Promise<void> {
  await ringAt(seconds);
  const { epoch, head } = await door(object).audit([]);
  await door(object).confirm("nodes", { epoch, pos: head }, false);
  await ringAt(seconds);
}

describe("An alarm of many nodes", () => {
  it("rings once for all of them, is set by no beat, and costs a row for each look", async () => {
    await openAll(5);
    await settle(3);
    let looks = 0;
    const written = await rowsWritten(object, async () => {
      for (let seconds = 4; seconds <= 180; seconds += 2) {
        timeIs(seconds);
        // Each beats every 10 s, and no two at once.
        await [...agents.values()][(seconds / 2) % 5]?.beat();
        if ((secondsOf(await alarmOf(object)) ?? 999) > seconds) continue;
        await ringAt(seconds);
        looks++;
      }
    });
    expect(looks).toBeGreaterThanOrEqual(3);
    expect(looks).toBeLessThanOrEqual(6);
    expect(written).toBe(looks);
    expect(await eventsOfAll(5)).toEqual([]);
  });

  it("finds a silent one by its deadline, and nobody else", async () => {
    await openAll(10);
    await settle(3);
    const [silent = ""] = names(10);
    for (let seconds = 10; seconds < 70; seconds += 10) {
      timeIs(seconds);
      for (const [name, agent] of agents) if (name !== silent || seconds <= 10) await agent.beat();
      while ((secondsOf(await alarmOf(object)) ?? 99) <= seconds) await ringAt(seconds);
    }
    expect(await eventsOf(silent, object)).toContain("suspect");
    await settle(62);
    expect(secondsOf(await alarmOf(object))).toBe(70);
    await ringAt(70);
    expect((await framesOf(silent, object)).at(-1)).toMatchObject({ type: "down", at: new Date().toISOString() });
    expect((await eventsOfAll(10)).sort()).toEqual(["down", "suspect"]);
  });

  it("looks in time at a node that beats every second among others", async () => {
    await openAll(3);
    await configure("fast", { interval_s: 1 }, object);
    await settle(3);
    timeIs(4);
    await beat("fast", {}, object);
    while ((await statusOf("fast", object))?.status !== "down") {
      await ringAt(secondsOf(await alarmOf(object)) ?? 0);
      await beatAll();
    }
    const [suspect, down] = (await framesOf("fast", object)).slice(-2);
    expect([suspect?.type, secondsOf(Date.parse(suspect?.at ?? ""))]).toEqual(["suspect", expect.any(Number)]);
    expect([down?.type, secondsOf(Date.parse(down?.at ?? ""))]).toEqual(["down", 10]);
  });
});

describe("A deploy that closes all sockets", () => {
  it("raises nothing: each link is on record once, and all are back when they connect", async () => {
    await openAll(20);
    timeIs(20);
    await beatAll();
    await deploy();
    await ringAt(31);
    await ringAt(45);
    expect(await eventsOfAll(20)).toEqual(Array(20).fill("link"));
    await openAll(20);
    expect(await eventsOfAll(20)).toEqual(Array(40).fill("link"));
    await ringAt(70);
    await ringAt(74.9);
    expect(await eventsOfAll(20)).toEqual(Array(40).fill("link"));
    for (const name of names(20)) expect(await statusOf(name, object)).toMatchObject({ status: "up", connected: true });
  });

  it("hides nobody: whoever does not come back is down after down_after_s", async () => {
    await openAll(20);
    timeIs(20);
    await beatAll();
    await deploy();
    await ringAt(31);
    const [back = ""] = names(1);
    timeIs(40);
    const agent = await Agent.open(back, object);
    await ringAt(61);
    timeIs(65);
    await agent.beat();
    await ringAt(90.999);
    expect((await eventsOfAll(20)).includes("down")).toBe(false);
    await ringAt(91);
    const gone = await Promise.all(names(20).map(async (name) => (await statusOf(name, object))?.status));
    expect(gone).toEqual(["up", ...Array(19).fill("down")]);
  });
});

describe("D1", () => {
  /** What the outbox would send of the frames so far, from position 0. */
  async function messageOf(nodes: string[]) {
    const { epoch, head, accepted } = await door(object).audit([]);
    const { parts } = nodesOf(`NodeMonitor/${object}`);
    const frames = await Promise.all(nodes.map((node) => framesOf(node, object)));
    const entries = frames
      .flat()
      .map((frame) => ({ ...frame, at: Date.parse(frame.at) }) as unknown as Entry<NodeFact>);
    const from = { epoch: "", pos: 0 };
    const to = { epoch, pos: head };
    const name = `NodeMonitor/${object}`;
    const body: OutboxMessage = {
      v: 1,
      object: name,
      purpose: "nodes",
      from,
      to,
      events: accepted,
      parts: entries.flatMap(parts),
    };
    return () =>
      createMessageBatch("tidings-events", [{ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body }]);
  }
  const all = {
    status: undefined,
    health: undefined,
    active: undefined,
    pool: undefined,
    q: undefined,
    ids: undefined,
  };

  it("has each node and each event once, however often the message comes", async () => {
    const [one = "", two = ""] = names(2);
    await configure(one, { name: "One", pool: "web" }, object);
    await beat(one, {}, object);
    await ringAt(70);
    await beat(one, {}, object);
    await beat(two, { status: "degraded", message: "disk" }, object);
    const message = await messageOf([one, two]);
    await consume(message(), env);
    await consume(message(), env);
    const rows = await listNodes(env.DB, { ...all, ids: [`${one.slice(0, -1)}*`], after: "", limit: 10 });
    expect(rows).toMatchObject([
      { node: one, name: "One", pool: "web", status: "up", active: 1, health: "ok", object: `NodeMonitor/${object}` },
      { node: two, pool: "default", status: "up", health: "warning" },
    ]);
    expect(JSON.parse(rows[0]?.config ?? "{}")).toMatchObject({ down_after_s: 60 });
    const history = await nodeHistory(env.DB, one, { epoch: "~", seq: 0 }, 10);
    expect(history.map(({ event, downtime_s }) => [event, downtime_s])).toEqual([
      ["recovered", 70],
      ["down", null],
      ["started", null],
      ["registered", null],
    ]);
    const { outputs } = await door(object).audit([]);
    expect(outputs[0]?.confirmed.pos).toBeGreaterThan(0);
  });

  it("keeps what an event does not say, and stays as it is when an earlier part comes again", async () => {
    const [node = ""] = names(1);
    await configure(node, { name: "One" }, object);
    await beat(node, {}, object);
    const { body } = (await messageOf([node]))().messages[0] as { body: OutboxMessage };
    const part = async (i: number) => {
      await env.DB.prepare("UPDATE cursors SET epoch = '', pos = 0 WHERE object = ?").bind(body.object).run();
      const message = { id: crypto.randomUUID(), timestamp: new Date(), attempts: 1 };
      await consume(
        createMessageBatch("tidings-events", [{ ...message, body: { ...body, parts: [body.parts[i]] } }]),
        env,
      );
      const [row] = await listNodes(env.DB, { ...all, ids: [node], after: "", limit: 10 });
      return [row?.status, (JSON.parse(row?.config ?? "{}") as { name?: string }).name];
    };
    expect(await part(0)).toEqual(["new", "One"]);
    expect(await part(1)).toEqual(["up", "One"]);
    expect(await part(0)).toEqual(["up", "One"]);
  });

  it("loses a deleted node, keeps what became of it, and takes it back when it is born again", async () => {
    const [node = ""] = names(1);
    await beat(node, {}, object);
    await runDurableObjectAlarm(monitor(object));
    const born = await messageOf([node]);
    await consume(born(), env);
    await door(object).remove(node, "key");
    await env.DB.prepare("UPDATE cursors SET epoch = '', pos = 0 WHERE object = ?").bind(`NodeMonitor/${object}`).run();
    await consume((await messageOf([node]))(), env);
    expect(await listNodes(env.DB, { ...all, q: node, after: "", limit: 10 })).toEqual([]);
    timeIs(10);
    await beat(node, {}, object);
    await env.DB.prepare("UPDATE cursors SET epoch = '', pos = 0 WHERE object = ?").bind(`NodeMonitor/${object}`).run();
    await consume((await messageOf([node]))(), env);
    expect(await listNodes(env.DB, { ...all, active: true, q: node, after: "", limit: 10 })).toMatchObject([
      { node, seq: 2, registered_at: Date.now() },
    ]);
    const history = await nodeHistory(env.DB, node, { epoch: "~", seq: 0 }, 10);
    expect(history.map(({ event }) => event)).toEqual(["started", "registered", "deleted", "started", "registered"]);
  });

  it("gets nothing of a link: a deploy costs no rows there", async () => {
    const [node = ""] = names(1);
    await Agent.open(node, object);
    await deploy();
    await ringAt(31);
    expect(await eventsOf(node, object)).toContain("link");
    const batch = (await messageOf([node]))();
    expect(batch.messages[0]?.body).toHaveProperty("parts.length", 2);
  });
});

describe("Topic nodes", () => {
  const topic = () => env.TOPIC.getByName("nodes");
  async function wall(): Promise<Record<string, unknown>[]> {
    const answer = (await topic().read("nodes", null, 10)) as unknown as { snapshot: string };
    return (JSON.parse(answer.snapshot) as { data: { nodes: Record<string, unknown>[] } }).data.nodes;
  }

  it("repeats every frame once and in order, and has every node as it stands", async () => {
    const [one = "", two = ""] = names(2);
    await beat(one, {}, object);
    await beat(two, {}, object);
    await ringAt(70);
    await ringAt(71);
    await door(object).remove(two, "key");
    await ringAt(73);
    const range = (await topic().read("nodes", { epoch: "", seq: 0 }, 1_000)) as unknown as { frames: string[] };
    const repeated = range.frames.map((text) => JSON.parse(text)).filter(({ data }) => data.node === one);
    const own = await framesOf(one, object);
    expect(repeated.map(({ type, data, origin }) => [type, data, origin.seq])).toEqual(
      own.map(({ type, data }, i) => [type, data, i + 1]),
    );
    const known = (await wall()).filter(({ node }) => node === one || node === two);
    expect(known).toEqual([
      {
        node: one,
        name: one,
        pool: "default",
        status: "down",
        active: false,
        health: "critical",
        since: expect.any(String),
        last_seen: expect.any(String),
      },
    ]);
  });
});
