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

async function post(): Promise<number> {
  posted += 1;
  const body = { type: "price" as const, price: posted, timestamp: Date.now(), volume: 1 };
  const events = [{ stream: symbol, source: "test", body }];
  await env.PRICE_FEED.getByName(symbol).append({ key: `k${posted}`, hash: "", events });
  return posted;
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

const hasAll = (client: Client, last: number) =>
  until(() => client.seqs.at(-1) === last, { what: `frame ${last}`, everyMs: 5 });

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

describe("Twelve hubs under an owner that calls four", () => {
  it("get every frame once and in order", async () => {
    const clients = await twelve();
    for (let i = 0; i < 20; i++) await post();
    for (const client of clients) {
      await hasAll(client, 21);
      expect(client.seqs).toEqual(range(2, 21));
    }
    const names = await leases(env.PRICE_FEED.getByName(symbol));
    expect(names.filter((name) => childOf(name).class === "Hub")).toHaveLength(4);
    expect(names.filter((name) => childOf(name).class === "Relay")).toEqual([`${region}-relay-1`, `${region}-relay-2`]);
    expect(await leases(relay(1))).toEqual([4, 5, 6, 7].map((i) => `${region}-${i}`));
  });

  it("get a frame that their relay answered for before it ended", async () => {
    const clients = await twelve();
    lose(
      (child) => child.startsWith(`${region}-`) && childOf(child).class === "Hub" && Number(child.split("-")[1]) >= 8,
    );
    await post();
    await hasAll(clients[7] as Client, 2);
    const alarm = await until(() => runInDurableObject(relay(2), (_, { storage }) => storage.getAlarm()), {
      what: "alarm",
    });
    expect(alarm).toBeLessThanOrEqual(Date.now() + 2_000);
    await evictDurableObject(relay(2));
    children.deliver = realDeliver;
    vi.useFakeTimers({ toFake: ["Date"], now: alarm });
    await runDurableObjectAlarm(relay(2));
    for (const client of clients) await hasAll(client, 2);
  });

  it("get what a relay missed that could not be reached", async () => {
    const clients = await twelve();
    lose((child) => child === `${region}-relay-1`);
    for (let i = 0; i < 3; i++) await post();
    await hasAll(clients[11] as Client, 4);
    expect(clients[4]?.seqs).toEqual([]);
    children.deliver = realDeliver;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    await runDurableObjectAlarm(env.PRICE_FEED.getByName(symbol));
    for (const client of clients.slice(4, 8)) {
      await until(() => client.seqs.includes(4), { what: "frame 4" });
      expect(client.seqs.slice(0, 3)).toEqual([2, 3, 4]);
    }
  });

  it("get the next frame when relay and hub were evicted", async () => {
    const clients = await twelve();
    await post();
    await hasAll(clients[5] as Client, 2);
    await evictDurableObject(relay(1));
    await evictDurableObject(env.HUB.getByName(`${region}-5`), { webSockets: "hibernate" });
    await post();
    await hasAll(clients[5] as Client, 3);
    await hasAll(clients[4] as Client, 3);
    expect(clients[4]?.seqs).toEqual([2, 3]);
  });

  it("may be joined by a socket while frames travel", async () => {
    await twelve();
    const joining = [13, 14, 8].map((i) => listen(i));
    for (let i = 0; i < 10; i++) await post();
    for (const client of await Promise.all(joining)) {
      const { seq } = await client.get({ type: "snapshot" });
      if ((seq as number) < 11) await hasAll(client, 11);
      expect(client.seqs).toEqual(range((seq as number) + 1, 11));
    }
  });

  it("resume through their relay from where a socket was", async () => {
    const clients = await twelve();
    const { epoch } = await (clients[9] as Client).get({ type: "snapshot" });
    for (let i = 0; i < 5; i++) await post();
    await hasAll(clients[9] as Client, 6);
    const again = await connect(`${region}-9`);
    again.subscribe({ topic: topic(), after: { epoch: epoch as string, seq: 2 } });
    await hasAll(again, 6);
    expect(again.seqs).toEqual([3, 4, 5, 6]);
  });
});
