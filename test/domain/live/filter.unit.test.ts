import { describe, expect, it, vi } from "vitest";
import { Filter } from "../../../src/domain/frame";
import { matcherOf, subjectOf } from "../../../src/domain/live/filter";
import { Sieve } from "../../../src/domain/live/sieve";

const alert = (location: string, severity = "severe", worst = severity) => ({
  location,
  severity,
  aggregate: { severity: worst },
});
const passes = (filter: Filter, type: string, data: unknown) => matcherOf(filter)?.passes(subjectOf(type, data));

describe("A filter", () => {
  it.each([
    ["tel aviv", "Tel Aviv", true],
    ["Tel Aviv", "tel  aviv ", true],
    ["Tel*", "TEL AVIV", true],
    ["Tel*", "Hotel", false],
    ["Tel", "Tel Aviv", false],
    ["*", "anywhere", undefined],
    ["תל אביב*", "\u200fתל אביב - יפו", true],
    ["תל אביב*", "חיפה", false],
    ["Ｈａｉｆａ", "haifa", true],
  ])("of %s and an alert in %s: %s", (wanted, location, result) => {
    expect(passes({ locations: [wanted] }, "open", alert(location))).toBe(result);
  });

  it("takes any of its places, and every severity that nobody gave", () => {
    const filter: Filter = { locations: ["Haifa", "Tel*"], severities: ["extreme", "severe"] };
    const results = ["extreme", "severe", "moderate", "unknown", "of a later version"].map((severity) =>
      passes(filter, "open", alert("Haifa", severity)),
    );
    expect(results).toEqual([true, true, false, true, true]);
    expect(passes(filter, "open", alert("Jaffa", "unknown"))).toBe(false);
  });

  it("takes an event of an alert that was graver before, and whatever closes", () => {
    const filter: Filter = { severities: ["extreme"] };
    expect(passes(filter, "open", alert("Haifa", "minor", "extreme"))).toBe(true);
    expect(passes(filter, "open", alert("Haifa", "minor", "minor"))).toBe(false);
    expect(passes(filter, "close", alert("Haifa", "minor", "minor"))).toBe(true);
    expect(passes({ locations: ["Jaffa"] }, "close", alert("Haifa"))).toBe(false);
  });

  it("holds back no canary, no type that nobody knows, nothing that says too little", () => {
    const filter: Filter = { locations: ["Haifa"], severities: ["extreme"] };
    expect(passes(filter, "canary", { location: "~canary" })).toBe(true);
    expect(passes(filter, "of a later version", alert("Jaffa", "minor"))).toBe(true);
    expect(passes(filter, "open", null)).toBe(true);
  });

  it("that restricts nothing is none", () => {
    for (const filter of [undefined, {}, { locations: [], severities: [] }, { locations: ["Haifa", "*"] }]) {
      expect(matcherOf(filter)).toBeNull();
    }
  });

  it("is measured in UTF-8 as it is matched", () => {
    const asMatched = '{"locations":["","ab"]}'.length + 4 * 2;
    expect(matcherOf({ locations: ["חיפה", "  חיפה ", "AB"] })?.bytes).toBe(asMatched);
  });

  it.each([
    { locations: [""] },
    { locations: [" *"] },
    { locations: ["x".repeat(129)] },
    { locations: Array(101).fill("x") },
    { severities: ["terrible"] },
    { location: ["Haifa"] },
  ])("is refused when it can only be a mistake: %j", (filter) => {
    expect(Filter.safeParse(filter).success).toBe(false);
  });
});

describe("A sieve", () => {
  const text = (...places: string[]) =>
    JSON.stringify({
      type: "snapshot",
      data: { alerts: places.map((place) => ({ event_type: "open", ...alert(place) })), canary_at: "then" },
    });

  it("leaves of a snapshot what passes, and all the rest of it", () => {
    const matcher = matcherOf({ locations: ["Haifa"] });
    expect(matcher && JSON.parse(new Sieve().reduce(matcher, text("Jaffa", "Haifa")))).toMatchObject({
      type: "snapshot",
      data: { alerts: [{ location: "Haifa" }], canary_at: "then" },
    });
  });

  it("parses a snapshot once for all filters", () => {
    const sieve = new Sieve();
    const snapshot = text("Jaffa", "Haifa");
    const parse = vi.spyOn(JSON, "parse");
    for (const place of ["Haifa", "HAIFA ", "Jaffa", "Haifa"]) {
      const matcher = matcherOf({ locations: [place] });
      expect(matcher && sieve.reduce(matcher, snapshot)).toContain(place.startsWith("J") ? "Jaffa" : "Haifa");
    }
    expect(parse).toHaveBeenCalledTimes(1);
    const matcher = matcherOf({ locations: ["Haifa"] });
    expect(matcher && sieve.reduce(matcher, text("Jaffa"))).not.toContain("Haifa");
  });

  it("leaves a snapshot alone that shows no alerts, and brings the members of others as they are", () => {
    const matcher = matcherOf({ locations: ["Haifa"] });
    const reduced = (data: unknown) =>
      matcher && new Sieve().reduce(matcher, JSON.stringify({ type: "snapshot", data }));
    expect(reduced({ symbols: ["A"] })).toBe('{"type":"snapshot","data":{"symbols":["A"]}}');
    expect(reduced({ alerts: [] })).toBe('{"type":"snapshot","data":{"alerts":[]}}');
  });

  it("lets a text through that it cannot read", () => {
    const matcher = matcherOf({ locations: ["Haifa"] });
    expect(matcher && new Sieve().passes(matcher, "{")).toBe(true);
  });
});
