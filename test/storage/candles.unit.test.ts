/* Candles in D1: what batches that come one after the other leave, each with what it knows. */
import { beforeEach, describe, expect, it } from "vitest";
import { candleOf, type PricePart } from "../../src/domain/prices/candle";
import { mergePriceParts } from "../../src/storage/queries/candles";
import { FakeD1 } from "../durable-objects/ledger/fake-d1";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const GUARD = { sql: "? = 1", values: [1] };

let d1: FakeD1;
beforeEach(() => {
  d1 = new FakeD1();
});

async function merged(...batches: PricePart[][]): Promise<Record<string, unknown> | undefined> {
  for (const parts of batches) await d1.database.batch(mergePriceParts(d1.database, parts, GUARD, NOON));
  return d1.rows<Record<string, unknown>>("SELECT * FROM candles WHERE resolution = 'minute'")[0];
}
const tick = (price: number, seq: number, epoch = "e1") => candleOf("AAPL", price, 1, [NOON, epoch, seq]);

describe("a candle of ticks of one millisecond", () => {
  it("opens with the first of them and closes with the last, in whatever order they come", async () => {
    const whole = { open: 1, close: 3, low: 1, high: 3, count: 3, volume: 3 };
    expect(await merged([tick(1, 1)], [tick(2, 2)], [tick(3, 3)])).toMatchObject(whole);
    d1 = new FakeD1();
    expect(await merged([tick(3, 3)], [tick(1, 1)], [tick(2, 2)])).toMatchObject(whole);
  });

  it("counts a later epoch as later, whatever its numbers", async () => {
    expect(await merged([tick(1, 9)], [tick(2, 1, "e2")])).toMatchObject({ open: 1, close: 2 });
  });
});

describe("a candle", () => {
  it("keeps the figures of its window when a late tick comes", async () => {
    const window: PricePart = { kind: "window", symbol: "AAPL", start: NOON, figures: { transactions: 1 } as never };
    expect(await merged([tick(1, 1), window], [tick(2, 2)])).toMatchObject({ count: 2, window: '{"transactions":1}' });
  });

  it("is gone with what came before its symbol was deleted, and counts what came after", async () => {
    const deleted = { kind: "deleted", symbol: "AAPL", epoch: "e1" } as PricePart;
    d1.rows("INSERT INTO symbols (symbol, epoch, object, registered_at) VALUES ('AAPL', 'e2', 'AAPL', 0)");
    expect(await merged([tick(1, 1), deleted, tick(2, 1, "e2")])).toMatchObject({ count: 1, open: 2 });
    expect(d1.rows("SELECT epoch FROM symbols")).toEqual([{ epoch: "e2" }]);
    expect(await merged([{ ...deleted, epoch: "e2" } as PricePart])).toBeUndefined();
    expect(d1.rows("SELECT epoch FROM symbols")).toEqual([]);
  });
});
