/* Whatever is asked, nothing grows beyond what the platform or the memory takes, and nothing is dropped silently for it. */
import { describe, expect, it } from "vitest";
import { aggregateOf, openData } from "../../../src/domain/alerts/aggregate";
import type { AlertEvent } from "../../../src/domain/alerts/alert";
import type { AlertPart } from "../../../src/domain/alerts/part";
import { noIdentities, rememberIdentity, toRuns } from "../../../src/domain/ledger/identity";
import { candleOf } from "../../../src/domain/prices/candle";
import { candles } from "../../../src/domain/prices/feed";
import { consumeEvents } from "../../../src/queues/events";
import { FakeD1 } from "./fake-d1";
import { requestOf, START_MS, tickOf, World } from "./world";

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** The longest text, in bytes, that is bound while these messages of one object arrive in one batch. */
async function longestBound(object: string, purpose: string, messages: unknown[][]): Promise<number> {
  let longest = 0;
  const db = new FakeD1().database;
  const DB = {
    batch: db.batch.bind(db),
    prepare(sql: string) {
      const statement = db.prepare(sql);
      const bind = (...values: unknown[]) => {
        for (const value of values) if (typeof value === "string") longest = Math.max(longest, bytesOf(value));
        return statement.bind(...values);
      };
      return { ...statement, bind };
    },
  };
  const cursor = (n: number) => (n === 0 ? { epoch: "", pos: 0 } : { epoch: "0mwq8lds0dbipx4", pos: n });
  const confirmed: number[] = [];
  const batch = messages.map((parts, m) => {
    const body = { v: 1, object, purpose, from: cursor(m), to: cursor(m + 1), events: parts.length, parts };
    expect(bytesOf(JSON.stringify(body))).toBeLessThan(128_000);
    return { id: `${m}`, attempts: 1, ack: () => confirmed.push(m), retry() {}, body };
  });
  const owner = { getByName: () => ({ confirm: async () => {} }) };
  const ANALYTICS = { writeDataPoint() {} };
  const env = { DB, TIDINGS_RUNTIME: "production", ANALYTICS, PRICE_FEED: owner, ALERT_AREA: owner };
  await consumeEvents({ queue: "tidings-events", messages: batch } as unknown as MessageBatch, env as unknown as Env);
  expect(confirmed).toHaveLength(messages.length);
  return longest;
}

/** An alert with all that it may say, in a script that takes three bytes a letter. */
function longAlert(i: number): AlertPart {
  const event: AlertEvent = {
    type: "alert",
    event_id: `${i}`,
    candidate: `alert-${i}`,
    location: `${i}${"東".repeat(120)}`,
    kind: "津".repeat(100),
    severity: "extreme",
    text: "波".repeat(2_000),
    start: START_MS,
    end: START_MS + 60_000,
    drill: false,
  };
  const data = openData(event, aggregateOf(event), START_MS);
  return { kind: "alert", key: event.location, epoch: "0mwq8lds0dbipx4", seq: i + 1, at: START_MS, data };
}

