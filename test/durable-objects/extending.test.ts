/* A new object is a reducer, a list of outputs and a screenful of class (docs/extending.md): everything else it has already. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

const add = (key: string, ...amounts: number[]) => ({
  key,
  hash: "",
  events: amounts.map((body) => ({ stream: "visits", source: "door", body })),
});

describe("a new object", () => {
  it("counts, remembers over an eviction, and counts a repeated request once", async () => {
    const counter = env.COUNTER.getByName("visits");
    await counter.append(add("a", 1, 2));
    await evictDurableObject(counter);
    const again = await counter.append(add("a", 1, 2));
    expect(again.receipts.map((r) => [r.seq, r.duplicate])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(await counter.total("visits")).toBe(3);
  });
});
