/* For any order and repetition of any set of alerts, what a client shows in the end is what a brute-force model says. */
import { describe, expect, it } from "vitest";
import type { AlertData, AlertEvent } from "../../../src/domain/alerts/alert";
import { AlertsView } from "../../../src/domain/alerts/view";
import { fc, holds } from "../../property";
import { MINUTE, Place, TEN } from "./place";

type Sent = { start: number; minutes: number; kind: string; drill: boolean };

const sent: fc.Arbitrary<Sent> = fc.record({
  start: fc.integer({ min: -30, max: 60 }),
  minutes: fc.integer({ min: 1, max: 15 }),
  kind: fc.constantFrom("R", "Drone", "Quake"),
  drill: fc.boolean(),
});

/** A step of time (in seconds, at most what keeps everything within the grace period), then an alert. */
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), sent), { maxLength: 14 });

/** The connected parts of a set of intervals, by joining until nothing touches any more. */
function model(alerts: Sent[]): string[] {
  let parts = alerts.map(({ start, minutes, kind }) => ({ start, end: start + minutes, kinds: [kind], count: 1 }));
  for (let i = 0; i < parts.length; ) {
    const a = parts[i] as (typeof parts)[number];
    const b = parts.find((other) => other !== a && other.start <= a.end && other.end >= a.start);
    if (b === undefined) {
      i++;
      continue;
    }
    const joined = {
      start: Math.min(a.start, b.start),
      end: Math.max(a.end, b.end),
      kinds: [...a.kinds, ...b.kinds],
      count: a.count + b.count,
    };
    parts = [joined, ...parts.filter((part) => part !== a && part !== b)];
    i = 0;
  }
  return parts.map(({ start, end, kinds, count }) => `${start}-${end} ${[...new Set(kinds)].sort()} ×${count}`).sort();
}

const shown = (view: AlertsView, drill: boolean): string[] =>
  [...view.alerts.values()]
    .filter((alert) => alert.superseded_by === undefined && (alert.drill ?? false) === drill)
    .map(({ aggregate: a }) => {
      const minute = (text: string) => (Date.parse(text) - TEN) / MINUTE;
      return `${minute(a.start_time)}-${minute(a.end_time)} ${[...a.types].sort()} ×${a.count}`;
    })
    .sort();

/** The history of a place, all of it within the grace period. */
function lived(steps: [number, Sent][]): Place {
  const place = new Place();
  for (const [seconds, { start, minutes, kind, drill }] of steps) {
    place.at(place.now + seconds * 1_000);
    place.send(place.event(TEN + start * MINUTE, minutes, kind, { drill }));
  }
  place.at(TEN + 24 * 60 * MINUTE);
  return place;
}

describe("a client's view", () => {
  it("ends as the model says, for any order of any alerts", async () => {
    const property = fc.property(history, (steps) => {
      const { view } = lived(steps);
      for (const drill of [false, true]) {
        expect(shown(view, drill)).toEqual(model(steps.map(([, alert]) => alert).filter((a) => a.drill === drill)));
      }
      expect([...view.alerts.values()].filter((alert) => alert.event_type === "open")).toEqual([]);
    });
    await holds(property, { numRuns: 500 });
  });

  it("closes every alert exactly once per end it had, and each event opens once", async () => {
    const property = fc.property(history, (steps) => {
      const place = lived(steps);
      expect(place.opens).toHaveLength(steps.length);
      const revisions = place.closes.map((close) => `${close.alert_id} ${close.aggregate.revision}`);
      expect(new Set(revisions).size).toBe(revisions.length);
    });
    await holds(property);
  });

  it("never shrinks an aggregate", async () => {
    const property = fc.property(history, (steps) => {
      const seen = new Map<string, AlertData["aggregate"]>();
      for (const { alert_id, aggregate } of lived(steps).entries.map((entry) => entry.data as AlertData)) {
        const before = seen.get(alert_id);
        if (before !== undefined) {
          expect(aggregate.start_time <= before.start_time && aggregate.end_time >= before.end_time).toBe(true);
          expect(aggregate.count).toBeGreaterThanOrEqual(before.count);
          expect(aggregate.revision).toBeGreaterThanOrEqual(before.revision);
        }
        seen.set(alert_id, aggregate);
      }
    });
    await holds(property);
  });

  it("is the same for whoever hears the frames twice or in another order", async () => {
    const property = fc.property(history, fc.infiniteStream(fc.nat()), (steps, random) => {
      const { entries, view } = lived(steps);
      const shuffled = [...entries, ...entries]
        .map((entry) => ({ entry, at: random.next().value as number }))
        .sort((a, b) => a.at - b.at);
      const other = new AlertsView();
      for (const { entry } of shuffled) other.take(entry);
      expect([...other.alerts].sort()).toEqual([...view.alerts].sort());
    });
    await holds(property);
  });

  it("drops what a snapshot no longer has and keeps what was closed", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.at(TEN + 20 * MINUTE);
    place.alert("10:20", 10);
    place.alert("10:40", 10);
    const kept = place.opens.at(-1) as AlertData;
    place.view.reset({ alerts: [kept], canary_at: null });
    expect([...place.view.alerts.values()].map((alert) => alert.event_type)).toEqual(["close", "open"]);
    expect(place.view.alerts.has(kept.alert_id)).toBe(true);
  });

  it("leaves what is no alert alone", () => {
    const view = new AlertsView();
    expect(view.take({ type: "open", data: { alert_id: 5 } as unknown as AlertEvent })).toBe(false);
    expect(view.alerts.size).toBe(0);
  });
});
