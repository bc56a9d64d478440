import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { parseEventId } from "../../src/domain/live/sse";
import { forget } from "../anew";
import { Client } from "../durable-objects/hub-world";
import { until } from "../until";

const HOST = "https://tidings.test";
let number = 0;
let symbol: string;

const asAdmin = (headers: Record<string, string> = {}) => ({ authorization: `Bearer ${env.ADMIN_KEY}`, ...headers });

async function post(...prices: number[]): Promise<{ epoch: string; seq: number }[]> {
  const body = JSON.stringify(prices.map((price) => ({ symbol, price, timestamp: Date.now() })));
  const response = await exports.default.fetch(`${HOST}/api/v1/prices`, { method: "POST", headers: asAdmin(), body });
  return ((await response.json()) as { results: { epoch: string; seq: number }[] }).results;
}

async function openSocket(query = "", headers: Record<string, string> = asAdmin()): Promise<Client> {
  const response = await exports.default.fetch(`${HOST}/api/v1/stream${query}`, {
    headers: { Upgrade: "websocket", ...headers },
  });
  if (response.webSocket === null) throw new Error(`refused: ${response.status} ${await response.text()}`);
  return new Client(response.webSocket);
}

/** A client of server-sent events: its events so far, and a way to hang up. */
async function openEvents(query: string, headers: Record<string, string> = {}) {
  const response = await exports.default.fetch(`${HOST}/api/v1/stream?${query}`, {
    headers: asAdmin({ Accept: "text/event-stream", ...headers }),
  });
  const events: { id?: string; event?: string; data?: string; retry?: string }[] = [];
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => {
    const chunk = await reader?.read();
    if (chunk?.done) return true;
    for (const block of chunk?.value?.split("\n\n") ?? []) {
      if (block === "") continue;
      const fields = block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2));
      events.push(Object.fromEntries(fields));
    }
    return false;
  };
  const get = (fits: (event: (typeof events)[number]) => boolean) =>
    until(async () => events.find(fits) ?? void (await read()), { what: "an event", everyMs: 0 });
  const end = () => until(read, { what: "the end", everyMs: 0 });
  const frame = (seq: number) => get((e) => e.data !== undefined && JSON.parse(e.data).seq === seq);
  return { response, events, get, frame, end, hangUp: () => reader?.cancel() };
}

const sockets = (hub: string) => runInDurableObject(env.HUB.getByName(hub), (_, state) => state.getWebSockets().length);

beforeEach(() => {
  symbol = `SYM${number++}`;
});

describe("GET /api/v1/stream", () => {
  it("brings a posted price to a socket", async () => {
    await post(1);
    const client = await openSocket();
    client.subscribe(`prices/${symbol}`);
    await client.get({ type: "snapshot", seq: 1 });
    await post(2, 3);
    await client.get({ topic: `prices/${symbol}`, seq: 3 });
    expect(client.messages.map((m) => m.seq)).toEqual([undefined, 1, 2, 3]);
  });

  it("brings a price to a socket after its hub and its feed were evicted", async () => {
    await post(1);
    const client = await openSocket();
    client.subscribe(`prices/${symbol}`);
    await client.get({ type: "snapshot", seq: 1 });
    await evictDurableObject(env.HUB.getByName("local-0"), { webSockets: "hibernate" });
    await evictDurableObject(env.PRICE_FEED.getByName(symbol));
    await post(2);
    await client.get({ topic: `prices/${symbol}`, seq: 2 });
  });

  it("brings the first price of a symbol that nobody knew", async () => {
    const client = await openSocket(`?topics=prices/${symbol}`);
    await client.get({ type: "unknown", topic: `prices/${symbol}` });
    await post(1, 2);
    await client.get({ topic: `prices/${symbol}`, seq: 2 });
    expect(client.seqs.at(-1)).toBe(2);
  });

  it("resumes from the address", async () => {
    const results = await post(1, 2, 3);
    const { epoch } = results[0] as { epoch: string };
    const client = await openSocket(`?topics=prices/${symbol}&after=${epoch}:1`);
    await client.get({ topic: `prices/${symbol}`, seq: 3 });
    expect(client.messages.map((m) => m.seq)).toEqual([undefined, 2, 3]);
  });

  it("says what it is to whoever asks otherwise", async () => {
    const response = await exports.default.fetch(`${HOST}/api/v1/stream`, { headers: asAdmin() });
    expect(response.status).toBe(426);
    expect(response.headers.get("upgrade")).toBe("websocket");
    expect(await response.json()).toMatchObject({ status: 426 });
  });

  it("gives whoever has no key the public topics alone", async () => {
    const client = await openSocket("", {});
    client.subscribe("alerts", "symbols", `prices/${symbol}`);
    await client.get({ type: "snapshot", topic: "alerts" });
    for (const topic of ["symbols", `prices/${symbol}`]) await client.get({ type: "error", code: "forbidden", topic });
  });

  it("asks whoever comes for events without a key for one, where the topic is not public", async () => {
    const ask = (headers: Record<string, string>) =>
      exports.default.fetch(`${HOST}/api/v1/stream?topics=prices/${symbol}`, {
        headers: { Accept: "text/event-stream", ...headers },
      });
    const refused = await ask({});
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(await refused.json()).toMatchObject({ type: "/docs#problem-unauthorized" });
    const { body, status } = await ask(asAdmin());
    expect(status).toBe(200);
    await body?.cancel();
  });

  it("believes no identity that a client sends along", async () => {
    const forged = JSON.stringify({ id: "admin", role: "admin", name: "", scope: null });
    const client = await openSocket("?topics=symbols", { "x-tidings-principal": forged });
    await client.get({ type: "error", code: "forbidden", topic: "symbols" });
  });

  it.each(["after=nonsense", "topics=symbols&after=e:1,e:2"])("refuses a bad address: %s", async (query) => {
    const response = await exports.default.fetch(`${HOST}/api/v1/stream?${query}`, {
      headers: asAdmin({ Upgrade: "websocket" }),
    });
    expect(response.status).toBe(400);
  });
});