describe("bounds", () => {
  it("binds no text beyond D1's 2 MB when a backlog of one object arrives at once", async () => {
    // An hour of 400 symbols in one partition: 100 messages of 240 parts (64 KB) each.
    let tick = 0;
    const messages = Array.from({ length: 100 }, () =>
      Array.from({ length: 240 }, () => {
        const i = tick++;
        const at = START_MS + Math.floor(i / 400) * 60_000;
        return candleOf(`SYMBOL-${i % 400}`, 123.456, 7.5, [at, "0mwq8lds0dbipx4", i + 1]);
      }),
    );
    expect(await longestBound("PriceFeed/partition-0-of-1", "candles", messages)).toBeLessThanOrEqual(2_000_000);
  });

  it("binds none of long alerts either", async () => {
    const messages = Array.from({ length: 60 }, (_, m) => Array.from({ length: 7 }, (_, i) => longAlert(7 * m + i)));
    expect(await longestBound("AlertArea/partition-0-of-1", "alerts", messages)).toBeLessThanOrEqual(2_000_000);
  });

  it.each(["n", "נ", "波"])("sends no message beyond 128 KB whatever an output says, in %s", async (letter) => {
    const world = new World({
      outputs: [
        {
          ...candles,
          parts: (e) => candles.parts(e).map((p) => ({ ...(p as object), note: letter.repeat(2_000) })),
          join: (parts) => parts,
        },
      ],
    });
    await world.feed.append(
      requestOf(
        "a",
        Array.from({ length: 250 }, (_, i) => tickOf(i)),
      ),
    );
    await world.advance(60_001);
    const bytes = world.queue.map((m) => bytesOf(JSON.stringify(m.body)));
    expect(Math.max(...bytes)).toBeLessThan(128_000);
  });

  it("says `truncated` where quotes are gone", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    world.now += 90 * 60_000;
    await world.feed.append(requestOf("b", [tickOf(90)]));
    const { windowFigures } = await import("../../../src/domain/prices/feed");
    const state = (await world.feed.stream("AAPL"))?.state;
    const figures = windowFigures(state as never, 3_600_000, START_MS + 60_000);
    expect(figures.transactions === 1 || figures.truncated === true).toBe(true);
  });

  it("leaves a symbol deleted when an event was held for it", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0, "AAPL", { seq: 1 })]));
    await world.feed.append(requestOf("b", [tickOf(1, "AAPL", { seq: 3 })]));
    await world.feed.append(requestOf("d", [{ stream: "AAPL", source: "admin", body: { type: "delete" } }]));
    expect(await world.feed.stream("AAPL")).toBeUndefined();
    await world.advance(5_000);
    expect(await world.feed.stream("AAPL")).toBeUndefined();
  });

  it("forgets requests by what they weigh", () => {
    const memory = noIdentities();
    for (let r = 0; r < 20_000; r++) {
      const seqs = Array.from(
        { length: 50 },
        (_, s) => [`SYM${s}`, "0mwq8lds0dbipx4", toRuns([r * 2 + 1, r * 2 + 2])] as [string, string, number[]],
      );
      rememberIdentity(memory, ["req", `principal/${crypto.randomUUID()}`, "", seqs], r);
    }
    const weight = [...memory.made.values()].reduce((sum, { seqs }) => sum + 1 + 2 * seqs.length, 0);
    expect(weight).toBeLessThanOrEqual(200_000);
    expect(memory.made.size).toBeGreaterThan(1_000);
  });

  it("asks D1 again instead of sending for ever what D1 is not ready for ", async () => {
    const world = new World({ delayMs: 1_000 });
    for (let i = 0; i < 3; i++) {
      await world.feed.append(requestOf(`a${i}`, [tickOf(i)]));
      await world.advance(1_500);
      await world.drain();
    }
    // Time Travel of D1 to its beginning.
    for (const t of ["cursors", "candles"]) world.d1.db.exec(`DELETE FROM ${t}`);
    for (let s = 0; s < 300; s++) {
      // 10 minutes, a tick each 2 s, the consumer runs every 2 s
      await world.feed.append(requestOf(`b${s}`, [tickOf(3)]));
      await world.advance(2_000);
      await world.consume(world.queue.splice(0));
    }
    expect(world.candleCounts().get(0)).toBe(1);
  });

  it("tells a candle reader whose rows were recycled to read D1 again", async () => {
    const world = new World();
    for (let i = 0; i < 4_200; i++) await world.feed.append(requestOf(`a${i}`, [tickOf(0)]));
    world.now += 20 * 60_000; // the queue was dead
    await world.feed.runDueDuties();
    // The Worker reads D1: nothing there yet.
    const d1 = { cursor: { epoch: "", pos: 0 } };
    // The consumer merges and confirms, and one more price is appended.
    await world.drain();
    await world.feed.append(requestOf("b", [tickOf(0)]));
    // The Worker asks the object for what follows on D1's cursor as it read it: it is told to read again.
    expect(await world.feed.partsAfter("candles", d1.cursor)).toBeUndefined();
  });

  it("writes one request of 1,000 ticks over 50 symbols as one row", async () => {
    const world = new World();
    await world.feed.append(
      requestOf(
        "a",
        Array.from({ length: 1000 }, (_, i) => tickOf(0, `S${i % 50}`)),
      ),
    );
    const rows = (await world.feed.audit([])).log.rows;
    expect(rows).toBe(1);
  });
});
