/* The price feed in workerd: what the pure parts promise, over real evictions, alarms and queues. */
import { createMessageBatch, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { OutboxMessage } from "../../src/domain/event";
import type { PriceFeed } from "../../src/durable-objects/price-feed";
import { surroundings } from "../../src/durable-objects/surroundings";
import { consume } from "../../src/queues/consume";

const NOW = Date.now();
const price = (symbol: string, value: number, timestamp = NOW) => ({
  stream: symbol,
  source: "test",
  body: { type: "price" as const, price: value, timestamp, volume: 1 },
});
const post = (symbol: string, key: string, ...events: ReturnType<typeof price>[]) =>
  env.PRICE_FEED.getByName(symbol).append({ key, hash: "", events });

/** What the outbox of a feed would send. */
async function messageOf(feed: DurableObjectStub<PriceFeed>, symbol: string) {
  const live = await feed.candles(symbol, { epoch: "", pos: 0 }, 0, Number.MAX_SAFE_INTEGER);
  const audit = await feed.audit([]);
  const body: OutboxMessage = {
    v: 1,
    object: `PriceFeed/${symbol}`,
    purpose: "candles",
    from: { epoch: "", pos: 0 },
    to: { epoch: audit.epoch, pos: audit.head },
    events: audit.accepted,
    parts: live?.parts ?? [],
  };
  return { id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body };
}

describe("a price feed", () => {
  it("keeps price, order and window over an eviction", async () => {
    const feed = env.PRICE_FEED.getByName("EVICTED");
    await post("EVICTED", "a", price("EVICTED", 1), price("EVICTED", 3));
    const before = await feed.window("EVICTED", 60_000, NOW);
    await evictDurableObject(feed);
    expect(await feed.window("EVICTED", 60_000, NOW)).toEqual(before);
    expect((await feed.latest(["EVICTED"])).EVICTED).toMatchObject({ price: 3, seq: 2 });
    expect((await post("EVICTED", "b", price("EVICTED", 4))).receipts[0]?.seq).toBe(3);
  });

  it("stores nothing for an unknown symbol", async () => {
    const feed = env.PRICE_FEED.getByName("NOBODY");
    expect(await feed.latest(["NOBODY"])).toEqual({});
    expect(await feed.lease("local-0", "prices/NOBODY", null)).toEqual({ status: "unknown" });
    const tables = await runInDurableObject(feed, (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
    );
    expect(tables.filter(({ name }) => !String(name).startsWith("_cf"))).toEqual([]);
  });

  it("closes a minute by the alarm, once, when it rings twice", async () => {
    const feed = env.PRICE_FEED.getByName("QUIET");
    const longAgo = NOW - 3 * 60_000;
    await post("QUIET", "a", price("QUIET", 5, longAgo));
    // The stream's clock stands in the past; a quote of now moves it on, and the old minute closes.
    await post("QUIET", "b", price("QUIET", 6, NOW));
    await runDurableObjectAlarm(feed);
    await runDurableObjectAlarm(feed);
    const range = await feed.range("QUIET", { epoch: "", seq: 0 }, 100);
    const types = (range as { frames: string[] }).frames.map((text) => JSON.parse(text).type);
    expect(types).toEqual(["price", "close", "price"]);
  });

  it("registers its symbol in D1 and announces it on topic symbols", async () => {
    await post("ANNOUNCED", "a", price("ANNOUNCED", 1));
    await runDurableObjectAlarm(env.PRICE_FEED.getByName("ANNOUNCED"));
    const row = await env.DB.prepare("SELECT object FROM symbols WHERE symbol = 'ANNOUNCED'").first();
    expect(row).toEqual({ object: "PriceFeed/ANNOUNCED" });
    const topic = await env.TOPIC.getByName("symbols").read("symbols", null, 10);
    expect(JSON.parse((topic as { snapshot: string }).snapshot).data.symbols).toContain("ANNOUNCED");
  });

  it("makes one analytics point per candle, when its minute closes", async () => {
    const feed = env.PRICE_FEED.getByName("POINTS");
    const minute = Math.floor(NOW / 60_000) * 60_000 - 600_000;
    await post(
      "POINTS",
      "a",
      price("POINTS", 1, minute),
      price("POINTS", 2, minute + 1),
      price("POINTS", 3, minute + 60_000),
    );
    await consume(createMessageBatch("tidings-events", [await messageOf(feed, "POINTS")]), env);
    const points = await env.DB.prepare("SELECT doubles FROM points WHERE index1 = 'POINTS'").all<{
      doubles: string;
    }>();
    expect(points.results.map(({ doubles }) => JSON.parse(doubles))).toEqual([[minute, 1, 2, 1, 2, 2, 2]]);
  });

  it("can ask the queue how old its oldest message is", async () => {
    expect(
      await surroundings({ id: { name: "X" } } as DurableObjectState, env, "PriceFeed").downstream.waitingSince(
        "candles",
      ),
    ).toBeUndefined();
  });

  it("counts a message once however often it arrives", async () => {
    const feed = env.PRICE_FEED.getByName("TWICE");
    await post("TWICE", "a", price("TWICE", 1), price("TWICE", 2));
    const audit = await feed.audit([]);
    const message = await messageOf(feed, "TWICE");
    const batch = () => createMessageBatch("tidings-events", [{ ...message, id: crypto.randomUUID() }]);
    await consume(batch(), env);
    await consume(batch(), env);
    const rows = await env.DB.prepare(
      "SELECT count FROM candles WHERE symbol = 'TWICE' AND resolution = 'minute'",
    ).all();
    expect(rows.results).toEqual([{ count: 2 }]);
    expect((await feed.audit([])).outputs[0]?.confirmed).toEqual({ epoch: audit.epoch, pos: audit.head });
  });
});
