/* The monitor of nodes in workerd: real sockets, real evictions, alarms by hand. Seconds count from the start of a test. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SESSION_CLOSE } from "../../src/domain/nodes/session";
import { until } from "../until";
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

let node: string;
let number = 0;

beforeEach(() => {
  node = `node-${number++}`;
  stopClock();
});
afterEach(startClock);

const hibernate = () => evictDurableObject(monitor(node), { webSockets: "hibernate" });
/** No handler of a close runs. */
const deploy = () => evictDurableObject(monitor(node), { webSockets: "close" });
async function ringAt(seconds: number): Promise<void> {
  timeIs(seconds);
  await runDurableObjectAlarm(monitor(node));
}
/** When the alarm is set for, in seconds. */
const alarmAt = async () => secondsOf(await alarmOf(node));
const status = async () => (await statusOf(node))?.status;
const last = async () => (await framesOf(node)).at(-1);
/** What was said after it was first heard. */
const told = async () => (await eventsOf(node)).slice(2);
/** The outbox and the topic have had their turn: what the alarm is set for afterwards is the node's. */
async function settle(): Promise<void> {
  await ringAt(2);
  await door(node).confirm("nodes", await cursorOf(), false);
  await ringAt(2);
}
const cursorOf = async () => {
  const { epoch, head } = await door(node).audit([]);
  return { epoch, pos: head };
};

describe("A session", () => {
  it("makes its node up within the turn that opens it", async () => {
    await Agent.open(node);
    expect(await eventsOf(node)).toEqual(["registered", "started"]);
    expect(await statusOf(node)).toMatchObject({ status: "up", active: true, connected: true });
  });

  it("is kept up by beats that the runtime answers, which write nothing", async () => {
    const agent = await Agent.open(node);
    await hibernate();
    const written = await rowsWritten(node, async () => {
      for (let i = 1; i <= 12; i++) {
        timeIs(10 * i);
        await agent.beat();
      }
    });
    await hibernate();
    await ringAt(120);
    expect(written).toBe(0);
    expect(await told()).toEqual([]);
    expect(await statusOf(node)).toMatchObject({ status: "up", last_seen: new Date().toISOString() });
  });

  it("that is silent makes its node suspect, then down, and is closed: whoever lives comes back and is heard", async () => {
    const agent = await Agent.open(node);
    await settle();
    expect(await alarmAt()).toBe(30);
    await ringAt(30);
    expect(await told()).toEqual(["suspect"]);
    expect(await agent.gone()).toMatchObject({ code: SESSION_CLOSE.silent });
    await ringAt(59.999);
    expect(await status()).toBe("suspect");
    await ringAt(60);
    expect(await told()).toEqual(["suspect", "down"]);
    timeIs(65);
    await Agent.open(node);
    expect(await last()).toMatchObject({ type: "recovered", data: { downtime_s: 65, status: "up", severity: "info" } });
  });

  it("is heard however late the alarm rings", async () => {
    const agent = await Agent.open(node);
    timeIs(50);
    await agent.beat();
    await ringAt(79);
    expect(await told()).toEqual([]);
    await ringAt(109);
    expect(await told()).toEqual(["suspect"]);
  });

  it("welcomes, takes what it is told, and refuses what it does not know", async () => {
    const agent = await Agent.open(node);
    const hello = { type: "hello", boot_id: "b1", interval_s: 20, pool: "web", version: "1" };
    expect(await agent.say(hello)).toMatchObject({ type: "welcome", interval_s: 20, now: Date.now() });
    expect(await statusOf(node)).toMatchObject({ pool: "web", boot_id: "b1", config: { down_after_s: 120 } });
    await agent.say({ type: "status", status: "degraded", message: "disk" });
    expect(await last()).toMatchObject({ type: "degraded", data: { message: "disk", health: "warning" } });
    expect(await agent.say({ type: "nonsense" })).toMatchObject({ type: "error", code: "invalid_request" });
    expect(await statusOf(node)).toMatchObject({ degraded: true });
  });

  it("is heard by messages too, over a hibernation", async () => {
    const agent = await Agent.open(node);
    timeIs(50);
    await agent.say({ type: "status", status: "ok" });
    await hibernate();
    await ringAt(79);
    expect(await status()).toBe("up");
  });

  it("is replaced by a later one of its node, whose beats count", async () => {
    const first = await Agent.open(node);
    const second = await Agent.open(node);
    expect(await first.gone()).toMatchObject({ code: SESSION_CLOSE.replaced });
    timeIs(29);
    await second.beat();
    await ringAt(58);
    expect(await told()).toEqual([]);
  });

  it("tells of another start by another boot id", async () => {
    const agent = await Agent.open(node);
    await agent.say({ type: "hello", boot_id: "b1" });
    await deploy();
    const again = await Agent.open(node);
    await again.say({ type: "hello", boot_id: "b2" });
    expect((await told()).filter((event) => event !== "link")).toEqual(["restarted"]);
  });
});

