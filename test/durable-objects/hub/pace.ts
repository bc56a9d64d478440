/* Sockets of a hub that are slow, or may no longer listen. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { CHARLIE, connect } from "../hub-world";
import { hub, listening, owner, stub, TOPIC } from "./hub";

describe("A hub and the pace of its sockets", () => {
  it("sends a paced socket the first frame and the latest one", async () => {
    const client = await connect(hub);
    client.subscribe({ topic: TOPIC, pace_ms: 100 });
    await client.get({ type: "snapshot" });
    for (let i = 0; i < 9; i++) owner.grow();
    await owner.deliver(hub, 2, 10);
    await client.get({ seq: 10 });
    expect(client.seqs).toEqual([2, 10]);
  });

  it("tells a paced socket up to where it is complete", async () => {
    const client = await connect(hub);
    client.subscribe({ topic: TOPIC, pace_ms: 100 });
    await client.get({ type: "snapshot" });
    await owner.growAndDeliver(hub);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16_000 });
    await runDurableObjectAlarm(stub());
    expect(await client.get({ type: "position" })).toMatchObject({ topics: [{ topic: TOPIC, epoch: "e1", seq: 2 }] });
  });

  it("closes a socket that leaves 1 MB unacknowledged, which then resumes", async () => {
    const client = await listening();
    const filler = "x".repeat(200_000);
    for (let seq = 2; seq <= 8; seq++) {
      owner.grow();
      const frame = JSON.stringify({ topic: TOPIC, epoch: "e1", seq, type: "price", at: "", data: filler });
      await stub().deliver([{ topic: TOPIC, epoch: "e1", first: seq, frames: [frame] }]);
    }
    expect(await client.gone()).toMatchObject({ code: 4008 });
    const last = client.seqs.at(-1) as number;
    expect(last).toBeLessThan(8);
    const again = await connect(hub);
    again.subscribe({ topic: TOPIC, after: { epoch: "e1", seq: last } });
    await again.get({ seq: 8 });
  });

  it("closes a socket that stopped acknowledging 60 s ago, over an eviction", async () => {
    const client = await listening();
    client.send({ type: "position", topics: [{ topic: TOPIC, epoch: "e1", seq: 1 }] });
    client.send('{"type":"ping" }');
    await client.get({ type: "pong" });
    await owner.growAndDeliver(hub);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6_000 });
    await runDurableObjectAlarm(stub());
    await evictDurableObject(stub(), { webSockets: "hibernate" });
    vi.setSystemTime(Date.now() + 60_000);
    await runDurableObjectAlarm(stub());
    expect(await client.gone()).toMatchObject({ code: 4008 });
  });

  it("leaves a socket alone that acknowledges", async () => {
    const client = await listening();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    for (let minute = 0; minute < 3; minute++) {
      await owner.growAndDeliver(hub);
      await client.get({ seq: owner.seq });
      client.send({ type: "position", topics: [{ topic: TOPIC, epoch: "e1", seq: owner.seq }] });
      vi.setSystemTime(Date.now() + 61_000);
      await runDurableObjectAlarm(stub());
    }
    await owner.growAndDeliver(hub);
    await client.get({ seq: owner.seq });
    expect(client.closed).toBeUndefined();
  });
});

describe("A socket whose key is deleted", () => {
  it("is closed with 4001 within a minute, and its neighbours are not", async () => {
    const doomed = await connect(hub, { ...CHARLIE, id: "no-key-of-this-id" });
    const admin = await listening();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    await runDurableObjectAlarm(stub());
    expect((await doomed.gone()).code).toBe(4001);
    await owner.growAndDeliver(hub);
    await admin.get({ seq: 2 });
  });

  it("is closed by a hub that has slept since, and that something wakes more often than it looks", async () => {
    const doomed = await connect(hub, { ...CHARLIE, id: "no-key-of-this-id" });
    await listening();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    for (let i = 0; i < 3; i++) {
      await evictDurableObject(stub(), { webSockets: "hibernate" });
      vi.setSystemTime(Date.now() + 25_000);
      await owner.growAndDeliver(hub);
    }
    await evictDurableObject(stub(), { webSockets: "hibernate" });
    await runDurableObjectAlarm(stub());
    expect((await doomed.gone()).code).toBe(4001);
  });
});

describe("A socket that claims a position of its own making", () => {
  it("gets no topic by it, over an eviction either", async () => {
    const client = await connect(hub, CHARLIE);
    client.subscribe({ topic: "prices/MSFT", after: { epoch: `~\n${TOPIC}|||0|0`, seq: 1 } });
    await client.get({ code: "invalid_request" });
    client.subscribe("prices/MSFT");
    await client.get({ type: "unknown" });
    await evictDurableObject(stub(), { webSockets: "hibernate" });
    client.send('{"type":"ping" }');
    await client.get({ type: "pong" });
    await owner.growAndDeliver(hub);
    expect(owner.calls).toEqual([]);
    expect(client.seqs).toEqual([]);
  });
});
