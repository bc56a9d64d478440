import { describe, expect, it } from "vitest";
import { Allowance } from "../../../src/domain/live/allowance";
import { Arrivals, networkOf } from "../../../src/domain/live/arrivals";

const taken = (allowance: Allowance, times: number, now: number) =>
  Array.from({ length: times }, () => allowance.take(now)).filter(Boolean).length;

describe("An allowance", () => {
  it("gives its size at once and then so much per second, never more than its size", () => {
    const allowance = new Allowance(60, 1);
    expect([taken(allowance, 70, 1_000_000), taken(allowance, 9, 1_005_900), taken(allowance, 99, 9_000_000)]).toEqual([
      60, 5, 60,
    ]);
  });

  it("gives nothing more when the clock goes back", () => {
    const allowance = new Allowance(2, 1);
    expect([taken(allowance, 2, 10_000), taken(allowance, 1, 5_000), taken(allowance, 1, 5_500)]).toEqual([2, 0, 0]);
  });
});

describe("Arrivals", () => {
  it("admits so many of an address per minute, says when the next may come, and counts addresses apart", () => {
    const arrivals = new Arrivals();
    const admit = (address: string, now: number) => arrivals.admit(address, 2, now);
    expect([admit("1.2.3.4", 0), admit("1.2.3.4", 10_000)]).toEqual([{ admitted: true }, { admitted: true }]);
    expect(admit("1.2.3.4", 20_500)).toEqual({ admitted: false, retryAfterSeconds: 40 });
    expect([admit("1.2.3.5", 20_500), admit("1.2.3.4", 60_000)]).toEqual([{ admitted: true }, { admitted: true }]);
  });

  it("remembers a bounded number of addresses and is never stricter for it", () => {
    const arrivals = new Arrivals();
    arrivals.admit("first", 1, 0);
    for (let i = 0; i < 10_000; i++) arrivals.admit(`other ${i}`, 1, 0);
    expect(arrivals.admit("first", 1, 0)).toEqual({ admitted: true });
    expect(arrivals.admit("other 9999", 1, 0)).toMatchObject({ admitted: false });
  });

  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:0DB8:0001:0002::9", "2001:db8:1:2"],
    ["2001:db8::5", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
  ])("takes %s for one of %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
