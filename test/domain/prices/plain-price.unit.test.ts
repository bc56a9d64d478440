/* The short way in accepts nothing that the schema would refuse or change. */
import { expect, it } from "vitest";
import { plainPrice } from "../../../src/domain/prices/plain-price";
import { PriceInput } from "../../../src/domain/prices/price";
import { fc, holds } from "../../property";

const edge = fc.constantFrom(
  0,
  -0,
  -1,
  1e11,
  1e11 - 1,
  8.64e15,
  8.64e15 + 1,
  1.5,
  2 ** 53,
  2 ** 53 - 1,
  "",
  "x".repeat(129),
);
/** Mostly good, so that whole events are; now and then at the edge. */
const mostly = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: edge }, { weight: 1, arbitrary: fc.jsonValue() });
const text = mostly(fc.string({ minLength: 1, maxLength: 64 }));
const nearly = fc.record(
  {
    symbol: mostly(fc.constantFrom("A", "BTC/USD", "a", "A B", "X".repeat(32), "X".repeat(33))),
    price: mostly(fc.double({ noNaN: true, noDefaultInfinity: true })),
    timestamp: mostly(fc.integer({ min: 1e11, max: 2e12 })),
    volume: mostly(fc.double({ min: 0, noNaN: true })),
    id: text,
    source: text,
    source_seq: mostly(fc.maxSafeNat()),
    source_session: text,
  },
  { requiredKeys: ["symbol", "price", "timestamp"] },
);
const withExtra = nearly.map((event) => ({ ...event, extra: 1 }));

it("agrees with the schema wherever it says yes", async () => {
  let yes = 0;
  await holds(
    fc.property(fc.oneof({ weight: 9, arbitrary: nearly }, withExtra, fc.jsonValue()), (value) => {
      const plain = plainPrice(value);
      if (plain === undefined) return;
      yes++;
      expect(PriceInput.parse(value)).toEqual(plain);
    }),
    { numRuns: 5_000 },
  );
  expect(yes).toBeGreaterThan(200);
});

it("says yes to an ordinary price, and leaves a hostile key to the schema", () => {
  const event = { symbol: "AAPL", price: 1, timestamp: 1_763_719_000_000, volume: 0, id: "1", source_seq: 1 };
  expect(plainPrice(event)).toBe(event);
  expect(plainPrice(JSON.parse(JSON.stringify(event).replace("{", '{"__proto__":{},')))).toBe(undefined);
});
