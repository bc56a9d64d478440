/* Hubs in workerd: sockets, leases, evictions. One file with parts: each file starts a runtime. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { PING } from "../../src/domain/frame";
import { eachHasAHub, hub, listening, owner, stub, TOPIC } from "./hub/hub";
import { CHARLIE, connect, own, ReachableOwner, upgrade } from "./hub-world";
import "./hub/pace";

eachHasAHub();

describe("A hub", () => {
  it("greets, sends the snapshot, then each frame as it came", async () => {
    const client = await listening();
    await owner.growAndDeliver(hub);
    expect(await client.get({ seq: 2 })).toEqual(JSON.parse(owner.frame(2)));
    expect(client.messages[0]).toEqual({
      type: "hello",
      stream: "stream-1",
      retry_ms: 5000,
      acknowledge: true,
      at: expect.any(String),
    });
    expect(client.messages[1]).toMatchObject({ type: "snapshot", topic: TOPIC, seq: 1 });
  });

  it("answers pings without being asked for anything else", async () => {
    const client = await connect(hub);
    client.send(PING);
    await client.get({ type: "pong" });
  });

  it("drops what it has and answers a gap with its position", async () => {
    const client = await listening();
    await owner.growAndDeliver(hub);
    expect(await owner.deliver(hub, 1, 2)).toEqual({ epoch: "e1", seq: 2 });
    for (let i = 0; i < 3; i++) owner.grow();
    expect(await owner.deliver(hub, 5, 5)).toEqual({ epoch: "e1", seq: 2 });
    expect(await owner.deliver(hub, 2, 5)).toEqual({ epoch: "e1", seq: 5 });
    await client.get({ seq: 5 });
    expect(client.seqs).toEqual([2, 3, 4, 5]);
  });

  it("ignores an earlier epoch and begins a later one at its first frame", async () => {
    const client = await listening();
    owner.begin();
    owner.grow();
    expect(await owner.deliver(hub, 2, 2)).toEqual({ epoch: "e1", seq: 1 });
    expect(await owner.deliver(hub, 1, 2)).toEqual({ epoch: "e2", seq: 2 });
    const late = { topic: TOPIC, epoch: "e1", first: 2, frames: ["{}"] };
    expect((await stub().deliver([late])).have[TOPIC]).toEqual({ epoch: "e2", seq: 2 });
    await client.get({ epoch: "e2", seq: 2 });
    expect(client.seqs).toEqual([1, 2]);
  });

  it("passes on a snapshot that stands for frames it missed", async () => {
    const client = await listening();
    const snapshot = JSON.stringify({ type: "snapshot", topic: TOPIC, epoch: "e1", seq: 9, at: "", data: 9 });
    const { have } = await stub().deliver([{ topic: TOPIC, epoch: "e1", seq: 9, snapshot }]);
    expect(have[TOPIC]).toEqual({ epoch: "e1", seq: 9 });
    await client.get({ type: "snapshot", seq: 9 });
  });

  it("takes what nobody listens to any more", async () => {
    expect(await owner.deliver(hub)).toEqual({ epoch: "e1", seq: 1 });
  });

  it("asks its owner once for sockets that join together, and not at all for one that is up to date", async () => {
    const first = await listening();
    const more = await Promise.all([connect(hub), connect(hub), connect(hub)]);
    for (const client of more) client.subscribe({ topic: TOPIC, after: { epoch: "e1", seq: 1 } });
    for (const client of more) client.send('{"type":"ping" }');
    for (const client of more) await client.get({ type: "pong" });
    expect(more.map((client) => client.messages[1])).toEqual(
      Array(3).fill({ type: "position", topics: [{ topic: TOPIC, epoch: "e1", seq: 1 }] }),
    );
    await owner.growAndDeliver(hub);
    for (const client of [first, ...more]) await client.get({ seq: 2 });
    expect(owner.calls).toEqual([`lease ${hub} ${TOPIC}`]);
  });

  it("gives a socket that resumes the range it missed", async () => {
    await listening();
    for (let i = 0; i < 3; i++) await owner.growAndDeliver(hub);
    const client = await connect(hub);
    client.subscribe({ topic: TOPIC, after: { epoch: "e1", seq: 1 } });
    await client.get({ seq: 4 });
    expect(client.seqs).toEqual([2, 3, 4]);
  });

  it("answers the close handshake", async () => {
    const client = await listening();
    client.close(4242, "done");
    expect(await client.gone()).toMatchObject({ code: 4242, wasClean: true });
  });

  it("refuses a socket beyond its limit", async () => {
    const limited = { ...env, HUB_MAX_SOCKETS: "1" };
    await connect(hub);
    const status = await runInDurableObject(stub(), async (instance) => {
      Object.assign(instance, { env: limited });
      return (await instance.fetch(new Request("https://hub/", { headers: { Upgrade: "websocket" } }))).status;
    });
    expect(status).toBe(503);
    expect((await upgrade(`${hub}-next`)).status).toBe(101);
  });
});

describe("A hub and its clients' mistakes", () => {
  it.each(["no json", "[]", '{"type":"subscribe"}', '{"type":"launch"}', "x".repeat(70_000)])(
    "answers a bad message and lives on (%#)",
    async (message) => {
      const client = await connect(hub);
      client.send(message);
      expect(await client.get({ type: "error" })).toMatchObject({ code: "invalid_request" });
      client.subscribe(TOPIC);
      await client.get({ type: "snapshot" });
    },
  );

  it("refuses too many topics and keeps those it has", async () => {
    const client = await listening();
    client.subscribe(...Array.from({ length: 200 }, (_, i) => `prices/S${i}`));
    expect(await client.get({ type: "error" })).toMatchObject({ code: "too_many_topics" });
    await owner.growAndDeliver(hub);
    await client.get({ seq: 2 });
  });

  it("says so as well when one message names too many, and tells nothing of each", async () => {
    const client = await connect(hub);
    client.subscribe(...Array.from({ length: 201 }, () => "weather/today"));
    client.subscribe(TOPIC);
    await client.get({ type: "snapshot" });
    const errors = client.messages.filter(({ type }) => type === "error");
    expect(errors).toMatchObject([{ code: "too_many_topics" }]);
  });

  it("refuses more than 8 KB of topics", async () => {
    const client = await connect(hub);
    client.subscribe(...Array.from({ length: 180 }, (_, i) => `prices/${String(i).padStart(32, "A")}`));
    expect(await client.get({ type: "error" })).toMatchObject({ code: "too_many_topics" });
  });

  it("names a topic that does not exist", async () => {
    const client = await connect(hub);
    client.subscribe("weather/today", "prices/", TOPIC);
    expect(await client.get({ topic: "weather/today" })).toMatchObject({ type: "error", code: "not_found" });
    await client.get({ type: "snapshot", topic: TOPIC });
  });

  it("refuses Charlie the topics outside his scope, by name", async () => {
    const charlie = await connect(hub, CHARLIE);
    charlie.subscribe(TOPIC, "symbols", "prices/MSFT.L");
    expect(await charlie.get({ topic: TOPIC })).toMatchObject({ type: "error", code: "forbidden" });
    expect(await charlie.get({ topic: "symbols" })).toMatchObject({ type: "error", code: "forbidden" });
    await charlie.get({ type: "unknown", topic: "prices/MSFT.L" });
  });
});

describe("A hub that was evicted", () => {
  it("still brings a frame to a hibernating socket", async () => {
    const client = await listening();
    await evictDurableObject(stub(), { webSockets: "hibernate" });
    await owner.growAndDeliver(hub);
    await client.get({ seq: 2 });
    expect(client.seqs).toEqual([2]);
  });

  it("knows its position from the saved row", async () => {
    await listening();
    for (let i = 0; i < 4; i++) await owner.growAndDeliver(hub);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6_000 });
    await runDurableObjectAlarm(stub());
    await evictDurableObject(stub(), { webSockets: "hibernate" });
    expect(await owner.deliver(hub, 5, 5)).toEqual({ epoch: "e1", seq: 5 });
    owner.grow();
    owner.grow();
    expect(await owner.deliver(hub, 7, 7)).toEqual({ epoch: "e1", seq: 5 });
  });

  it("fetches what it missed when it ended before it could save", async () => {
    const client = await listening();
    await owner.growAndDeliver(hub);
    owner.grow();
    await evictDurableObject(stub(), { webSockets: "hibernate" });
    await runDurableObjectAlarm(stub());
    await client.get({ seq: 3 });
  });

  it("fetches what it missed when it ended before it could save again", async () => {
    const client = await listening();
    await owner.growAndDeliver(hub);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6_000 });
    await runDurableObjectAlarm(stub());
    await owner.growAndDeliver(hub);
    owner.grow();
    await evictDurableObject(stub(), { webSockets: "hibernate" });
    await runDurableObjectAlarm(stub());
    await client.get({ seq: 4 });
  });

  it("lets clients resume that were closed with it", async () => {
    const before = await listening();
    await owner.growAndDeliver(hub);
    await before.get({ seq: 2 });
    await evictDurableObject(stub(), { webSockets: "close" });
    owner.grow();
    const client = await connect(hub);
    client.subscribe({ topic: TOPIC, after: { epoch: "e1", seq: 2 } });
    await client.get({ seq: 3 });
    expect(client.seqs).toEqual([3]);
  });

  it("runs its alarm twice without harm and stops it when empty", async () => {
    const client = await listening();
    await runDurableObjectAlarm(stub());
    await runDurableObjectAlarm(stub());
    client.close();
    await client.gone();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    await runDurableObjectAlarm(stub());
    expect(await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm())).toBeNull();
  });
});

describe("A hub and unknown topics", () => {
  it("says unknown, and takes the lease when the symbol is announced", async () => {
    const symbols = new ReachableOwner("symbols");
    const late = new ReachableOwner("prices/NEW");
    symbols.grow();
    own(symbols, late);
    const client = await connect(hub);
    client.subscribe("prices/NEW");
    await client.get({ type: "unknown", topic: "prices/NEW" });
    late.grow();
    late.grow();
    const announced = { topic: "symbols", epoch: "e1", seq: 2, type: "announced", at: "", data: { symbol: "NEW" } };
    await stub().deliver([{ topic: "symbols", epoch: "e1", first: 2, frames: [JSON.stringify(announced)] }]);
    await client.get({ topic: "prices/NEW", seq: 2 });
    expect(client.seqs).toEqual([1, 2]);
  });

  it("keeps the wish over an eviction", async () => {
    const symbols = new ReachableOwner("symbols");
    const late = new ReachableOwner("prices/NEW");
    symbols.grow();
    own(symbols, late);
    const client = await connect(hub);
    client.subscribe("prices/NEW");
    await client.get({ type: "unknown" });
    await evictDurableObject(stub(), { webSockets: "hibernate" });
    late.grow();
    const announced = { topic: "symbols", epoch: "e1", seq: 2, type: "announced", at: "", data: { symbol: "NEW" } };
    await stub().deliver([{ topic: "symbols", epoch: "e1", first: 2, frames: [JSON.stringify(announced)] }]);
    await client.get({ topic: "prices/NEW", seq: 1 });
  });

  it("tells a socket whose topic cannot be reached, and serves it later", async () => {
    owner.isDown = true;
    const client = await connect(hub);
    client.subscribe(TOPIC);
    expect(await client.get({ type: "error" })).toMatchObject({ code: "unavailable", topic: TOPIC });
    owner.isDown = false;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_000 });
    await runDurableObjectAlarm(stub());
    await client.get({ type: "snapshot" });
  });
});
