/* What a hub does for topic `alerts`: filters, reach, and sockets of people without a key. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ANYONE } from "../../src/domain/access/principal";
import { CLOSE, type Filter } from "../../src/domain/frame";
import { owners } from "../../src/durable-objects/hub/owners";
import { until } from "../until";
import { type Client, connect, type Message, own, ReachableOwner } from "./hub-world";

const TOPIC = "alerts";
const TEL_AVIV = "תל אביב - יפו";
const realOwner = owners.of;
let number = 0;
let hub: string;
let owner: ReachableOwner;

const stub = () => env.HUB.getByName(hub);
const hibernate = () => evictDurableObject(stub(), { webSockets: "hibernate" });

/** Even seqs are in Tel Aviv, odd ones in Haifa. */
const alertAt = (seq: number) => ({
  location: seq % 2 === 0 ? TEL_AVIV : "Haifa",
  severity: "severe",
  accepted_at: new Date(Date.now() - 40).toISOString(),
});
const alertsUpTo = (seq: number) => ({
  alerts: Array.from({ length: seq }, (_, i) => ({ event_type: "open", ...alertAt(i + 1) })),
  canary_at: null,
});
const locationsOf = (snapshot: Message) =>
  (snapshot.data as { alerts: { location: string }[] }).alerts.map(({ location }) => location);

/** A socket that has its snapshot and hears what the filter leaves. */
async function listening(filter?: Filter, hubs = 1): Promise<Client> {
  const client = await connect(hub, undefined, undefined, hubs);
  client.subscribe({ topic: TOPIC, ...(filter === undefined ? {} : { filter }) });
  await client.get({ type: "snapshot" });
  return client;
}

async function acknowledge(client: Client, seq: number): Promise<void> {
  client.send({ type: "position", topics: [{ topic: TOPIC, epoch: "e1", seq }] });
  const before = client.messages.length;
  client.send('{"type":"ping" }');
  await until(() => client.messages.length > before, { what: "the answer", everyMs: 2 });
}

/** Frames up to this seq, one delivery each. */
async function growTo(seq: number): Promise<void> {
  while (owner.seq < seq) await owner.growAndDeliver(hub);
}

beforeEach(() => {
  hub = `alerts-${number++}`;
  owner = new ReachableOwner(TOPIC);
  owner.dataOf = alertAt;
  owner.snapshotOf = alertsUpTo;
  owner.grow();
  own(owner);
});
afterEach(() => {
  owners.of = realOwner;
  vi.useRealTimers();
});

describe("A filter", () => {
  it("leaves of the snapshot and of frames what it names, and nothing changes for others", async () => {
    owner.grow();
    const everything = await listening();
    const some = await listening({ locations: ["תל אביב*"] });
    await growTo(6);
    await everything.get({ seq: 6 });
    await some.get({ seq: 6 });
    expect([everything.seqs, some.seqs]).toEqual([
      [3, 4, 5, 6],
      [4, 6],
    ]);
    expect(locationsOf(await everything.get({ type: "snapshot" }))).toEqual(["Haifa", TEL_AVIV]);
    expect(locationsOf(await some.get({ type: "snapshot" }))).toEqual([TEL_AVIV]);
  });

  it("is replaced over the same socket, with a snapshot of what is wanted now", async () => {
    const client = await listening({ locations: [TEL_AVIV] });
    await growTo(3);
    client.subscribe({ topic: TOPIC, filter: { locations: ["haifa"] } });
    expect(locationsOf(await client.get({ type: "snapshot", seq: 3 }))).toEqual(["Haifa", "Haifa"]);
    await growTo(5);
    await client.get({ seq: 5 });
    expect(client.seqs).toEqual([2, 5]);
  });

  it("goes with a subscription that has none", async () => {
    const client = await listening({ locations: [TEL_AVIV] });
    client.subscribe({ topic: TOPIC, after: { epoch: "e1", seq: 1 } });
    await client.get({ type: "position" });
    await growTo(3);
    await client.get({ seq: 3 });
    expect(client.seqs).toEqual([2, 3]);
  });

  it("holds over an eviction", async () => {
    const client = await listening({ locations: [TEL_AVIV], severities: ["severe"] });
    await hibernate();
    await growTo(4);
    await client.get({ seq: 4 });
    expect(client.seqs).toEqual([2, 4]);
  });

  it("leaves a client that knows up to where it is complete, 15 s later", async () => {
    const client = await listening({ locations: ["Nowhere"] });
    await growTo(3);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16_000 });
    await runDurableObjectAlarm(stub());
    expect(await client.get({ type: "position" })).toMatchObject({ topics: [{ topic: TOPIC, epoch: "e1", seq: 3 }] });
    expect(client.seqs).toEqual([]);
  });

  it("leaves a client that resumes what it missed of it, and its position", async () => {
    await listening();
    await growTo(5);
    const client = await connect(hub);
    client.subscribe({ topic: TOPIC, after: { epoch: "e1", seq: 1 }, filter: { locations: [TEL_AVIV] } });
    await client.get({ type: "position" });
    expect(client.messages.slice(1)).toMatchObject([{ seq: 2 }, { seq: 4 }, { topics: [{ topic: TOPIC, seq: 5 }] }]);
  });

  it("closes nobody whose frames it held back", async () => {
    const client = await listening({ locations: [TEL_AVIV] });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    for (let minute = 0; minute < 3; minute++) {
      await growTo(owner.seq + 2);
      await acknowledge(client, owner.seq);
      vi.setSystemTime(Date.now() + 61_000);
      await runDurableObjectAlarm(stub());
    }
    expect(client.closed).toBeUndefined();
  });

  it("is refused where there is none, where it is not understood, and beyond 8 KB", async () => {
    const client = await connect(hub);
    client.subscribe({ topic: "prices/AAPL", filter: { locations: ["Haifa"] } });
    expect(await client.get({ topic: "prices/AAPL" })).toMatchObject({ type: "error", code: "invalid_request" });
    client.send({ type: "subscribe", topics: [{ topic: TOPIC, filter: { location: ["Haifa"] } }] });
    const refusal = "This is no message that a hub knows: /topics/0/filter/location is not a known field.";
    await client.get({ type: "error", detail: refusal });
    const locations = Array.from({ length: 100 }, (_, i) => `${"ש".repeat(50)}${i}`);
    client.subscribe({ topic: TOPIC, filter: { locations } });
    await client.get({ type: "error", code: "too_many_topics" });
    client.subscribe({ topic: TOPIC, pace_ms: 100 });
    expect(await client.get({ topic: TOPIC })).toMatchObject({ type: "error", code: "invalid_request" });
  });

  it("fits the attachment together with as many topics as there may be", async () => {
    const client = await listening({ locations: Array.from({ length: 95 }, (_, i) => `${"ש".repeat(20)}${i}`) });
    client.subscribe(...Array.from({ length: 100 }, (_, i) => `prices/S${i}`));
    await client.get({ type: "unknown", topic: "prices/S99" });
    await hibernate();
    client.send('{"type":"ping" }');
    await client.get({ type: "pong" });
    expect(client.closed).toBeUndefined();
  });
});