describe("A closed session", () => {
  it("is on record when its grace is over, and never makes its node down by itself", async () => {
    const agent = await Agent.open(node);
    timeIs(5);
    await agent.beat();
    await settle();
    timeIs(7);
    agent.close();
    await agent.gone();
    expect(await alarmAt()).toBe(17);
    await ringAt(16.999);
    expect(await told()).toEqual([]);
    await ringAt(17);
    expect(await told()).toEqual(["suspect"]);
    expect(await alarmAt()).toBeLessThanOrEqual(65);
    await ringAt(64.999);
    expect(await status()).toBe("suspect");
    await ringAt(65);
    expect(await told()).toEqual(["suspect", "down"]);
  });

  it("that comes back within the grace leaves nothing", async () => {
    const agent = await Agent.open(node);
    agent.close();
    await agent.gone();
    timeIs(9);
    await Agent.open(node);
    await ringAt(20);
    expect(await told()).toEqual([]);
  });

  it("is remembered over a deploy within the grace", async () => {
    const agent = await Agent.open(node);
    agent.close();
    await agent.gone();
    await deploy();
    await ringAt(10);
    expect(await told()).toEqual(["suspect"]);
  });

  it("raises nothing when the node said that it stops, whatever comes behind", async () => {
    const agent = await Agent.open(node);
    agent.send({ type: "stopping", message: "update" });
    expect(await agent.gone()).toMatchObject({ code: SESSION_CLOSE.stopped });
    expect(await last()).toMatchObject({ type: "stopped", data: { message: "update", active: false } });
    await deploy();
    for (const seconds of [10, 30, 60, 600]) await ringAt(seconds);
    expect(await told()).toEqual(["stopped"]);
    await Agent.open(node);
    expect((await told()).slice(1)).toEqual(["started"]);
  });
});

describe("A beat over HTTP", () => {
  it("costs one row, and one that changes nothing arms no alarm", async () => {
    await beat(node);
    expect(await eventsOf(node)).toEqual(["registered", "started"]);
    const written = await rowsWritten(node, async () => {
      for (let i = 1; i <= 3; i++) {
        timeIs(i);
        await beat(node);
      }
    });
    expect(written).toBe(3);
  });

  it("counts over an eviction", async () => {
    await beat(node);
    timeIs(25);
    await beat(node);
    await hibernate();
    await ringAt(54);
    expect(await told()).toEqual([]);
  });

  it("that is old or came before changes nothing", async () => {
    const sent = Date.now();
    await beat(node, { at: sent });
    await ringAt(70);
    expect(await told()).toEqual(["down"]);
    const written = await rowsWritten(node, async () => {
      expect(await beat(node, { at: sent })).toMatchObject({ duplicate: true, status: "down" });
      expect(await beat(node, { at: sent - 1 })).toMatchObject({ ignored: true, status: "down" });
    });
    expect(written).toBe(0);
    // Sent long before it arrives: it lived then.
    await beat(node, { at: sent + 1_000 });
    expect(await status()).toBe("down");
    expect(await beat(node, { at: sent + 70_000 })).toMatchObject({ status: "up" });
    expect(await told()).toEqual(["down", "recovered"]);
  });

  it("registers nobody unless it may", async () => {
    const signal = { node, source: "key", signal: { type: "beat" as const }, create: false };
    expect(await door(node).beat([signal])).toMatchObject({ answers: [{ status: null, created: false }] });
    const tables = await runInDurableObject(monitor(node), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf%'").toArray(),
    );
    expect(tables).toEqual([]);
    expect(await door(node).beat([{ ...signal, create: true }])).toMatchObject({ answers: [{ created: true }] });
  });

  it("may say that a job begins, fails, and what it wants on record", async () => {
    const say = (signal: Parameters<ReturnType<typeof door>["beat"]>[0][0]["signal"]) =>
      door(node).beat([{ node, source: "key", signal, create: true }]);
    await say({ type: "start" });
    timeIs(90);
    await say({ type: "beat", status: "ok" });
    await say({ type: "log", message: "3 files" });
    await say({ type: "fail", message: "exit 1" });
    await say({ type: "fail", message: "exit 1" });
    await ringAt(91);
    await beat(node);
    const frames = await framesOf(node);
    expect(
      frames.map(({ type, data: { took_s, message, downtime_s } }) => [type, took_s ?? downtime_s ?? message]),
    ).toEqual([
      ["registered", undefined],
      ["began", undefined],
      ["finished", 90],
      ["started", undefined],
      ["logged", "3 files"],
      ["down", "exit 1"],
      ["recovered", 1],
    ]);
  });
});

