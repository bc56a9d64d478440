/* How many wait, and for how long they count. */
import { describe, expect, it } from "vitest";
import { Waiting } from "../../src/domain/waiting";
import { fc, holds } from "../property";

const NOW = 1_000_000;

describe("Requests that are worked on", () => {
  it("count until they end, and for a minute or two where they never do", () => {
    const waiting = new Waiting();
    const leave = waiting.enter(NOW);
    waiting.enter(NOW);
    leave();
    waiting.enter(NOW + 59_999);
    expect(waiting.at(NOW + 60_000)).toBe(2);
    waiting.enter(NOW + 60_000);
    expect(waiting.at(NOW + 119_999)).toBe(3);
    expect(waiting.at(NOW + 120_000)).toBe(1);
    expect(waiting.at(NOW + 180_000)).toBe(0);
  });

  it("are never fewer than none nor more than there are, and all that came within the last minute", async () => {
    const step = fc.record({ after: fc.nat(90_000), ends: fc.option(fc.nat(20)) });
    await holds(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const waiting = new Waiting();
        const open: { at: number; leave: () => void }[] = [];
        let now = NOW;
        for (const { after, ends } of steps) {
          now += after;
          if (ends === null) open.push({ at: now, leave: waiting.enter(now) });
          else for (const { leave } of open.splice(ends, 1)) leave();
          const recent = open.filter(({ at }) => now - at < 60_000).length;
          expect(waiting.at(now)).toBeGreaterThanOrEqual(recent);
          expect(waiting.at(now)).toBeLessThanOrEqual(open.length);
        }
      }),
    );
  });
});
