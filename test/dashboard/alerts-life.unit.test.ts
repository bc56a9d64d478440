/* Whether alerts can reach the page at all, by a clock that the test holds. */
import { describe, expect, it } from "vitest";
import {
  hasSlept,
  isAskDue,
  isSilent,
  lastSign,
  needsSecondPath,
  SILENCE_MS,
  type Signs,
} from "../../dashboard/src/alerts/life";
import * as contract from "../../src/domain/alerts/alert";

const T0 = 1_000_000;
const SECOND = 1_000;
const signs = (some: Partial<Signs> = {}): Signs => ({
  since: T0,
  live: undefined,
  second: undefined,
  wokeAt: undefined,
  ...some,
});

describe("the silence", () => {
  it("is as long as the contract says", () => {
    expect(SILENCE_MS).toBe(contract.SILENCE_MS);
  });

  it("is warned of 90 s after the last frame or canary, not before", () => {
    const heard = signs({ live: T0 + 30 * SECOND });
    expect([isSilent(heard, T0 + 119_999), isSilent(heard, T0 + 120 * SECOND)]).toEqual([false, true]);
  });

  it("is warned of when nothing at all came since the page was opened", () => {
    expect([isSilent(signs(), T0 + 89_999), isSilent(signs(), T0 + 90 * SECOND)]).toEqual([false, true]);
  });

  it("is broken by a canary that comes the second way", () => {
    const second = signs({ live: T0, second: T0 + 80 * SECOND });
    expect([lastSign(second), isSilent(second, T0 + 100 * SECOND)]).toEqual([T0 + 80 * SECOND, false]);
  });

  it("leaves a device that has just woken a moment to come back, and no more", () => {
    const woken = signs({ live: T0, wokeAt: T0 + 3_600 * SECOND });
    expect(isSilent(woken, T0 + 3_601 * SECOND)).toBe(false);
    expect(isSilent(woken, T0 + 3_608 * SECOND)).toBe(true);
    expect([hasSlept(T0, T0 + 61 * SECOND), hasSlept(T0, T0 + 3_600 * SECOND)]).toEqual([false, true]);
  });
});

describe("the second path", () => {
  const facts = (some: Partial<Parameters<typeof isAskDue>[0]> = {}) => ({
    notLiveSince: undefined,
    signs: signs({ live: T0 }),
    lastAskedAt: undefined,
    ...some,
  });

  it("is used once the socket has been cut for 10 s", () => {
    const cut = facts({ notLiveSince: T0 });
    expect([needsSecondPath(cut, T0 + 9_999), needsSecondPath(cut, T0 + 10 * SECOND)]).toEqual([false, true]);
  });

  it("is not used while the socket lives, and is when it is open and says nothing", () => {
    expect(needsSecondPath(facts(), T0 + 80 * SECOND)).toBe(false);
    expect(needsSecondPath(facts(), T0 + 90 * SECOND)).toBe(true);
  });

  it("stays in use while its own canaries are all there is", () => {
    const second = facts({ signs: signs({ live: T0, second: T0 + 100 * SECOND }) });
    expect(needsSecondPath(second, T0 + 101 * SECOND)).toBe(true);
  });

  it("is asked every 5 s", () => {
    const asked = (at: number) => isAskDue(facts({ notLiveSince: T0, lastAskedAt: T0 + 20 * SECOND }), at);
    expect([asked(T0 + 24_999), asked(T0 + 25 * SECOND)]).toEqual([false, true]);
  });
});
