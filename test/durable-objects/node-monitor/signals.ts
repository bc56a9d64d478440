/* Beats over HTTP, and a node from its first word to its last. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { SESSION_CLOSE } from "../../../src/domain/nodes/session";
import { until } from "../../until";
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
  statusOf,
  timeIs,
} from "../node-world";
import { alarmAt, hibernate, node, ringAt, settle, status, told } from "./node";

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
