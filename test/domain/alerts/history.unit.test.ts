/* Rows of the history: whatever range of parts a message carries, the tables end with what was said. */
import { describe, expect, it } from "vitest";
import { type AlertRow, alertOf, type EventRow, eventOf, rowsOf, survivorOf } from "../../../src/domain/alerts/history";
import { type AlertPart, history } from "../../../src/domain/alerts/part";
import { stateAt } from "../../../src/domain/alerts/view";
import { fc, holds } from "../../property";
import { clock, MINUTE, Place, TEN } from "./place";

const partsOf = (place: Place): AlertPart[] => place.entries.flatMap((entry) => history.parts(entry) as AlertPart[]);

/** The tables, as the statements of storage/queries/alerts.ts change them. */
class Tables {
  readonly alerts = new Map<string, AlertRow>();
  readonly events = new Map<string, EventRow>();

  merge(parts: AlertPart[]): void {
    const { alerts, events } = rowsOf(parts);
    for (const row of alerts.values()) {
      const { opened_at, said_at } = this.alerts.get(row.alert_id) ?? row;
      const said = { ...JSON.parse(row.said_at), ...JSON.parse(said_at) };
      this.alerts.set(row.alert_id, { ...row, opened_at, said_at: JSON.stringify(said) });
    }
    for (const event of events) this.events.set(`${event.epoch}:${event.seq}`, event);
    for (const { alert_id, superseded_by } of alerts.values()) {
      if (superseded_by === null) continue;
      for (const event of this.events.values()) {
        if (event.alert_id === alert_id) event.alert_id = survivorOf(alert_id, alerts);
      }
    }
  }
}

const step = fc.record({
  seconds: fc.integer({ min: 0, max: 40 }),
  start: fc.integer({ min: -30, max: 60 }),
  minutes: fc.integer({ min: 1, max: 15 }),
  drill: fc.boolean(),
});

function lived(steps: { seconds: number; start: number; minutes: number; drill: boolean }[]): Place {
  const place = new Place();
  for (const { seconds, start, minutes, drill } of steps) {
    place.at(place.now + seconds * 1_000);
    place.send(place.event(TEN + start * MINUTE, minutes, "R", { drill }));
  }
  return place;
}

describe("the history", () => {
  it("is the same however its parts are bundled", async () => {
    const property = fc.property(fc.array(step, { maxLength: 14 }), fc.array(fc.nat({ max: 4 })), (steps, sizes) => {
      const place = lived(steps);
      const [whole, bundled] = [new Tables(), new Tables()];
      whole.merge(partsOf(place));
      const parts = partsOf(place);
      for (let i = 0, at = 0; at < parts.length; i++) {
        const size = (sizes[i] ?? 2) + 1;
        bundled.merge(parts.slice(at, at + size));
        at += size;
      }
      expect([...bundled.alerts].sort()).toEqual([...whole.alerts].sort());
      expect([...bundled.events].sort()).toEqual([...whole.events].sort());
    });
    await holds(property);
  });

  it("says of every alert what a listener has heard", async () => {
    const property = fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      const place = lived(steps);
      const tables = new Tables();
      tables.merge(partsOf(place));
      expect([...tables.alerts.keys()].sort()).toEqual([...place.view.alerts.keys()].sort());
      for (const [id, heard] of place.view.alerts) {
        const alert = alertOf(tables.alerts.get(id) as AlertRow, place.now);
        expect(alert).toMatchObject({
          state: stateAt(heard, place.now),
          count: heard.aggregate.count,
          revision: heard.aggregate.revision,
          start_time: heard.aggregate.start_time,
          end_time: heard.aggregate.end_time,
          superseded_by: heard.superseded_by ?? null,
        });
      }
      // Every event that was sent is one of some alert that was not absorbed.
      expect(tables.events.size).toBe(steps.length);
      for (const { alert_id } of tables.events.values()) expect(tables.alerts.get(alert_id)?.superseded_by).toBe(null);
    });
    await holds(property);
  });
});

describe("an event", () => {
  it("is shown without what only the tables need", () => {
    const place = new Place();
    place.alert("10:00", 10, "R", { text: "Go inside" });
    const shown = eventOf(rowsOf(partsOf(place)).events[0] as EventRow);
    expect(shown).toEqual({
      event_id: "e1",
      type: "R",
      severity: "severe",
      text: "Go inside",
      start_time: "2025-02-13T10:00:00.000Z",
      end_time: "2025-02-13T10:10:00.000Z",
      accepted_at: "2025-02-13T10:00:00.000Z",
      epoch: "1",
      seq: 1,
    });
  });
});

describe("an alert", () => {
  const row = (place: Place): AlertRow => [...rowsOf(partsOf(place)).alerts.values()][0] as AlertRow;

  it("is upcoming, active and closed by the clock alone", () => {
    const place = new Place(clock("9:00"));
    place.alert("10:00", 10);
    const stateOf = (time: string) => alertOf(row(place), clock(time)).state;
    expect(["9:59", "10:00", "10:09", "10:10"].map(stateOf)).toEqual(["upcoming", "active", "active", "closed"]);
  });

  it("knows when each of its revisions was said first", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.at(clock("10:05"));
    place.alert("10:05", 10);
    place.at(clock("10:20"));
    expect(JSON.parse(row(place).said_at)).toEqual({ 1: clock("10:00"), 2: clock("10:05") });
    place.alert("10:06", 1);
    expect(JSON.parse(row(place).said_at)).toEqual({ 1: clock("10:00"), 2: clock("10:05"), 3: clock("10:20") });
  });

  it("is closed from the moment it was cancelled", () => {
    const place = new Place(clock("9:00"));
    place.alert("10:00", 10);
    place.at(clock("9:30"));
    place.send({ type: "cancel", alert_id: place.opens[0]?.alert_id as string });
    const shown = alertOf(row(place), clock("9:30"));
    expect(shown).toMatchObject({ state: "closed", cancelled: true, closed_at: "2025-02-13T09:30:00.000Z" });
    expect(shown.end_time).toBe("2025-02-13T10:10:00.000Z");
  });
});
