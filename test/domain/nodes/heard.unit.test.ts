/* When a beat counts, by clocks that may be wrong. */
import { describe, expect, it } from "vitest";
import { endedBefore, type Heard, hear } from "../../../src/domain/nodes/heard";
import { fc, holds } from "../../property";

const PATIENCE = 30_000;

describe("A beat", () => {
  it("that came before, or is older than one that did, changes nothing", () =>
    holds(
      fc.property(fc.array(fc.record({ sent: fc.nat(1_000), wait: fc.nat(500) })), (beats) => {
        let now = 0;
        let last: Heard | undefined;
        let newest = -1;
        for (const { sent, wait } of beats) {
          now += wait;
          const heard = hear(last, now, sent, PATIENCE);
          if (sent === newest) expect(heard).toBe("duplicate");
          else if (sent < newest) expect(heard).toBe("old");
          else {
            last = heard as Heard;
            newest = sent;
          }
        }
      }),
    ));

  it.each([0, -3_600_000, 86_400_000])("counts from its arrival, also by a clock that is %d ms wrong", (wrong) => {
    let last: Heard | undefined;
    for (let now = 0; now < 100_000; now += 10_000) {
      const heard = hear(last, now, now + wrong, PATIENCE);
      expect(heard).toEqual({ at: now, sent: now + wrong });
      last = heard as Heard;
    }
  });

  it("counts from when it was said if it was long on its way, by whatever clock", () => {
    const last = { at: 1_000_000, sent: 5_000 };
    expect(hear(last, 1_100_000, 15_000, PATIENCE)).toEqual({ at: 1_010_000, sent: 15_000 });
    expect(hear(last, 1_040_000, 15_000, PATIENCE)).toEqual({ at: 1_040_000, sent: 15_000 });
  });

  it("counts by a clock that goes too slow for as long as one likes", () => {
    let last: Heard | undefined;
    for (let i = 0; i < 10_000; i++) {
      const heard = hear(last, i * 10_000, i * 9_900, PATIENCE) as Heard;
      expect(heard.at).toBe(i * 10_000);
      last = heard;
    }
  });
});

describe("A connection that ended", () => {
  it("ended before a beat that came by another way in the same millisecond, and stays ended for an older one", () => {
    expect(endedBefore(1_000, 1_000)).toBe(999);
    expect(endedBefore(1_000, 999)).toBe(1_000);
    expect(endedBefore(1_000, 1_001)).toBe(1_000);
  });
});