describe("GET /api/v1/stream as server-sent events", () => {
  it("sends a hint to reconnect, the snapshot and each frame with an id", async () => {
    await post(1);
    const events = await openEvents(`topics=prices/${symbol}`);
    expect(events.response.headers.get("content-type")).toMatch("text/event-stream");
    await events.frame(1);
    const [result] = await post(2);
    const { id } = await events.frame(2);
    expect(Number(events.events[0]?.retry)).toBeGreaterThanOrEqual(1_000);
    expect(parseEventId(id ?? "", 1)).toEqual([{ epoch: result?.epoch, seq: 2 }]);
    await events.hangUp();
  });

  it("resumes every topic from Last-Event-ID", async () => {
    await post(1);
    const topics = `topics=symbols,prices/${symbol}`;
    const first = await openEvents(topics);
    const { id } = await first
      .frame(1)
      .then(() => first.get((e) => parseEventId(e.id ?? "", 2)?.every((p) => p) ?? false));
    await first.hangUp();
    await post(2, 3);
    const second = await openEvents(topics, { "Last-Event-ID": id ?? "" });
    await second.frame(3);
    const seqs = second.events.flatMap((e) => (e.data?.includes(`prices/${symbol}"`) ? [JSON.parse(e.data).seq] : []));
    expect(seqs).toEqual([2, 3]);
    await second.hangUp();
  });

  it("closes the hub's socket when the client hangs up", async () => {
    await post(1);
    const events = await openEvents(`topics=prices/${symbol}`);
    await events.frame(1);
    const before = await sockets("local-0");
    await events.hangUp();
    await until(async () => (await sockets("local-0")) < before, { what: "the hub's socket is closed" });
  });

  it("ends when the hub's socket is closed, so that the client comes back", async () => {
    await post(1);
    const events = await openEvents(`topics=prices/${symbol}`);
    await events.frame(1);
    await evictDurableObject(env.HUB.getByName("local-0"), { webSockets: "close" });
    await events.end();
  });

  it.each([
    ["", 400],
    ["topics=weather", 404],
    [`topics=${Array.from({ length: 11 }, (_, i) => `prices/S${i}`)}`, 400],
  ])("refuses %s with %i", async (query, status) => {
    const { response } = await openEvents(query);
    expect(response.status).toBe(status);
  });
});

describe("Placement", () => {
  it("doubles the hubs of a region when they are full", async () => {
    await env.DB.prepare("INSERT OR REPLACE INTO facts VALUES ('hubs.local', '1')").run();
    forget();
    await openSocket();
    await runInDurableObject(env.HUB.getByName("local-0"), (instance) => {
      Object.assign(instance, { env: { ...env, HUB_MAX_SOCKETS: "1" } });
    });
    const client = await openSocket();
    await client.get({ type: "hello" });
    expect(await sockets("local-1")).toBe(1);
    expect(await env.DB.prepare("SELECT value FROM facts WHERE name = 'hubs.local'").first("value")).toBe("2");
  });
});
