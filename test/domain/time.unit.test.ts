import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isoOf, Timestamp } from "../../src/domain/time";
import { holds } from "../property";

const LAST_MS = 8_640_000_000_000_000;

describe("a time as it comes", () => {
  const LAST = "9999-12-31T23:59:59.999Z";

  it("is one that can be written back", () => {
    for (const at of ["0000-01-01T00:00:00Z", LAST, Date.parse(LAST), 0])
      expect(Timestamp.safeParse(at).success).toBe(true);
    for (const at of ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", Date.parse(LAST) + 1, LAST_MS]) {
      expect(Timestamp.safeParse(at).success).toBe(false);
    }
  });
});

describe("a time as text", () => {
  it("is what the platform writes", () =>
    holds(fc.property(fc.integer({ min: -LAST_MS, max: LAST_MS }), (at) => isoOf(at) === new Date(at).toISOString())));

  it("leaves out what is less than a millisecond", () =>
    holds(
      fc.property(
        fc.double({ min: -LAST_MS, max: LAST_MS, noNaN: true }),
        (at) => isoOf(at) === new Date(at).toISOString(),
      ),
    ));

  it("refuses a minute that no Date can hold", () => {
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, LAST_MS + 60_000])
      expect(() => isoOf(at)).toThrow(RangeError);
  });

  it("is what the platform writes, one moment after another", () => {
    for (let at = Date.UTC(2026, 11, 31, 23, 58); at < Date.UTC(2027, 0, 1, 0, 2); at += 997) {
      expect(isoOf(at)).toBe(new Date(at).toISOString());
    }
  });
});
