import { describe, expect, it } from "vitest";
import { canonicalTopic, ownerOfTopic, topicsFit } from "../../../src/domain/live/topic";

describe("A topic", () => {
  it("has one spelling", () => {
    expect(canonicalTopic("prices/btc/usd")).toBe("prices/BTC/USD");
    expect(canonicalTopic("symbols")).toBe("symbols");
    for (const name of ["", "prices/", "prices/a b", "Symbols", "nodes/1"])
      expect(canonicalTopic(name)).toBeUndefined();
  });

  it("is owned by a feed per symbol or partition, or by itself", () => {
    expect(ownerOfTopic("prices/AAPL", undefined)).toEqual({ class: "PriceFeed", name: "AAPL" });
    expect(ownerOfTopic("prices/AAPL", 4).name).toMatch(/^partition-[0-3]-of-4$/);
    expect(ownerOfTopic("symbols", 4)).toEqual({ class: "Topic", name: "symbols" });
  });

  it("fits with 199 others of usual length, and no more", () => {
    const topics = Array.from({ length: 201 }, (_, i) => `prices/AAPL${i}`);
    expect([topicsFit(topics.slice(1)), topicsFit(topics)]).toEqual([true, false]);
    expect(topicsFit(Array.from({ length: 160 }, (_, i) => `prices/${String(i).padStart(32, "0")}`))).toBe(false);
  });
});
