/* Agents' sessions: opened, closed, cut by a deploy. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { intakeOfNode, nodeLabels } from "../../../src/domain/nodes/metrics";
import { SESSION_CLOSE } from "../../../src/domain/nodes/session";
import { settingsOf } from "../../../src/domain/settings";
import { deleteKey, insertKey } from "../../../src/storage/queries/keys";
import { Agent, door, eventsOf, rowsWritten, statusOf, timeIs } from "../node-world";
import { alarmAt, deploy, hibernate, last, node, ringAt, settle, status, told } from "./node";

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

  const keyOfNode = async () => {
    const facts = { role: "source" as const, name: node, scope: null, created_at: 0 };
    const key = { id: `key_${node}`, hash: `hash of ${node}`, ...facts };
    await insertKey(env.DB, key);
    return key;
  };

  it("is dead with its key at its own message too, where no watchdog comes because much happens there", async () => {
    const key = await keyOfNode();
    const agent = await Agent.open(node, node, key.id);
    await deleteKey(env.DB, key.id);
    timeIs(299);
    await agent.say({ type: "status", status: "ok" });
    await hibernate();
    timeIs(301);
    agent.send({ type: "status", status: "ok" });
    expect(await agent.gone()).toMatchObject({ code: SESSION_CLOSE.unauthorized });
  });

  it("registers no node where its key may not register another", async () => {
    await expect(Agent.open(node, node, "key", { create: false })).rejects.toThrow("429");
    expect(await statusOf(node)).toBeNull();
    await Agent.open(node);
    await Agent.open(node, node, "key", { create: false });
    expect(await status()).toBe("up");
  });

  it("measures only what its key may touch", async () => {
    const agent = await Agent.open(node, node, "key", { names: ["cpu.*"] });
    await hibernate();
    const measure = (id: string, metrics: object) => ({ type: "metrics", id, timestamp: Date.now(), metrics });
    const refusal = { type: "error", code: "forbidden", detail: expect.stringContaining("revenue") };
    expect(await agent.say(measure("1", { "cpu.total": 1, revenue: 2 }))).toEqual(refusal);
    expect(await agent.say(measure("2", { "cpu.total": 1 }))).toEqual({ type: "ack", id: "2" });
  });

  it("is dead with its key when the watchdog looks, and its node is told of as any that goes silent", async () => {
    const key = await keyOfNode();
    const agent = await Agent.open(node, node, key.id);
    await door(node).wake();
    await agent.beat();
    await deleteKey(env.DB, key.id);
    await hibernate();
    await door(node).wake();
    expect(await agent.gone()).toMatchObject({ code: SESSION_CLOSE.unauthorized });
    await ringAt(60);
    expect(await told()).toEqual(["down"]);
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

  it("refuses figures of a moment that lies ahead, by their name, and goes on", async () => {
    const agent = await Agent.open(node);
    const sample = { type: "metrics", id: "b1-1", timestamp: Date.now() + 300_000, metrics: { "cpu.percent": 7 } };
    expect(await agent.say({ ...sample, timestamp: sample.timestamp + 1 })).toEqual({
      ...{ type: "error", code: "invalid_request", detail: "timestamp of b1-1 lies more than 5 minutes ahead." },
    });
    const object = intakeOfNode(node, "default", settingsOf(env).INTAKE_PARTITIONS);
    const held = () => env.METRIC_INTAKE.getByName(object).figures(nodeLabels(node));
    expect(await held()).toEqual([]);
    for (const timestamp of [1e16, -1, 1_700_000_000]) {
      expect(await agent.say({ ...sample, timestamp })).toMatchObject({ type: "error", code: "invalid_request" });
    }
    expect(await agent.say(sample)).toEqual({ type: "ack", id: "b1-1" });
    expect(await held()).toMatchObject([{ name: "cpu.percent", value: 7, at: sample.timestamp }]);
    await agent.beat();
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
