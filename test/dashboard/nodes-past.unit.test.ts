/* What the page makes of a node's history: pages put together, coloured spans, downtimes. */
import { describe, expect, it } from "vitest";
import { duration } from "../../dashboard/src/nodes/durations";
import { lacks, NO_LOG, withNewest, withOlder } from "../../dashboard/src/nodes/log";
import { downtimesOf, hoursOf, spansOf, totalsOf } from "../../dashboard/src/nodes/spans";
import { STATUSES } from "../../src/domain/nodes/node";
import { NODE_EVENTS } from "../../src/domain/nodes/node-event";
import type { NodeEventItem } from "../../src/domain/nodes/posting";
import { fc, holds } from "../property";

const T0 = Date.parse("2026-11-21T10:00:00Z");
const SECOND = 1_000;

let seq = 0;
function event(
  name: NodeEventItem["event"],
  atS: number,
  status: NodeEventItem["status"],
  downtimeS: number | null = null,
): NodeEventItem {
  const at = new Date(T0 + atS * SECOND).toISOString();
  return {
    event: name,
    status,
    at,
    downtime_s: downtimeS,
    severity: "info",
    message: null,
    boot_id: null,
    epoch: "e1",
    seq: ++seq,
  };
}

const outlined = (spans: ReturnType<typeof spansOf>) =>
  spans.map(({ from, to, look }) => [(from - T0) / SECOND, (to - T0) / SECOND, look]);
const spans = (events: NodeEventItem[], isWhole = true, [from, to] = [0, 100]) =>
  outlined(spansOf(events, T0 + from * SECOND, T0 + to * SECOND, isWhole));

describe("spans", () => {
  it("begin with what is known of the time before, and change with each flip", () => {
    const events = [
      event("started", -50, "up"),
      event("suspect", 30, "suspect"),
      event("down", 60, "down"),
      event("recovered", 80, "up", 60),
    ];
    expect(spans(events)).toEqual([
      [0, 30, "up"],
      [30, 60, "suspect"],
      [60, 80, "down"],
      [80, 100, "up"],
    ]);
  });

  it("say whether there was no node yet or nothing is known", () => {
    const events = [event("registered", 20, "new"), event("started", 20, "up")];
    expect(spans(events, true)[0]).toEqual([0, 20, "gone"]);
    expect(spans(events, false)[0]).toEqual([0, 20, "unknown"]);
    expect(spans([], true)).toEqual([[0, 100, "gone"]]);
  });

  it("leave a hole where a node was deleted", () => {
    const events = [event("started", -5, "up"), event("deleted", 10, "up"), event("registered", 40, "new")];
    expect(spans(events)).toEqual([
      [0, 10, "up"],
      [10, 40, "gone"],
      [40, 100, "new"],
    ]);
  });

  it("tell up and in trouble from up, and take events of no consequence as none", () => {
    const events = [
      event("started", -5, "up"),
      event("degraded", 20, "up"),
      event("logged", 30, "up"),
      event("healthy", 50, "up"),
      event("restarted", 60, "up"),
    ];
    expect(spans(events)).toEqual([
      [0, 20, "up"],
      [20, 50, "degraded"],
      [50, 100, "up"],
    ]);
  });

  it("do not know what comes after their end", () => {
    expect(spans([event("started", -5, "up"), event("down", 120, "down")])).toEqual([[0, 100, "up"]]);
  });

  it("cover the whole stretch without holes, whatever the events are", async () => {
    const any = fc.array(
      fc.tuple(fc.constantFrom(...NODE_EVENTS), fc.integer({ min: -50, max: 150 }), fc.constantFrom(...STATUSES)),
    );
    const isCovered = fc.property(any, (list) => {
      const found = spansOf(
        list.map(([name, at, status]) => event(name, at, status)),
        T0,
        T0 + 100 * SECOND,
        true,
      );
      expect([found[0]?.from, found.at(-1)?.to]).toEqual([T0, T0 + 100 * SECOND]);
      for (const [i, span] of found.entries()) {
        expect(span.to).toBeGreaterThan(span.from);
        expect(found[i + 1]?.from ?? span.to).toBe(span.to);
        expect(found[i + 1]?.look).not.toBe(span.look);
      }
      expect(totalsOf(found).reduce((sum, { ms }) => sum + ms, 0)).toBe(100 * SECOND);
    });
    await holds(isCovered);
  });
});

