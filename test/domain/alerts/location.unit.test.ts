import { describe, expect, it } from "vitest";
import { Location, locationKey } from "../../../src/domain/alerts/location";
import { placesIn, placesText } from "../../../src/domain/alerts/place-list";
import { fc, holds } from "../../property";

describe("a location", () => {
  it.each([
    ["Haifa", " haifa "],
    ["Tel Aviv", "TEL   AVIV"],
    ["Straße", "STRASSE"],
    ["Café", "Cafe\u0301"],
    ["באר שבע 288", "\u200fבאר שבע 288\u200e"],
    ["①", "1"],
  ])("is the same place as %s and %s", (a, b) => {
    expect(locationKey(a)).toBe(locationKey(b));
  });

  it("is another place where the letters differ", () => {
    expect(locationKey("אשקלון 256")).not.toBe(locationKey("אשקלון 257"));
  });

  it("is shown as it was written, trimmed", () => {
    expect(Location.parse("  Tel Aviv ")).toBe("Tel Aviv");
  });

  it("begins as its beginning does, also where a letter has a form of its own at the end of a word", () => {
    expect(locationKey("ΟΔΟΣΣΕΥΣ").startsWith(locationKey("Οδος"))).toBe(true);
  });

  it("has a key that names an object, whatever its letters stand for", () => {
    const name = "\ufdfa".repeat(128);
    expect([locationKey(name).length > 1_024, Location.safeParse(name).success]).toEqual([true, false]);
  });

  const no = ["", "   ", "\u200f", "a\u0000b", "~canary", "\u200f~canary", "\uff5ecanary", "x".repeat(129)];
  it.each(no)("cannot be %j", (name) => {
    expect(Location.safeParse(name).success).toBe(false);
  });

  it("has a key that is its own key", async () => {
    await holds(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        expect(locationKey(locationKey(name))).toBe(locationKey(name));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a list of places in an address", () => {
  it.each([
    ["Haifa,,Tel Aviv, ", ["Haifa", "Tel Aviv"]],
    ['["Washington, DC"," ","Haifa"]', ["Washington, DC", "Haifa"]],
    ["", []],
    ["[North] Haifa", undefined],
    ["[1]", undefined],
  ])("of %j is %j", (text, places) => {
    expect(placesIn(text)).toEqual(places);
  });

  it("is read as it was written, whatever the names hold", async () => {
    const name = fc.string({ unit: fc.constantFrom(...'ab,[] "\\א') }).filter((text) => text.trim() !== "");
    const property = fc.property(fc.array(name), (names) => {
      expect(placesIn(placesText(names))).toEqual(names);
    });
    await holds(property, { numRuns: 500 });
  });
});
