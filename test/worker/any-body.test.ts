/* Whatever is thrown at the door: an answer, never a 500. */
import { describe, expect, it } from "vitest";
import { fc, holds } from "../property";
import { alice, get, post, problem } from "./people";

const PRICES = "/api/v1/prices";

/** Values that look nearly like a price. */
const nearly = fc.record(
  {
    symbol: fc.oneof(fc.constantFrom("AAPL", "", "a b", "BTC/USD", "__proto__"), fc.jsonValue()),
    price: fc.oneof(fc.double(), fc.constantFrom("1", "1e5", "-0", "NaN", 1e308), fc.jsonValue()),
    timestamp: fc.oneof(
      fc.integer(),
      fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
      fc.constantFrom(Date.now(), 8.64e15, 1e300, "2026-02-30T00:00:00Z", "0000-01-01T00:00:00+23:59"),
      fc.jsonValue(),
    ),
    volume: fc.oneof(fc.double(), fc.jsonValue()),
    id: fc.oneof(fc.string(), fc.jsonValue()),
    source: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
    source_seq: fc.oneof(fc.maxSafeInteger(), fc.jsonValue()),
    source_session: fc.oneof(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

const bodies = fc.oneof(
  fc.json(),
  fc.uint8Array({ maxLength: 200 }),
  fc.string(),
  fc.array(fc.oneof(nearly, fc.jsonValue()), { maxLength: 5 }).map((events) => JSON.stringify(events)),
  nearly.map((event) => JSON.stringify(event)),
);

async function answersWell(response: Response): Promise<void> {
  if (response.ok) return void (await response.arrayBuffer());
  const { status } = await problem(response);
  expect([400, 404, 413, 415, 422]).toContain(status);
}

describe("any body", () => {
  it("posted as prices is taken or refused, never a failure of ours", async () => {
    await holds(
      fc.asyncProperty(bodies, fc.boolean(), async (body, zipped) => {
        const headers: Record<string, string> = zipped ? { "content-encoding": "gzip" } : {};
        await answersWell(await post(alice, PRICES, body, headers));
      }),
      { numRuns: 300 },
    );
  });

  it("posted as a key is taken or refused", async () => {
    const any = fc.oneof(
      fc.json(),
      fc.record({ role: fc.jsonValue(), name: fc.jsonValue(), scope: fc.jsonValue() }).map((o) => JSON.stringify(o)),
    );
    await holds(
      fc.asyncProperty(any, async (body) => answersWell(await post(alice, "/api/v1/keys", body))),
      { numRuns: 100 },
    );
  });
});

describe("any address", () => {
  it("is answered or refused", async () => {
    const symbols = fc.oneof(fc.string(), fc.constantFrom("..", ".", "%", "%2F", "A/B")).map(encodeURIComponent);
    const tails = fc.constantFrom("", "/events", "/candles", "/window");
    const names = fc.constantFrom(
      "limit",
      "cursor",
      "after",
      "from",
      "to",
      "at",
      "window_ms",
      "symbols",
      "min",
      "resolution",
    );
    const values = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.constantFrom("-1", "1e999", "NaN", "8640000000000001"),
    );
    const queries = fc.dictionary(names, values, { maxKeys: 4 }).map((query) => new URLSearchParams(query).toString());
    await holds(
      fc.asyncProperty(symbols, tails, queries, async (symbol, tail, query) => {
        await answersWell(await get(alice, `${PRICES}/${symbol}${tail}?${query}`));
      }),
      { numRuns: 300 },
    );
  });
});