describe("A snapshot", () => {
  it("may be larger than what may be unacknowledged", async () => {
    owner.snapshotOf = () => ({ alerts: [], canary_at: "x".repeat(2_000_000) });
    const client = await listening();
    await growTo(3);
    await client.get({ seq: 3 });
    expect(client.closed).toBeUndefined();
  });
});

describe("Reach", () => {
  it("is told with the answer that a frame was flushed, and again when it was acknowledged", async () => {
    const clients = [await listening(), await listening({ locations: ["Nowhere"] })];
    await growTo(2);
    expect(owner.receipts?.reach).toMatchObject([
      { topic: TOPIC, epoch: "e1", seq: 2, registered: 2, asked: 2, flushed: 1, acknowledged: 0 },
    ]);
    const [[latency, weight] = []] = owner.receipts?.reach?.[0]?.latencies ?? [];
    expect(latency).toBeGreaterThanOrEqual(40);
    expect(weight).toBe(1);
    for (const client of clients) for (const seq of [2, 2, 999]) await acknowledge(client, seq);
    await growTo(3);
    expect(owner.receipts?.reach).toMatchObject([
      { seq: 2, acknowledged: 2 },
      { seq: 3, acknowledged: 0 },
    ]);
  });

  it("is told again to a sender that has not heard the answer", async () => {
    await listening();
    await growTo(2);
    await owner.deliver(hub, 2, 2);
    expect(owner.receipts?.reach).toMatchObject([{ seq: 2, registered: 1 }]);
    await growTo(3);
    expect(owner.receipts?.reach?.map(({ seq }) => seq)).toEqual([3]);
  });

  it("asks a sample in a large crowd, which an eviction does not change", async () => {
    const crowd = 10 ** 15;
    const client = await listening(undefined, crowd);
    expect(client.messages[0]).toMatchObject({ type: "hello", acknowledge: false });
    await listening();
    await hibernate();
    await growTo(2);
    expect(owner.receipts?.reach).toMatchObject([{ registered: 2, asked: 1, flushed: 2 }]);
    await acknowledge(client, 2);
    await growTo(3);
    expect(owner.receipts?.reach?.map(({ seq, acknowledged }) => [seq, acknowledged])).toEqual([[3, 0]]);
  });
});

describe("A socket of somebody without a key", () => {
  it("is closed when it says too much, and others are not", async () => {
    const isPublic = { ...env, PUBLIC_TOPICS: TOPIC };
    await runInDurableObject(stub(), (instance) => void Object.assign(instance, { env: isPublic }));
    const stranger = await connect(hub, ANYONE);
    const admin = await connect(hub);
    for (let i = 0; i < 60; i++) for (const client of [stranger, admin]) client.send('{"type":"ping" }');
    stranger.subscribe(TOPIC);
    admin.subscribe(TOPIC);
    expect((await stranger.gone()).code).toBe(CLOSE.too_many_messages);
    await admin.get({ type: "snapshot" });
    const another = await connect(hub, ANYONE, [{ topic: TOPIC, filter: { locations: [TEL_AVIV] } }]);
    expect(locationsOf(await another.get({ type: "snapshot" }))).toEqual([]);
  });
});