describe("the stretch that is shown", () => {
  it("is a day, or the shortest that holds the whole life of a young node", () => {
    const young = [event("registered", 0, "new"), event("started", 5, "up")];
    const to = (hours: number) => T0 + hours * 3_600 * SECOND;
    expect([hoursOf(young, to(0.5), true), hoursOf(young, to(2), true), hoursOf(young, to(7), true)]).toEqual([
      1, 6, 24,
    ]);
    expect(hoursOf(young, to(0.5), false)).toBe(24);
  });
});

describe("downtimes", () => {
  it("are as long as the node's own log says, newest first", () => {
    const events = [
      event("suspect", 10, "suspect"),
      event("resumed", 15, "up", 12),
      event("suspect", 40, "suspect"),
      event("down", 50, "down"),
      event("recovered", 70, "up", 45.5),
    ];
    expect(downtimesOf(events)).toEqual([
      { from: T0 + 24_500, to: T0 + 70_000, isDown: true, ended: undefined },
      { from: T0 + 3_000, to: T0 + 15_000, isDown: false, ended: undefined },
    ]);
  });

  it("last as long as the node is away, since it was heard last", () => {
    const events = [event("suspect", 10, "suspect"), event("down", 20, "down")];
    expect(downtimesOf(events, T0)).toEqual([{ from: T0, to: undefined, isDown: true, ended: undefined }]);
    expect(downtimesOf(events)[0]?.from).toBe(T0 + 10_000);
  });

  it("end also where the node did not come back", () => {
    const events = [event("down", 10, "down"), event("deleted", 30, "down"), event("stopped", 40, "stopped")];
    expect(downtimesOf(events)).toEqual([{ from: T0 + 10_000, to: T0 + 30_000, isDown: true, ended: "deleted" }]);
  });
});

describe("the log", () => {
  const many = Array.from({ length: 9 }, (_, i) => event("logged", i, "up")).reverse();
  const page = (from: number, to: number, next_cursor: string | null = "older") => ({
    events: many.slice(from, to),
    next_cursor,
  });

  it("puts what is new before what it has, and older pages behind", () => {
    let log = withNewest(NO_LOG, page(3, 6, "c"));
    log = withNewest(log, page(1, 4));
    expect(log.next).toBe("c");
    log = withOlder(log, page(6, 9, null));
    expect(log.events).toEqual(many.slice(1));
    expect(log.next).toBeNull();
    expect(withNewest(log, page(1, 4))).toBe(log);
  });

  it("begins anew where a newer page does not reach what it has", () => {
    const log = withNewest(withNewest(NO_LOG, page(6, 9, null)), page(0, 3, "c"));
    expect(log).toEqual({ events: many.slice(0, 3), next: "c" });
  });

  it("knows whether it reaches far enough back", () => {
    const log = withNewest(NO_LOG, page(0, 4));
    expect([lacks(log, T0), lacks(log, T0 + 6 * SECOND)]).toEqual([true, false]);
    expect(lacks({ ...log, next: null }, T0)).toBe(false);
  });
});

describe("durations", () => {
  it("are said in their two largest units", () => {
    const texts = [0, 449, 12_400, 60_000, 3_840_000, 86_400_000, 90_061_000].map(duration);
    expect(texts).toEqual(["0 s", "0.4 s", "12 s", "1 min", "1 h 4 min", "1 d", "1 d 1 h"]);
  });
});
