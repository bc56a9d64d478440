/* Topic `alerts`: what is current of the frames of many areas. */
import { beforeEach, describe, expect, it } from "vitest";
import type { AlertData, AlertsSnapshot } from "../../../src/domain/alerts/alert";
import { areaOf } from "../../../src/domain/alerts/area";
import type { Entry } from "../../../src/domain/ledger/reducer";
import { alerts, type CurrentAlerts } from "../../../src/domain/topics/alerts";
import { clock, GRACE_MS, Place } from "../alerts/place";

let current: CurrentAlerts;
beforeEach(() => {
  current = alerts.empty();
});

const hear = (entries: Entry[]): void => {
  for (const entry of entries) current = alerts.apply(current, entry);
};
const shown = (): string[] => (alerts.snapshot(current) as AlertsSnapshot).alerts.map((alert) => alert.alert_id);
const canary = (at: number): Entry => ({
  stream: "alerts",
  epoch: "1",
  seq: 1,
  at,
  type: "canary",
  data: {
    event_type: "canary",
    eventType: "canary",
    event_id: "c",
    location: "~canary",
    accepted_at: new Date(at).toISOString(),
  },
});

describe("what is current", () => {
  it("is the last frame of each alert until it is closed, and it can be found a while longer", () => {
    const place = new Place();
    hear(place.alert("10:00", 10));
    hear(place.alert("10:05", 10));
    const id = place.opens[0]?.alert_id as string;
    expect(alerts.find?.(current, id)).toMatchObject({ event_type: "open", aggregate: { count: 2 } });
    expect(shown()).toEqual([id]);
    hear(place.at(clock("10:15")));
    expect(shown()).toEqual([]);
    expect(alerts.find?.(current, id)).toMatchObject({ event_type: "close", alert_id: id });
  });

  it("is open again when a late event says so", () => {
    const place = new Place();
    hear(place.alert("10:00", 10));
    hear(place.at(clock("10:12")));
    hear(place.alert("10:09", 20));
    expect(shown()).toEqual([place.opens[0]?.alert_id]);
    expect(alerts.find?.(current, place.opens[0]?.alert_id as string)).toMatchObject({ event_type: "open" });
  });

  it("is the same after a checkpoint", () => {
    const place = new Place();
    hear(place.alert("10:00", 10));
    hear([canary(clock("10:01"))]);
    const loaded = alerts.load(JSON.parse(JSON.stringify(alerts.save(current))));
    expect(alerts.snapshot(loaded)).toEqual(alerts.snapshot(current));
  });

  it("drops an alert whose close never came, a day after its end", () => {
    hear(new Place().alert("10:00", 10));
    hear([canary(clock("10:00") + 24 * 60 * 60_000)]);
    expect(shown()).toHaveLength(1);
    hear([canary(clock("10:11") + 24 * 60 * 60_000)]);
    expect(shown()).toEqual([]);
  });

  it("remembers a thousand that are over, and no more", () => {
    const ids: string[] = [];
    for (let i = 0; i < 1_001; i++) {
      const place = new Place();
      place.alert("9:00", 10, "R", { candidate: `a${i}` });
      ids.push(place.opens[0]?.alert_id as string);
      hear(place.entries);
    }
    expect([ids[0], ids[1], ids[1_000]].map((id) => alerts.find?.(current, id as string) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("what an area tells that no longer has its frames", () => {
  it("opens what is unknown and closes what is over, as cancelled where it was", () => {
    const place = new Place();
    hear(place.alert("10:00", 30));
    const id = place.opens[0]?.alert_id as string;
    place.send({ type: "cancel", alert_id: id });
    place.alert("10:50", 10);
    const younger = place.opens.at(-1)?.alert_id as string;
    const area = areaOf(GRACE_MS);
    const state = place.entries.reduce((folded, entry) => area.apply(folded, entry), area.empty("haifa"));
    const facts = alerts.resync?.(current, area.snapshot(state)) ?? [];
    expect(facts.map(({ type, data }) => [type, (data as AlertData).alert_id, (data as AlertData).cancelled])).toEqual([
      ["close", id, true],
      ["open", younger, undefined],
    ]);
  });

  it("closes what it has no more: absorbed meanwhile, or closed so long ago that it is forgotten", () => {
    const place = new Place();
    hear(place.alert("8:00", 10).slice(0, 1));
    hear(place.alert("12:00", 30));
    hear(place.alert("13:00", 30));
    const [old, survivor, absorbed] = place.opens.map(({ alert_id }) => alert_id) as [string, string, string];
    hear(new Place().alert("12:00", 30, "R", { location: "Elsewhere", candidate: "b1" }));
    place.at(clock("11:30"));
    place.alert("12:20", 50);
    const area = areaOf(GRACE_MS);
    const state = place.entries.reduce((folded, entry) => area.apply(folded, entry), area.empty("haifa"));
    const facts = alerts.resync?.(current, area.snapshot(state)) ?? [];
    const told = facts.map(({ type, data }) => [type, (data as AlertData).alert_id, (data as AlertData).superseded_by]);
    expect(told).toEqual([
      ["open", survivor, undefined],
      ["close", old, undefined],
      ["close", absorbed, survivor],
    ]);
  });
});
