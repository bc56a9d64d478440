import { describe, expect, it } from "vitest";
import { matcherOf } from "../../../src/domain/live/filter";
import { canonicalTopic, ownerOfTopic, topicsFit } from "../../../src/domain/live/topic";

const unfiltered = (topics: string[]) => new Map(topics.map((topic) => [topic, null]));

describe("A topic", () => {
  it("has one spelling", () => {
    expect(canonicalTopic("prices/btc/usd")).toBe("prices/BTC/USD");
    for (const name of ["symbols", "alerts"]) expect(canonicalTopic(name)).toBe(name);
    for (const name of ["", "prices/", "prices/a b", "Symbols", "nodes/1"])
      expect(canonicalTopic(name)).toBeUndefined();
  });

  it("is owned by a feed per symbol or partition, or by itself", () => {
    expect(ownerOfTopic("prices/AAPL", undefined)).toEqual({ class: "PriceFeed", name: "AAPL" });
    expect(ownerOfTopic("prices/AAPL", 4).name).toMatch(/^partition-[0-3]-of-4$/);
    for (const name of ["symbols", "alerts"]) expect(ownerOfTopic(name, 4)).toEqual({ class: "Topic", name });
  });

  it("fits with 199 others of usual length, and no more", () => {
    const topics = Array.from({ length: 201 }, (_, i) => `prices/AAPL${i}`);
    expect([topicsFit(unfiltered(topics.slice(1))), topicsFit(unfiltered(topics))]).toEqual([true, false]);
    const long = Array.from({ length: 160 }, (_, i) => `prices/${String(i).padStart(32, "0")}`);
    expect(topicsFit(unfiltered(long))).toBe(false);
  });

  it("fits with a filter as large as its letters are in UTF-8", () => {
    const wanted = (letter: string, count: number) => {
      const locations = Array.from({ length: count }, (_, i) => letter.repeat(40) + String(i).padStart(2, "0"));
      return new Map([["alerts", matcherOf({ locations })]]);
    };
    expect([topicsFit(wanted("ש", 95)), topicsFit(wanted("ש", 96)), topicsFit(wanted("s", 100))]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
