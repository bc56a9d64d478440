/* What a place remembers is bounded, however many alerts it has within its grace period. */
import { describe, expect, it } from "vitest";
import type { AlertEvent } from "../../../src/domain/alerts/alert";
import { type AlertFact, areaOf } from "../../../src/domain/alerts/area";
import { TEN } from "./place";

const SECOND = 1_000;

describe("a place with many alerts", () => {
  it("remembers the latest 500 that are closed, and all that are open", () => {
    const place = areaOf(3_600 * SECOND);
    let state = place.empty("haifa");
    let seq = 0;
    const take = (facts: AlertFact[], at: number) => {
      for (const fact of facts) state = place.apply(state, { stream: "haifa", epoch: "1", seq: ++seq, at, ...fact });
    };
    const alert = (candidate: string, start: number, end: number): AlertEvent => ({
      ...{ type: "alert", event_id: `of ${candidate}`, candidate, location: "Haifa" },
      ...{ kind: "R", severity: "severe", start, end, drill: candidate === "open" },
    });
    take(place.decide(state, alert("open", TEN, TEN + 7_200 * SECOND), TEN, false), TEN);
    for (let i = 0; i < 520; i++) {
      const start = TEN + 2 * i * SECOND;
      take(place.decide(state, alert(`a${i}`, start, start + SECOND), start, false), start);
      take(place.tick?.(state, start + SECOND) ?? [], start + SECOND);
    }
    const closed = Array.from({ length: 500 }, (_, i) => `a${20 + i}`);
    expect([...state.aggregates.keys()]).toEqual(["open", ...closed]);
  });
});
