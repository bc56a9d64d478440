/* The real server is killed with SIGKILL, again and again, while sources post and a subscriber listens.
 * Nothing acknowledged is lost, nothing is there twice, nothing is out of order: in the objects, in D1, on the socket. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fc, holds } from "../property.ts";
import { until } from "../until.ts";
import { Listener } from "./listener.ts";
import { untilAudited } from "./pages.ts";
import { type Server, startServer, type Victim } from "./server.ts";

const SYMBOLS = ["AAPL", "MSFT", "BTC/USD", "EUR-USD"];
const SOURCES = 4;
const TICKS = 20_000;
const BATCH = 50;
const KILLS = 6;
const FIRST_MINUTE = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60_000;

interface Tick {
  symbol: string;
  price: number;
  timestamp: number;
  source: string;
  id?: string;
  source_seq?: number;
}

interface Place {
  symbol: string;
  epoch: string | null;
  seq: number | null;
}

/** Each tick has a minute of its own in its symbol, so that D1 shows it as a candle: count 1 is exactly once. */
function ticksOf(source: number): Tick[] {
  const perSource = TICKS / SOURCES;
  return Array.from({ length: perSource }, (_, i) => {
    const symbol = SYMBOLS[i % SYMBOLS.length] as string;
    const number = Math.floor(i / SYMBOLS.length);
    const minute = number * SOURCES + source;
    const tick: Tick = {
      symbol,
      price: minute + 1,
      timestamp: FIRST_MINUTE + minute * MINUTE,
      source: `source-${source}`,
    };
    if (source % 3 === 1) tick.id = `tick-${i}`;
    if (source % 3 === 2) tick.source_seq = number + 1;
    return tick;
  });
}

/** A source as it should be: it repeats the same batch until it is acknowledged. */
async function post(server: Server, source: number, acknowledged: Map<Tick, Place>): Promise<void> {
  const ticks = ticksOf(source);
  for (let from = 0; from < ticks.length; from += BATCH) {
    const batch = ticks.slice(from, from + BATCH);
    const headers = { "Content-Type": "application/json", "Idempotency-Key": `batch-${source}-${from}` };
    const results = await until(
      async () => {
        const answer = await server.fetch("/api/v1/prices", { method: "POST", headers, body: JSON.stringify(batch) });
        if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
        return ((await answer.json()) as { results: Place[] }).results;
      },
      { deadlineMs: 60_000, everyMs: 100, what: `batch ${from} of source ${source} is acknowledged` },
    );
    for (const [i, tick] of batch.entries()) acknowledged.set(tick, results[i] as Place);
  }
}

interface PriceMessage {
  type: string;
  topic: string;
  epoch: string;
  seq: number;
  data: { price: number };
}

/** Follows the topics over every kill, resuming from what it has. */
class Subscriber {
  readonly seen = new Map<string, { epoch: string; seq: number; prices: number[] }>();
  readonly faults: string[] = [];
  readonly #listener: Listener;

  constructor(server: Server) {
    for (const symbol of SYMBOLS) this.seen.set(`prices/${symbol}`, { epoch: "", seq: 0, prices: [] });
    this.#listener = new Listener({
      server,
      key: server.key,
      topics: () => [...this.seen].map(([topic, { epoch, seq }]) => ({ topic, after: { epoch, seq } })),
      take: (message) => this.#take(message as PriceMessage),
    });
  }

  get connections(): number {
    return this.#listener.connections;
  }

  #take(message: PriceMessage): void {
    const topic = this.seen.get(message.topic);
    if (topic === undefined || message.type === "unknown") return;
    const { epoch, seq } = message;
    if (message.type === "snapshot")
      this.faults.push(`snapshot instead of the range after ${topic.seq} of ${message.topic}`);
    // Readers discard an earlier epoch, and a lower or equal seq of the same epoch.
    if (epoch < topic.epoch || (epoch === topic.epoch && seq <= topic.seq)) return;
    if (epoch === topic.epoch ? seq !== topic.seq + 1 : seq !== 1)
      this.faults.push(`${message.topic}: ${topic.seq} → ${seq}`);
    if (topic.epoch !== "" && epoch !== topic.epoch) this.faults.push(`${message.topic}: a new epoch`);
    Object.assign(topic, { epoch, seq });
    if (message.type === "price") topic.prices.push(message.data.price);
  }

  stop(): void {
    this.#listener.stop();
  }
}

