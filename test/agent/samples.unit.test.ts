/* What becomes of samples when server and connection fail, on a clock that moves when told. */
import { describe, expect, it } from "vitest";
import { FakeClock, openSpool, world } from "./surroundings.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe("samples", () => {
  it("of an outage come later, in order, each once", async () => {
    const { agent, clock, server, spool } = world({ metricsEvery: 1 });
    agent.start();
    await clock.advance(MINUTE);
    server.kill();
    await clock.advance(60 * MINUTE);
    expect(spool.count).toBe(360);
    server.isUp = true;
    await clock.advance(MINUTE);
    expect(spool.count).toBe(0);
    expect(server.came.length).toBe(6 + 360 + 6);
    expect(server.came).toEqual(server.samples);
    expect(server.came).toEqual([...server.came].sort());
  });

  it("that were on their way when the server died are sent again under their ids", async () => {
    const { agent, clock, server } = world({ metricsEvery: 1 });
    agent.start();
    await clock.advance(15 * SECOND);
    server.acks = false;
    await clock.advance(10 * SECOND);
    server.kill();
    Object.assign(server, { isUp: true, acks: true });
    await clock.advance(10 * SECOND);
    expect(server.came.length).toBe(4);
    expect(server.samples.length).toBe(3);
  });

  it("that the server refuses for good hold nothing back", async () => {
    const { agent, clock, server, spool } = world({ metricsEvery: 1 });
    server.kill();
    agent.start();
    await clock.advance(5 * MINUTE);
    const ids = spool.oldest(100).map(({ id }) => id);
    for (const i of [0, 5, 6, 20]) server.hates.add(ids[i] as string);
    server.isUp = true;
    await clock.advance(5 * MINUTE);
    expect(server.samples.slice(0, 25)).toEqual(ids.filter((id) => !server.hates.has(id)).slice(0, 25));
    expect(spool.dropped).toBe(4);
    expect(server.sockets).toBe(1);
  });

  it("that the server cannot take now are kept and sent later, on the same connection", async () => {
    const { agent, clock, server, spool } = world({ metricsEvery: 1 });
    agent.start();
    await clock.advance(2 * MINUTE);
    server.isBusy = true;
    await clock.advance(10 * MINUTE);
    expect(spool.count).toBe(60);
    server.isBusy = false;
    await clock.advance(MINUTE);
    expect(spool.count).toBe(0);
    expect(server.came).toEqual(server.samples);
    expect(server.samples.length).toBe(78);
    expect(server.sockets).toBe(1);
  });

  it("are refused now among several on their way, and still come in order, on the same connection", async () => {
    const { agent, clock, server, spool } = world({ metricsEvery: 1 });
    server.kill();
    agent.start();
    await clock.advance(20 * MINUTE);
    const ids = spool.oldest(1_000).map(({ id }) => id);
    const [some, other] = [ids[50] as string, ids[51] as string];
    server.hates.add(some).add(other);
    server.isUp = true;
    await clock.advance(2 * MINUTE);
    expect(spool.dropped).toBe(2);
    expect(server.samples.slice(0, 100)).toEqual(ids.filter((id) => !server.hates.has(id)).slice(0, 100));
    expect(server.sockets).toBe(1);
  });

  it("of an earlier run are delivered by the next one", async () => {
    const clock = new FakeClock();
    const before = openSpool(clock);
    const first = world({ metricsEvery: 1, spool: before });
    first.server.kill();
    first.agent.start();
    await first.clock.advance(MINUTE);
    await Promise.all([first.agent.stop(), first.clock.advance(3 * SECOND)]);
    const waiting = before.oldest(100).map(({ id }) => id);
    const second = world({ spool: openSpool(clock, { folder: before.folder }) });
    second.agent.start();
    await second.clock.advance(9 * SECOND);
    expect(waiting.length).toBe(6);
    expect(second.server.came).toEqual(waiting);
  });

  it("that were given up are told to the server with the next hello, once", async () => {
    const clock = new FakeClock();
    const { agent, clock: time, server, spool } = world({ spool: openSpool(clock) });
    agent.start();
    await time.advance(SECOND);
    spool.append({ id: "boot/1", timestamp: 1, metrics: {} });
    spool.drop("boot/1");
    for (let i = 0; i < 2; i++) {
      server.closeAll();
      await time.advance(5 * SECOND);
    }
    const messages = server.said("hello").map(({ message }) => message);
    expect(messages).toEqual([undefined, "1 samples were given up: there was no room for them", undefined]);
  });
});
