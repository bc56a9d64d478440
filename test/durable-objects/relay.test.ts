/* The second level in workerd: real owners, relays and hubs, with HUB_CHILDREN = 4 (vitest.config.ts). What may fail in
 * which order is tried in relay/repeater.unit.test.ts. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { childOf } from "../../src/domain/live/children";
import { children } from "../../src/durable-objects/surroundings";
import { until } from "../until";
import { type Client, connect } from "./hub-world";

const realDeliver = children.deliver;
let number = 0;
let region: string;
let symbol: string;
let posted: number;

const topic = () => `prices/${symbol}`;
const relay = (n: number) => env.RELAY.getByName(`${region}-relay-${n}`);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Posts a price and returns its seq; the close of a minute may come before it. */
async function post(times = 1): Promise<number> {
  let seq = 0;
  for (let i = 0; i < times; i++) {
    posted += 1;
    const body = { type: "price" as const, price: posted, timestamp: Date.now(), volume: 1 };
    const events = [{ stream: symbol, source: "test", body }];
    const { receipts } = await env.PRICE_FEED.getByName(symbol).append({ key: `k${posted}`, hash: "", events });
    seq = receipts[0]?.seq as number;
  }
  return seq;
}

/** Calls to these children are lost; nothing else is. */
function lose(isLost: (child: string) => boolean): void {
  children.deliver = (env, child, deliveries) =>
    isLost(child) ? Promise.reject(new Error("lost")) : realDeliver(env, child, deliveries);
}

async function listen(i: number): Promise<Client> {
  const client = await connect(`${region}-${i}`);
  client.subscribe(topic());
  await client.get({ type: "snapshot", topic: topic() });
  return client;
}

async function twelve(): Promise<Client[]> {
  await post();
  const clients: Client[] = [];
  for (let i = 0; i < 12; i++) clients.push(await listen(i));
  return clients;
}

const leases = (stub: DurableObjectStub) =>
  runInDurableObject(stub, (_, { storage }) =>
    storage.sql
      .exec<{ child: string }>("SELECT child FROM leases ORDER BY child")
      .toArray()
      .map(({ child }) => child),
  );

const heard = (client: Client): number[] =>
  client.messages.flatMap(({ topic, seq, type }) => (topic && seq && type !== "snapshot" ? [seq] : []));

/** Waits for frame `last`, and then everything from where the socket began must be there, once and in order. */
async function hasAll(client: Client, last: number, after?: number): Promise<void> {
  await until(() => (heard(client).at(-1) ?? 0) >= last, { what: `frame ${last}`, everyMs: 5 });
  const first = after ?? ((await client.get({ type: "snapshot" })).seq as number);
  expect(heard(client)).toEqual(range(first + 1, heard(client).at(-1) as number));
}

beforeEach(() => {
  number += 1;
  region = `r${number}`;
  symbol = `RELAYED${number}`;
  posted = 0;
});
afterEach(() => {
  children.deliver = realDeliver;
  vi.useRealTimers();
});

describe("Twelve hubs under an owner that calls four", { timeout: 20_000 }, () => {
  it("get every frame once and in order", async () => {
    const clients = await twelve();
    const last = await post(20);
    for (const client of clients) await hasAll(client, last);
    const names = await leases(env.PRICE_FEED.getByName(symbol));
    expect(names.filter((name) => childOf(name).class === "Hub")).toHaveLength(4);
    expect(names.filter((name) => childOf(name).class === "Relay")).toEqual([`${region}-relay-1`, `${region}-relay-2`]);
    expect(await leases(relay(1))).toEqual([4, 5, 6, 7].map((i) => `${region}-${i}`));
  });

  it("get a frame that their relay answered for before it ended", async () => {
    const clients = await twelve();
    lose((child) => childOf(child).class === "Hub" && Number(child.split("-")[1]) >= 8);
    const last = await post();
    await hasAll(clients[7] as Client, last);
    const alarm = await until(() => runInDurableObject(relay(2), (_, { storage }) => storage.getAlarm()), {
      what: "an alarm",
    });
    expect(alarm).toBeLessThanOrEqual(Date.now() + 2_000);
    await evictDurableObject(relay(2));
    children.deliver = realDeliver;
    expect(heard(clients[8] as Client)).toEqual([]);
    vi.useFakeTimers({ toFake: ["Date"], now: alarm });
    await runDurableObjectAlarm(relay(2));
    for (const client of clients) await hasAll(client, last);
  });

  it("get what a relay missed that could not be reached", async () => {
    const clients = await twelve();
    lose((child) => child === `${region}-relay-1`);
    const last = await post(3);
    await hasAll(clients[11] as Client, last);
    expect(heard(clients[4] as Client)).toEqual([]);
    children.deliver = realDeliver;
    // A minute later, on a clock that an object takes over when it is made.
    const feed = env.PRICE_FEED.getByName(symbol);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    await evictDurableObject(feed);
    await feed.latest([symbol]);
    vi.setSystemTime(Date.now() + 60_000);
    await runDurableObjectAlarm(feed);
    for (const client of clients.slice(4, 8)) await hasAll(client, last);
  });

  it("get the next frame when relay and hub were evicted", async () => {
    const clients = await twelve();
    await hasAll(clients[5] as Client, await post());
    await evictDurableObject(relay(1));
    await evictDurableObject(env.HUB.getByName(`${region}-5`), { webSockets: "hibernate" });
    const last = await post();
    for (const i of [4, 6, 7]) await hasAll(clients[i] as Client, last);
    // A hub that ended before it could save sends its sockets again what they have.
    await until(() => heard(clients[5] as Client).at(-1) === last, { what: `frame ${last}` });
    expect([...new Set(heard(clients[5] as Client))]).toEqual(range(2, last));
  });

  it("may be joined by a socket while frames travel", async () => {
    await twelve();
    const joining = [13, 14, 8].map((i) => listen(i));
    const last = await post(10);
    for (const client of await Promise.all(joining)) {
      const { seq } = await client.get({ type: "snapshot" });
      if ((seq as number) < last) await hasAll(client, last);
    }
  });

  it("resume through their relay from where a socket was", async () => {
    const clients = await twelve();
    const { epoch } = await (clients[9] as Client).get({ type: "snapshot" });
    const last = await post(5);
    await hasAll(clients[9] as Client, last);
    const again = await connect(`${region}-9`);
    again.subscribe({ topic: topic(), after: { epoch: epoch as string, seq: 2 } });
    await hasAll(again, last, 2);
  });
});