async function eventsOf(
  server: Server,
  symbol: string,
): Promise<{ type: string; seq: number; epoch: string; data: { price: number } }[]> {
  const all = [];
  for (let after = ":0"; ; ) {
    const answer = await server.fetch(`/api/v1/prices/${encodeURIComponent(symbol)}/events?limit=1000&after=${after}`);
    const page = (await answer.json()) as {
      events: { type: string; seq: number; epoch: string; data: { price: number } }[];
      more: boolean;
    };
    all.push(...page.events);
    const last = page.events.at(-1);
    if (!page.more || last === undefined) return all;
    after = `${last.epoch}:${last.seq}`;
  }
}

async function candleCounts(server: Server, symbol: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  const minutes = TICKS / SYMBOLS.length;
  for (let from = 0; from < minutes; from += 1_000) {
    const [start, end] = [FIRST_MINUTE + from * MINUTE, FIRST_MINUTE + Math.min(from + 1_000, minutes) * MINUTE];
    const answer = await server.fetch(
      `/api/v1/prices/${encodeURIComponent(symbol)}/candles?resolution=minute&from=${start}&to=${end}`,
    );
    const { candles } = (await answer.json()) as { candles: { start: string; count: number }[] };
    for (const { start: at, count } of candles) counts.set((Date.parse(at) - FIRST_MINUTE) / MINUTE, count);
  }
  return counts;
}

describe("a server that is killed while it works", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ env: { OUTBOX_DELAY_MS: "500" } });
    await server.ready();
  });
  afterAll(() => server.stop());

  it("loses nothing, doubles nothing, and keeps the order", async () => {
    const acknowledged = new Map<Tick, Place>();
    const subscriber = new Subscriber(server);
    const sources = Array.from({ length: SOURCES }, (_, source) => post(server, source, acknowledged));
    let killed = 0;
    const murder = async (victims: Victim[]) => {
      for (const [i, victim] of victims.entries()) {
        const threshold = ((i + 1) * TICKS) / (victims.length + 2);
        await until(() => acknowledged.size >= threshold, {
          deadlineMs: 120_000,
          what: `${threshold} ticks are acknowledged`,
        });
        await server.kill(victim);
        killed++;
        await server.restart();
      }
    };
    const order = fc.shuffledSubarray<Victim>(["node", "workerd", "both", "node", "workerd", "both"], {
      minLength: KILLS,
    });
    await holds(fc.asyncProperty(order, murder), { numRuns: 1, endOnFailure: true });
    await Promise.all(sources);
    expect(killed).toBe(KILLS);
    expect(acknowledged.size).toBe(TICKS);

    await untilAudited(server);
    for (const symbol of SYMBOLS) await checkSymbol(server, symbol, acknowledged, subscriber);
    expect(subscriber.faults).toEqual([]);
    expect(subscriber.connections).toBeGreaterThan(KILLS);
    subscriber.stop();
  }, 300_000);
});

async function checkSymbol(
  server: Server,
  symbol: string,
  acknowledged: Map<Tick, Place>,
  subscriber: Subscriber,
): Promise<void> {
  const mine = [...acknowledged].filter(([tick]) => tick.symbol === symbol);
  const events = await eventsOf(server, symbol);
  expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1));
  const prices = events.filter((e) => e.type === "price").map((e) => e.data.price);
  expect([...prices].sort((a, b) => a - b)).toEqual(mine.map(([tick]) => tick.price).sort((a, b) => a - b));
  for (const [tick, { seq }] of mine) if (seq !== null) expect(events[seq - 1]?.data.price).toBe(tick.price);
  for (let source = 0; source < SOURCES; source++) {
    const ofSource = prices.filter((price) => (price - 1) % SOURCES === source);
    expect(ofSource).toEqual([...ofSource].sort((a, b) => a - b));
  }
  const counts = await candleCounts(server, symbol);
  expect(counts.size).toBe(mine.length);
  expect([...counts.values()].every((count) => count === 1)).toBe(true);
  await until(() => subscriber.seen.get(`prices/${symbol}`)?.prices.length === prices.length, {
    what: `the subscriber saw all of ${symbol}`,
  });
  expect(subscriber.seen.get(`prices/${symbol}`)?.prices).toEqual(prices);
}
