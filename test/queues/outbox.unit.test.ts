/* What a consumer answers the queue for each message: done, again, or given up, and what the object is told. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Cursor, OutboxMessage } from "../../src/domain/event";
import { consumeEvents } from "../../src/queues/events";
import { FakeD1 } from "../durable-objects/ledger/fake-d1";

const OBJECT = "PriceFeed/AAPL";
const at = (pos: number): Cursor => (pos === 0 ? { epoch: "", pos } : { epoch: "e1", pos });
const message = (from: number, to: number): OutboxMessage => ({
  ...{ v: 1, object: OBJECT, purpose: "candles", events: to - from, parts: [] },
  ...{ from: at(from), to: at(to) },
});

let d1: FakeD1;
/** Runs before the next batch of statements. */
let meanwhile: (() => void) | undefined;
const told: unknown[][] = [];

beforeEach(() => {
  d1 = new FakeD1();
  meanwhile = undefined;
  told.length = 0;
  vi.spyOn(console, "error").mockReturnValue();
});

const cursor = () => d1.rows("SELECT epoch, pos, rolled FROM cursors")[0];

/** What becomes of messages that were handed over so often: `ack`, or after how many seconds again. */
async function consumed(...messages: [body: unknown, attempts?: number][]): Promise<(string | number)[]> {
  const became = messages.map((): string | number => "nothing");
  const real = d1.database;
  const DB = {
    prepare: real.prepare.bind(real),
    batch: (statements: D1PreparedStatement[]) => {
      meanwhile?.();
      meanwhile = undefined;
      return real.batch(statements);
    },
  };
  const confirm = async (...args: unknown[]) => void told.push(args);
  const batch = {
    queue: "tidings-events",
    messages: messages.map(([body, attempts = 1], i) => ({
      ...{ id: `${i}`, body, attempts },
      ack: () => (became[i] = "ack"),
      retry: ({ delaySeconds = 0 } = {}) => (became[i] = delaySeconds),
    })),
  };
  const env = { DB, TIDINGS_RUNTIME: "local", PRICE_FEED: { getByName: () => ({ confirm }) } };
  await consumeEvents(batch as unknown as MessageBatch, env as unknown as Env);
  return became;
}

describe("messages of an object", () => {
  it("have their effect once, in whatever order they come, and the object is told once", async () => {
    expect(await consumed([message(2, 3)], [message(0, 2)], [message(0, 2)])).toEqual(["ack", "ack", "ack"]);
    expect(cursor()).toEqual({ epoch: "e1", pos: 3, rolled: 3 });
    expect(told).toEqual([["candles", at(3), false]]);
    expect(await consumed([message(2, 3)])).toEqual(["ack"]);
    expect(cursor()).toEqual({ epoch: "e1", pos: 3, rolled: 3 });
  });

  it("that are ahead are seen again three times, two seconds apart, then given up: the object is to send again", async () => {
    await consumed([message(0, 1)]);
    told.length = 0;
    for (const attempts of [1, 2, 3]) expect(await consumed([message(2, 3), attempts])).toEqual([2]);
    expect(told).toEqual([]);
    expect(await consumed([message(2, 3), 4])).toEqual(["ack"]);
    expect(told).toEqual([["candles", at(1), true]]);
  });

  it("are seen again when D1 fails, and nobody is told anything", async () => {
    d1.failures = 1;
    expect(await consumed([message(0, 1)], [message(1, 2)])).toEqual([2, 2]);
    meanwhile = () => {
      throw new Error("D1 is away");
    };
    expect(await consumed([message(0, 1)], [message(1, 2)])).toEqual([2, 2]);
    expect(told).toEqual([]);
  });

  it("are seen again when another consumer has moved the cursor meanwhile, and change nothing", async () => {
    await consumed([message(0, 1)]);
    told.length = 0;
    meanwhile = () => d1.rows("UPDATE cursors SET pos = 2");
    expect(await consumed([message(1, 3)])).toEqual([2]);
    expect(cursor()).toEqual({ epoch: "e1", pos: 2, rolled: 1 });
    expect(told).toEqual([]);
  });
});

describe("what is no message", () => {
  it("is parked, and delays nobody", async () => {
    expect(await consumed(["?"], [message(0, 1)], [{ ...message(0, 1), purpose: "poetry" }])).toEqual([
      "ack",
      "ack",
      "ack",
    ]);
    expect(d1.rows("SELECT id, reason FROM dead_letters ORDER BY id")).toEqual([
      { id: "tidings-events/0", reason: "not an outbox message" },
      { id: "tidings-events/2", reason: "unknown purpose" },
    ]);
  });

  it.each([
    ["as many events as it says", [{ count: 1 }], 2, 1],
    ["one where it says nothing that can be", [{ count: -5 }, { count: 0.5 }], 1, 2],
    ["never more than its message has", [{ count: 1_000 }, {}, {}], 0, 3],
  ])("has %s", async (_, parts, rolled, parked) => {
    expect(await consumed([{ ...message(0, 3), parts }])).toEqual(["ack"]);
    expect(d1.rows("SELECT rolled, parked FROM cursors")).toEqual([{ rolled, parked }]);
  });

  it("is seen again when it could not be parked", async () => {
    d1.failures = 1;
    expect(await consumed(["?"])).toEqual([2]);
  });
});
