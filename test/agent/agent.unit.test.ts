/* The whole agent against a server in memory, on a clock that moves when told. */
import { describe, expect, it } from "vitest";
import { openSpool, world } from "./surroundings.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe("an agent with a socket", () => {
  it("says who it is, then beats every interval with the one fixed text", async () => {
    const { agent, clock, server } = world();
    agent.start();
    await clock.advance(61 * SECOND);
    expect(server.messages[0]).toEqual({
      type: "hello",
      boot_id: "boot",
      interval_s: 10,
      pool: "web",
      version: "1.2.3",
    });
    expect(server.beats).toBe(6);
    expect(server.sockets).toBe(1);
    expect(server.httpBeats).toEqual([]);
  });

  it("sends the first sample with the first beat, and then one with every sixth", async () => {
    const { agent, clock, server } = world();
    agent.start();
    await clock.advance(9 * SECOND);
    expect(server.came.length).toBe(0);
    await clock.advance(2 * SECOND);
    expect(server.came.length).toBe(1);
    await clock.advance(3 * MINUTE);
    expect(server.came.length).toBe(4);
    expect(server.said("metrics")[0]).toMatchObject({
      id: expect.stringMatching(/^boot\/\d+$/),
      metrics: { "cpu.total": 12, "agent.waiting_samples": 0 },
    });
  });

  it("follows the server where it wants beats more often, and never beats more seldom than it was told to", async () => {
    const eager = world();
    eager.server.welcome = { interval_s: 2, metrics_every_s: 10 };
    const lazy = world();
    lazy.server.welcome = { interval_s: 3_600, metrics_every_s: 60 };
    for (const { agent, clock } of [eager, lazy]) {
      agent.start();
      await clock.advance(41 * SECOND);
    }
    expect(eager.server.beats).toBe(20);
    expect(eager.server.came.length).toBe(4);
    expect(lazy.server.beats).toBe(4);
  });

  it("keeps to its own count of beats between samples when it was given one", async () => {
    const { agent, clock, server } = world({ metricsEvery: 2 });
    agent.start();
    await clock.advance(81 * SECOND);
    expect(server.came.length).toBe(4);
  });

  it("leaves out the beats that it slept through", async () => {
    const { agent, clock, server } = world();
    agent.start();
    await clock.advance(15 * SECOND);
    clock.sleep(10 * MINUTE);
    await clock.advance(10 * SECOND);
    expect(server.beats).toBe(3);
  });
});

describe("a connection that fails", () => {
  it("is made anew after a close, within seconds, and says hello again under the same boot", async () => {
    const { agent, clock, server } = world();
    agent.start();
    await clock.advance(15 * SECOND);
    server.closeAll();
    await clock.advance(3 * SECOND);
    expect(server.sockets).toBe(2);
    expect(server.said("hello").map(({ boot_id }) => boot_id)).toEqual(["boot", "boot"]);
  });

  it("is taken for dead after three beats without an answer", async () => {
    const { agent, clock, server } = world();
    agent.start();
    await clock.advance(15 * SECOND);
    server.answersBeats = false;
    await clock.advance(30 * SECOND);
    expect(server.sockets).toBe(1);
    await clock.advance(8 * SECOND);
    expect(server.sockets).toBe(2);
  });

  it("is not given up for one lost answer", async () => {
    const { agent, clock, server } = world();
    agent.start();
    for (let i = 0; i < 10; i++) {
      server.answersBeats = false;
      await clock.advance(20 * SECOND);
      server.answersBeats = true;
      await clock.advance(10 * SECOND);
    }
    expect(server.sockets).toBe(1);
  });

  it("is tried again no sooner than the server asks for", async () => {
    const { agent, clock, server } = world();
    server.takesSockets = false;
    server.retryAfterMs = 20_000;
    agent.start();
    await clock.advance(SECOND);
    server.takesSockets = true;
    await clock.advance(18 * SECOND);
    expect(server.sockets).toBe(0);
    await clock.advance(2 * SECOND);
    expect(server.sockets).toBe(1);
  });

  it("says in one line that the key is refused, once", async () => {
    const { agent, clock, server, lines } = world();
    server.takesSockets = false;
    server.refusal = 403;
    agent.start();
    await clock.advance(25 * SECOND);
    expect(lines).toEqual(["tidings-agent: no connection: this key may not beat for this node\n"]);
  });

  it("is tried ever more seldom while the server says welcome and dies before it answers a beat", async () => {
    const { agent, clock, server } = world();
    server.answersBeats = false;
    agent.start();
    for (let i = 0; i < 300; i++) {
      await clock.advance(SECOND);
      server.closeAll();
    }
    expect(server.said("hello").length).toBeGreaterThan(10);
    expect(server.said("hello").length).toBeLessThan(40);
  });

  it("that another agent of this name took away is not fought for", async () => {
    const { agent, clock, server, lines } = world();
    agent.start();
    await clock.advance(15 * SECOND);
    server.closeAll(4010);
    await clock.advance(29 * SECOND);
    expect(server.sockets).toBe(1);
    expect(lines.at(-1)).toContain("another agent beats for this node");
    await clock.advance(2 * SECOND);
    expect(server.sockets).toBe(2);
  });

  it("is dropped when the server beats back but says nothing to samples", async () => {
    const { agent, clock, server } = world();
    server.acks = false;
    agent.start();
    await clock.advance(45 * SECOND);
    expect(server.sockets).toBe(2);
    server.acks = true;
    await clock.advance(45 * SECOND);
    expect(server.samples.length).toBe(2);
    expect(server.came.length).toBeGreaterThan(2);
  });
});

