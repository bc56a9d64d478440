/* When an alert makes a noise. */
import { describe, expect, it } from "vitest";
import { Bell, gravest, patternOf } from "../../dashboard/src/alerts/bell";
import type { Shown } from "../../dashboard/src/alerts/shown";
import { SEVERITIES } from "../../src/domain/alerts/severity";
import { fc, holds } from "../property";

const alert = (some: Partial<Shown> = {}): Shown => ({
  id: "a1",
  location: "Haifa",
  types: ["rockets"],
  type: "rockets",
  severity: "severe",
  text: undefined,
  start: 0,
  end: 600_000,
  newsAt: 0,
  eventAt: 0,
  count: 1,
  revision: 1,
  state: "active",
  drill: false,
  cancelled: false,
  supersededBy: undefined,
  ...some,
});
const heard = (bell: Bell, ...alerts: Shown[]): string[] => bell.hear(alerts).map(({ id }) => id);

describe("the bell", () => {
  it("rings once for a new alert", () => {
    const bell = new Bell();
    expect([heard(bell, alert()), heard(bell, alert())]).toEqual([["a1"], []]);
  });

  it("rings for one alert as for all of them, and keeps the others in mind", () => {
    const [bell, other] = [new Bell(), alert({ id: "a2" })];
    const one = (next: Shown) => bell.hearSome([next]).length;
    expect([
      heard(bell, alert(), other),
      one(alert()),
      one(alert({ severity: "extreme" })),
      one(alert({ id: "a3" })),
    ]).toEqual([["a1", "a2"], 0, 1, 1]);
    expect(heard(bell, alert(), other, alert({ id: "a3" }))).toEqual([]);
  });

  it("stays silent for what was there before the page was opened", () => {
    const bell = new Bell();
    bell.settle([alert()]);
    expect(heard(bell, alert(), alert({ id: "a2" }))).toEqual(["a2"]);
  });

  it("does not ring because an alert grows", () => {
    const bell = new Bell();
    heard(bell, alert());
    expect(heard(bell, alert({ count: 9, revision: 9, end: 900_000 }))).toEqual([]);
  });

  it("rings again when an alert gets worse, and not when it gets better", () => {
    const bell = new Bell();
    heard(bell, alert({ severity: "minor" }));
    expect(heard(bell, alert({ severity: "extreme" }))).toEqual(["a1"]);
    expect(heard(bell, alert({ severity: "minor" }))).toEqual([]);
  });

  it("rings for an upcoming alert when it is told and when it begins", () => {
    const bell = new Bell();
    expect(heard(bell, alert({ state: "upcoming" }))).toEqual(["a1"]);
    expect([heard(bell, alert()), heard(bell, alert())]).toEqual([["a1"], []]);
  });

  it("rings once for what was missed while disconnected and is still active, however long that was", () => {
    const bell = new Bell();
    bell.settle([]);
    const missed = alert({ id: "missed", newsAt: -3_600_000 });
    expect([heard(bell, missed), heard(bell, missed)]).toEqual([["missed"], []]);
  });

  it("is silent about what was missed and is over, was cancelled, or became part of another", () => {
    const bell = new Bell();
    expect(heard(bell, alert({ state: "closed" }), alert({ id: "a2", state: "closed", cancelled: true }))).toEqual([]);
  });

  it("rings when an alert that was over goes on", () => {
    const bell = new Bell();
    heard(bell, alert());
    heard(bell, alert({ state: "closed" }));
    expect(heard(bell, alert({ revision: 2 }))).toEqual(["a1"]);
  });

  it("rings at most once for each severity and each state of an alert that only goes forward", async () => {
    const states = ["upcoming", "active", "closed"] as const;
    const steps = fc.array(fc.tuple(fc.nat(2), fc.nat(4)), { maxLength: 30 });
    await holds(
      fc.property(steps, (some) => {
        const bell = new Bell();
        let [state, severity, rings] = [0, 0, 0];
        for (const [s, v] of some) {
          state = Math.max(state, s);
          severity = Math.max(severity, v);
          rings += heard(
            bell,
            alert({ state: states[state], severity: SEVERITIES[severity] } as Partial<Shown>),
          ).length;
        }
        expect(rings).toBeLessThanOrEqual(states.length - 1 + SEVERITIES.length - 1);
      }),
    );
  });

  it("lets the gravest speak for all, a real one always before a drill", () => {
    const drill = alert({ id: "drill", drill: true, severity: "extreme" });
    const small = alert({ id: "small", severity: "minor" });
    const large = alert({ id: "large", severity: "minor", count: 5 });
    expect(gravest([drill, small, large])?.id).toBe("large");
    expect(gravest([])).toBeUndefined();
  });

  it("sounds longer the worse it is, and never as a drill does", () => {
    const [minor, severe, extreme] = (["minor", "severe", "extreme"] as const).map((severity) =>
      patternOf({ severity, drill: false }),
    );
    expect([minor, severe, extreme].map((tones) => tones?.length)).toEqual([3, 5, 9]);
    const drill = patternOf({ severity: "extreme", drill: true });
    const pitches = new Set([minor, severe, extreme].flatMap((tones) => tones?.map(({ pitch }) => pitch)));
    expect(drill.some(({ pitch }) => pitches.has(pitch))).toBe(false);
  });
});
