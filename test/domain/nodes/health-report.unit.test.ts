/* How a node fared, against a timeline that one can read: a letter a second. */
import { describe, expect, it } from "vitest";
import type { NodeStatus } from "../../../src/domain/nodes/node";
import type { NodeEvent } from "../../../src/domain/nodes/node-event";
import { type Fared, Faring, type Told, uptimePercent } from "../../../src/domain/nodes/report/health";
import { fc, holds } from "../../property";

const told = (seconds: number, event: NodeEvent, status: NodeStatus, downtime_s: number | null = null): Told => ({
  ...{ event, status, downtime_s },
  at: seconds * 1_000,
});

function fare(events: Told[], from: number, to: number): Fared {
  const faring = new Faring({ from: from * 1_000, to: to * 1_000 });
  for (const event of events) faring.take(event);
  return faring.end();
}

const BEGUN = [told(0, "registered", "new"), told(0, "started", "up")];

describe("A node's span of time", () => {
  it("is up but for the time that it is down", () => {
    const outage = [told(50, "suspect", "suspect"), told(60, "down", "down"), told(80, "recovered", "up", 55.5)];
    const fared = fare([...BEGUN, ...outage], 0, 100);
    expect(fared).toMatchObject({ upMs: 80_000, downMs: 20_000, slowestRecoveryMs: 55_500, status: "up" });
    expect(fared.downtimes).toEqual([{ from: 60_000, to: 80_000, downMs: 20_000 }]);
    expect(uptimePercent(fared)).toBe(80);
  });

  it("counts neither a stop nor maintenance nor the time before the first beat", () => {
    const events = [
      told(10, "registered", "new"),
      told(20, "started", "up"),
      told(30, "maintenance", "maintenance"),
      told(50, "settled", "up"),
      told(60, "stopped", "stopped"),
    ];
    const fared = fare(events, 0, 100);
    expect(fared).toMatchObject({ upMs: 20_000, downMs: 0, downtimes: [], status: "stopped" });
    expect(uptimePercent(fared)).toBe(100);
  });

  it("says of a failure that lasts that it has no end, and counts it up to the end of the span", () => {
    const fared = fare([...BEGUN, told(90, "down", "down")], 0, 100);
    expect(fared.downtimes).toEqual([{ from: 90_000, to: undefined, downMs: 10_000 }]);
    expect(fared.downMs).toBe(10_000);
  });

  it("counts a failure that began before it from its own beginning", () => {
    const fared = fare([...BEGUN, told(5, "down", "down"), told(130, "recovered", "up", 125)], 100, 200);
    expect(fared.downtimes).toEqual([{ from: 100_000, to: 130_000, downMs: 30_000 }]);
    expect(fared.slowestRecoveryMs).toBe(125_000);
  });

  it("takes a failure that maintenance interrupts for one", () => {
    const events = [told(10, "down", "down"), told(20, "maintenance", "maintenance"), told(30, "down", "down")];
    const fared = fare([...BEGUN, ...events, told(50, "recovered", "up", 40)], 0, 100);
    expect(fared.downtimes).toEqual([{ from: 10_000, to: 50_000, downMs: 30_000 }]);
  });

  it("ends with the node, and begins anew with it", () => {
    const events = [told(10, "down", "down"), told(20, "deleted", "down"), told(60, "registered", "new")];
    const fared = fare([...BEGUN, ...events, told(60, "started", "up")], 0, 100);
    expect(fared).toMatchObject({ upMs: 50_000, downMs: 10_000, status: "up" });
    expect(fare([...BEGUN, told(20, "deleted", "up")], 30, 100)).toMatchObject({ upMs: 0, status: undefined });
  });

  it("counts what came back in time, within the span only", () => {
    const away = (at: number) => [told(at, "suspect", "suspect"), told(at + 2, "resumed", "up", 5)];
    expect(fare([...BEGUN, ...away(10), ...away(110), ...away(120)], 100, 200).temporary).toBe(2);
  });

  it("never rounds a failure away", () => {
    expect(uptimePercent({ upMs: 86_400_000 * 365, downMs: 1 })).toBe(99.999);
    expect(uptimePercent({ upMs: 0, downMs: 0 })).toBeNull();
  });
});

/* === The timeline: one letter a second ================================================================================ */

const LETTERS: Record<NodeStatus, string> = {
  new: "n",
  up: "u",
  suspect: "u",
  flapping: "u",
  down: "D",
  stopped: "s",
  maintenance: "m",
};

/** The letter of each second in [from, to): what the last event before its end says. */
function lettersOf(events: Told[], from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => {
    const last = events.findLast(({ at }) => at <= (from + i) * 1_000);
    return last === undefined || last.event === "deleted" ? "." : LETTERS[last.status];
  }).join("");
}

const times = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

const events = fc
  .array(
    fc.record({
      second: fc.integer({ min: 0, max: 60 }),
      status: fc.constantFrom<NodeStatus>("new", "up", "suspect", "flapping", "down", "stopped", "maintenance"),
      event: fc.constantFrom<NodeEvent>("started", "down", "resumed", "recovered", "configured", "deleted"),
      downtime: fc.integer({ min: 0, max: 100 }),
    }),
    { maxLength: 20 },
  )
  .map((list) =>
    list
      .sort((a, b) => a.second - b.second)
      .map(({ second, status, event, downtime }) => told(second, event, status, downtime)),
  );

it("says of any events in any span what a timeline of letters shows", () =>
  holds(
    fc.property(events, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 40 }), (list, from, length) => {
      const to = from + length;
      const fared = fare(list, from, to);
      const letters = lettersOf(list, from, to);
      expect(fared.upMs / 1_000).toBe(times(letters, /u/g));
      expect(fared.downMs / 1_000).toBe(times(letters, /D/g));
      // A failure is a stretch of D; maintenance within it does not end it, and is not counted.
      const stretches = [...letters.matchAll(/D(?:[Dm]*D)?/g)];
      expect(fared.downtimes.map((downtime) => downtime.from / 1_000 - from)).toEqual(
        stretches.map(({ index }) => index),
      );
      expect(fared.downtimes.map(({ downMs }) => downMs / 1_000)).toEqual(stretches.map(([text]) => times(text, /D/g)));
      const isOpen = /Dm*$/.test(letters);
      expect(fared.downtimes.filter((downtime) => downtime.to === undefined)).toHaveLength(isOpen ? 1 : 0);
      const own = list.filter(({ at }) => at >= from * 1_000 && at < to * 1_000);
      expect(fared.temporary).toBe(own.filter(({ event }) => event === "resumed").length);
      const back = own.filter(({ event }) => event === "recovered").map(({ downtime_s }) => (downtime_s ?? 0) * 1_000);
      expect(fared.slowestRecoveryMs).toBe(back.length === 0 ? undefined : Math.max(...back));
    }),
  ));