describe("A deploy", () => {
  it("that is over before the alarm leaves nothing", async () => {
    await Agent.open(node);
    await deploy();
    timeIs(8);
    await Agent.open(node);
    await ringAt(37);
    expect(await told()).toEqual([]);
  });

  it("is not held against a node: its silence counts from when we missed it", async () => {
    const agent = await Agent.open(node);
    for (const seconds of [10, 20, 25]) {
      timeIs(seconds);
      await agent.beat();
    }
    timeIs(26);
    await deploy();
    await ringAt(30);
    expect(await told()).toEqual(["link"]);
    await ringAt(59.9);
    expect(await told()).toEqual(["link"]);
    await ringAt(60);
    await ringAt(89.9);
    expect(await told()).toEqual(["link", "suspect"]);
    await ringAt(90);
    expect(await told()).toEqual(["link", "suspect", "down"]);
  });

  it("is told from a close: one that came back since is no reason to suspect", async () => {
    const first = await Agent.open(node);
    first.close();
    await first.gone();
    timeIs(5);
    const second = await Agent.open(node);
    timeIs(29);
    await second.beat();
    await ringAt(30);
    await deploy();
    await ringAt(59);
    expect(await told()).toEqual(["link"]);
  });

  it("that comes long after the last entry finds nobody down", async () => {
    const agent = await Agent.open(node);
    for (let i = 1; i <= 400; i += 20) {
      timeIs(i);
      await agent.beat();
      if (i % 40 === 1) await ringAt(i);
    }
    await deploy();
    await ringAt(3_600);
    expect(await told()).toEqual(["link"]);
    await Agent.open(node);
    expect(await told()).toEqual(["link", "link"]);
    expect(await statusOf(node)).toMatchObject({ status: "up", connected: true, link_lost_at: null });
  });
});

describe("A node", () => {
  const seen = () =>
    runInDurableObject(monitor(node), (_, { storage }) => {
      return storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM seen").one().n;
    });

  it("that failed keeps its session, and is down until it says better", async () => {
    const agent = await Agent.open(node);
    await door(node).beat([{ node, source: "key", signal: { type: "fail" }, create: false }]);
    await ringAt(2);
    await agent.beat();
    await agent.say({ type: "status", status: "ok" });
    expect(await told()).toEqual(["down", "recovered"]);
  });

  it("is deleted with its session and born again", async () => {
    const agent = await Agent.open(node);
    const before = await statusOf(node);
    expect(await door(node).remove(node, "key")).toMatchObject({ answers: [true] });
    expect(await agent.gone()).toMatchObject({ code: SESSION_CLOSE.deleted });
    expect(await statusOf(node)).toBeNull();
    expect(await door(node).remove(node, "key")).toMatchObject({ answers: [false] });
    await until(async () => (await seen()) === 0, { what: "it is forgotten", everyMs: 2 });
    await hibernate();
    await beat(node);
    const after = await statusOf(node);
    expect(after?.epoch && before && after.epoch > before.epoch).toBe(true);
    expect(after?.seq).toBe(2);
  });

  it("follows what an operator expects, and no longer what it says itself", async () => {
    await configure(node, { interval_s: 1, name: "Web", pool: "web" });
    expect(await status()).toBe("new");
    await beat(node, { interval_s: 60, pool: "other" });
    expect(await statusOf(node)).toMatchObject({
      name: "Web",
      pool: "web",
      config: { down_after_s: 6 },
      configured: true,
    });
    await settle();
    expect(await alarmAt()).toBe(3);
    await ringAt(6);
    expect(await status()).toBe("down");
  });

  it("is found by the watchdog when its alarm was lost", async () => {
    await beat(node);
    await settle();
    await runInDurableObject(monitor(node), (_, { storage }) => storage.deleteAlarm());
    await hibernate();
    timeIs(1_000);
    await door(node).wake();
    expect(await told()).toEqual(["down"]);
    expect(await alarmOf(node)).not.toBeNull();
  });

  it("is registered, so that the watchdog knows it", async () => {
    await beat(node);
    await ringAt(2);
    const row = await env.DB.prepare("SELECT class FROM objects WHERE name = ?").bind(node).first();
    expect(row).toEqual({ class: "NodeMonitor" });
  });
});