describe("a server without sockets", () => {
  it("gets beats over HTTP after thirty seconds, and samples with them", async () => {
    const { agent, clock, server } = world();
    server.takesSockets = false;
    agent.start();
    await clock.advance(29 * SECOND);
    expect(server.httpBeats).toEqual([]);
    await clock.advance(32 * SECOND);
    expect(server.httpBeats.length).toBe(4);
    expect(server.httpBeats[0]).toEqual({ status: "ok", boot_id: "boot", interval_s: 10, pool: "web" });
    expect(server.came.length).toBe(1);
  });

  it("gets its socket as soon as it takes one, and no beat over HTTP after that", async () => {
    const { agent, clock, server } = world();
    server.takesSockets = false;
    agent.start();
    await clock.advance(MINUTE);
    server.takesSockets = true;
    await clock.advance(31 * SECOND);
    const before = server.httpBeats.length;
    await clock.advance(MINUTE);
    expect(server.beats).toBeGreaterThanOrEqual(6);
    expect(server.httpBeats.length).toBe(before);
  });

  it("that refuses one sample for good still gets all others", async () => {
    const { agent, clock, server, spool } = world({ metricsEvery: 1 });
    server.kill();
    agent.start();
    await clock.advance(5 * MINUTE);
    const ids = spool.oldest(100).map(({ id }) => id);
    server.hates.add(ids[7] as string);
    server.isUp = true;
    server.takesSockets = false;
    await clock.advance(11 * SECOND);
    expect(server.samples.slice(0, 20)).toEqual(ids.filter((_, i) => i !== 7).slice(0, 20));
    expect(spool.dropped).toBe(1);
  });
});

describe("a stop", () => {
  it("says that it is meant, and nothing after it", async () => {
    const { agent, clock, server } = world();
    agent.start();
    await clock.advance(15 * SECOND);
    const stopped = agent.stop();
    await clock.advance(SECOND);
    await stopped;
    expect(server.messages.at(-1)).toEqual({ type: "stopping" });
    const { beats } = server;
    await clock.advance(MINUTE);
    expect(server.beats).toBe(beats);
    expect(server.sockets).toBe(1);
  });

  it("goes over HTTP when there is no socket", async () => {
    const { agent, clock, server } = world();
    server.takesSockets = false;
    agent.start();
    await clock.advance(5 * SECOND);
    await Promise.all([agent.stop(), clock.advance(2 * SECOND)]);
    expect(server.httpBeats).toEqual([{ status: "stopping", boot_id: "boot" }]);
  });

  it("takes two seconds at most, and what was not delivered is on disk", async () => {
    const { agent, clock, server, spool } = world({ metricsEvery: 1 });
    server.acks = false;
    agent.start();
    await clock.advance(10 * SECOND + 1);
    server.isUp = false; // and no close is heard
    const stopped = agent.stop();
    const started = clock.elapsed();
    await clock.advance(2 * SECOND);
    await stopped;
    expect(clock.elapsed() - started).toBe(2 * SECOND);
    expect(openSpool(clock, { folder: spool.folder }).count).toBe(1);
  });
});
