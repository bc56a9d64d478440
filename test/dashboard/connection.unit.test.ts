/* What the header says about the age of everything below it, when the page tries again, and what it follows. */
import { describe, expect, it } from "vitest";
import { acknowledgeDelay, retryDelay } from "../../dashboard/src/live/backoff";
import { connectionOf, FIRST_TRY_MS, type Link } from "../../dashboard/src/live/connection";
import { Interest } from "../../dashboard/src/live/interest";
import { PING, PONG, readMessage } from "../../dashboard/src/live/message";
import { Delays, Rate } from "../../dashboard/src/live/rate";
import * as contract from "../../src/domain/frame";
import { topicsFit } from "../../src/domain/live/topic";

const T0 = 1_000_000;
const link = (some: Partial<Link>): Link => ({
  phase: "open",
  awaiting: 0,
  silent: false,
  network: true,
  currentUntil: T0,
  since: T0 - 60_000,
  retryAt: undefined,
  ...some,
});
const stateOf = (some: Partial<Link>, now = T0 + 10) => connectionOf(link(some), now).state;

describe("the connection", () => {
  it("is live only when the socket is open and every topic is answered", () => {
    expect(stateOf({})).toBe("live");
    expect(stateOf({ awaiting: 1 })).toBe("catching_up");
  });

  it("is stale since the last moment it was complete", () => {
    const lost = link({ phase: "waiting", retryAt: T0 + 900 });
    expect(connectionOf(lost, T0 + 500)).toEqual({ state: "stale", since: T0, retryAt: T0 + 900 });
  });

  it("is not live when nothing is heard, even though the socket is open", () => {
    expect(stateOf({ silent: true })).toBe("stale");
  });

  it("is offline without a network, or when a first try takes too long", () => {
    expect(stateOf({ phase: "waiting", network: false })).toBe("offline");
    const first = { phase: "connecting", currentUntil: undefined, since: T0 } as const;
    expect(stateOf(first, T0 + FIRST_TRY_MS - 1)).toBe("catching_up");
    expect(stateOf(first, T0 + FIRST_TRY_MS)).toBe("offline");
  });
});

describe("waiting", () => {
  it("spreads the first retry over the server's hint and never waits more than 30 s", () => {
    expect([retryDelay(0, 5_000, 0), retryDelay(0, 5_000, 0.999)]).toEqual([0, 4_995]);
    for (let attempt = 1; attempt < 50; attempt++) {
      const [least, most] = [retryDelay(attempt, 500, 0), retryDelay(attempt, 500, 1)];
      expect(least).toBeGreaterThanOrEqual(500);
      expect(most).toBeLessThanOrEqual(30_000);
    }
  });

  it("acknowledges within 5 to 15 s", () => {
    expect([acknowledgeDelay(0), acknowledgeDelay(1)]).toEqual([5_000, 15_000]);
  });
});

describe("messages", () => {
  it("use the contract's exact ping", () => {
    expect([PING, PONG]).toEqual([contract.PING, contract.PONG]);
  });

  it("are dropped when they are not what the protocol says", () => {
    const bad = [
      "",
      "[]",
      "{}",
      '{"type":"snapshot"}',
      '{"type":"price","topic":"prices/A","epoch":"e","seq":"1","at":""}',
    ];
    expect(bad.map(readMessage)).toEqual(bad.map(() => undefined));
  });

  it("tell frames from control messages", () => {
    const frame = { topic: "prices/A", epoch: "e", seq: 1, type: "price", at: "2026-11-21T10:00:00Z", data: {} };
    expect(readMessage(JSON.stringify(frame))?.kind).toBe("frame");
    expect(readMessage('{"type":"hello","stream":"s","retry_ms":5}')?.kind).toBe("control");
  });
});

describe("interest", () => {
  it("never wants more topics than a socket may carry, and prefers what is held", () => {
    const interest = new Interest(3);
    interest.hold(["a", "b"]);
    interest.release(["a", "b"]);
    interest.hold(["c", "d"]);
    expect([...interest.wanted()]).toEqual(["c", "d", "b"]);
    interest.hold(["e", "f"]);
    expect([...interest.wanted()]).toEqual(["c", "d", "e"]);
  });

  it("stays within the bytes that a socket's topics may take", () => {
    const interest = new Interest(contract.MAX_TOPICS, contract.MAX_SUBSCRIPTION_BYTES);
    interest.hold(Array.from({ length: 200 }, (_, i) => `prices/${String(i).padStart(32, "X")}`));
    expect(topicsFit(new Map([...interest.wanted()].map((topic) => [topic, null])))).toBe(true);
    expect(interest.wanted().size).toBeGreaterThan(140);
  });

  it("keeps a topic that two parts of the page hold until both let go", () => {
    const interest = new Interest(1);
    interest.hold(["a"]);
    interest.hold(["a"]);
    interest.release(["a"]);
    interest.hold(["b"]);
    expect([...interest.wanted()]).toEqual(["a"]);
  });
});

describe("rates", () => {
  it("count whole seconds and forget them after a minute", () => {
    const rate = new Rate();
    for (let ms = 0; ms < 10_000; ms += 100) rate.add(2, T0 + ms);
    expect(rate.perSecond(T0 + 10_000)).toBe(20);
    expect(rate.perSecond(T0 + 80_000)).toBe(0);
    expect(rate.history(T0 + 10_000)).toHaveLength(59);
  });

  it("give quantiles of the last delays", () => {
    const delays = new Delays(3);
    expect(delays.quantile(0.5)).toBeUndefined();
    for (const ms of [900, 1, 2, 3]) delays.add(ms);
    expect([delays.quantile(0.5), delays.quantile(0.99)]).toEqual([2, 3]);
  });
});
