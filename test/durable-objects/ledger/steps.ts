/* What may happen to a ledger, in any order. */
import { fc } from "../../property";

export type Step =
  | {
      do: "append";
      count: number;
      kind: "plain" | "id" | "number";
      stream: "AAPL" | "MSFT";
      crashIn: number | undefined;
    }
  | { do: "together"; callers: number; conflict: boolean }
  | { do: "repeat"; back: number }
  | { do: "skip" | "restart" | "evict" | "ring" | "bookmark" | "restore" | "corrupt" | "read" }
  | { do: "advance"; ms: number; crashIn: number | undefined }
  | { do: "deliver"; how: "all" | "reversed" | "some" | "lose" | "double" }
  | { do: "fail"; what: "queue" | "confirmations" | "d1" | "bucket"; on: boolean };

const crashIn = fc.option(fc.nat(30), { nil: undefined, freq: 2 });
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      count: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom("plain" as const, "id" as const, "number" as const),
      stream: fc.constantFrom("AAPL" as const, "MSFT" as const),
      crashIn,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("together" as const),
      callers: fc.integer({ min: 2, max: 5 }),
      conflict: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repeat" as const), back: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "skip" as const,
        "restart" as const,
        "evict" as const,
        "ring" as const,
        "corrupt" as const,
        "read" as const,
        "read" as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("bookmark" as const, "restore" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(500, 2_100, 61_000, 200_000),
      crashIn,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      how: fc.constantFrom("all" as const, "reversed" as const, "some" as const, "lose" as const, "double" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      what: fc.constantFrom("queue" as const, "confirmations" as const, "d1" as const, "bucket" as const),
      on: fc.boolean(),
    }),
  },
);
