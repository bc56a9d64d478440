import { describe, expect, it } from "vitest";
import { askedShare, MAX_TRIES, nextHub, regionOf } from "../../../src/domain/live/placement";

describe("Placement", () => {
  it("takes a hub at random", () => {
    expect(nextHub({ hubs: 8, refused: [] }, 256, 0.99)).toEqual({ i: 7, hubs: 8 });
    expect(nextHub({ hubs: 8, refused: [] }, 256, 0)).toEqual({ i: 0, hubs: 8 });
  });

  it("tries another hub after one refusal", () => {
    expect(nextHub({ hubs: 2, refused: [0] }, 256, 0)).toEqual({ i: 1, hubs: 2 });
  });

  it("doubles the hubs after two refusals and takes a new one", () => {
    expect(nextHub({ hubs: 4, refused: [0, 3] }, 256, 0.5)).toEqual({ i: 6, hubs: 8 });
  });

  it("tries one more anywhere, and no more hubs, when the new one refuses as well", () => {
    expect(nextHub({ hubs: 8, refused: [0, 3, 6] }, 256, 0)).toEqual({ i: 1, hubs: 8 });
  });

  it("doubles a lonely hub after its refusal", () => {
    expect(nextHub({ hubs: 1, refused: [0] }, 256, 0)).toEqual({ i: 1, hubs: 2 });
  });

  it("never exceeds the limit and gives up in the end", () => {
    expect(nextHub({ hubs: 3, refused: [0, 1] }, 4, 0.9)).toEqual({ i: 3, hubs: 4 });
    expect(nextHub({ hubs: 2, refused: [0, 1] }, 2, 0)).toBeUndefined();
    expect(nextHub({ hubs: 99, refused: Array.from({ length: MAX_TRIES }, (_, i) => i) }, 256, 0)).toBeUndefined();
  });

  it("names a region by continent, and by nothing where there is no edge", () => {
    expect(regionOf("EU")).toEqual({ name: "eu", hint: "weur" });
    expect(regionOf(undefined)).toEqual({ name: "local", hint: undefined });
    expect(regionOf("AN").name).toBe("local");
  });
});

describe("The share of sockets that are asked to acknowledge", () => {
  it("is everybody while the region has at most 10,000, however many hubs it once needed", () => {
    expect([askedShare(4_096, 1), askedShare(39, 256), askedShare(1, 256)]).toEqual([1, 1, 1]);
  });

  it("falls as the region fills", () => {
    expect(askedShare(4_096, 4)).toBeCloseTo(0.61, 2);
    expect(askedShare(4_096, 256)).toBeCloseTo(0.0095, 4);
  });
});
