import { describe, expect, it } from "vitest";
import { CANARY_EVERY_MS } from "../../../src/domain/alerts/alert";
import { stateAt } from "../../../src/domain/alerts/view";
import { clock, line, MINUTE, Place, TEN } from "./place";

type Sent = [start: string, minutes: number, kind: string];

/** requirements.md 2.8, "recommended rule". */
const WORKED: [name: string, sent: Sent[], closes: string[]][] = [
  [
    "two that overlap",
    [
      ["10:00", 10, "R"],
      ["10:05", 10, "R"],
    ],
    ["10:00-10:15 R ×2"],
  ],
  [
    "short ones inside a long one",
    [
      ["10:00", 30, "R"],
      ["10:05", 10, "R"],
      ["10:20", 5, "R"],
    ],
    ["10:00-10:30 R ×3"],
  ],
  [
    "two with a gap between",
    [
      ["10:00", 10, "R"],
      ["10:20", 10, "R"],
    ],
    ["10:00-10:10 R ×1", "10:20-10:30 R ×1"],
  ],
  [
    "several types",
    [
      ["10:00", 10, "R"],
      ["10:08", 10, "Drone"],
      ["10:12", 10, "Drone"],
    ],
    ["10:00-10:22 Mixed Threats ×3"],
  ],
  ["one alone", [["10:00", 10, "R"]], ["10:00-10:10 R ×1"]],
  [
    "the later one first",
    [
      ["10:05", 10, "R"],
      ["10:00", 7, "R"],
    ],
    ["10:00-10:15 R ×2"],
  ],
];

describe("the worked examples", () => {
  it.each(WORKED)("%s, sent as they happen", (_, sent, closes) => {
    const place = new Place();
    for (const [start, minutes, kind] of sent) {
      place.at(clock(start));
      place.alert(start, minutes, kind);
    }
    place.at(clock("12:00"));
    expect(place.opens).toHaveLength(sent.length);
    expect(place.told).toEqual(closes);
  });

  it.each(WORKED)("%s, all warned of beforehand", (_, sent, closes) => {
    const place = new Place(clock("9:00"));
    for (const [start, minutes, kind] of sent) place.alert(start, minutes, kind);
    expect([...place.view.alerts.values()].map((alert) => stateAt(alert, place.now))).not.toContain("active");
    place.at(clock("12:00"));
    expect(place.told).toEqual(closes);
  });
});

describe("the origin's bugs", () => {
  it("1: the newest alert is in its own aggregate", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.alert("10:05", 20);
    expect(place.opens.at(-1)?.aggregate).toMatchObject({ end_time: new Date(clock("10:25")).toISOString(), count: 2 });
    place.at(clock("11:00"));
    expect(place.told).toEqual(["10:00-10:25 R ×2"]);
  });

  it("2: a short alert inside a long one does not cut it short", () => {
    const place = new Place();
    place.alert("10:00", 60);
    place.alert("10:10", 1);
    expect(place.at(clock("10:59"))).toEqual([]);
    place.at(clock("11:00"));
    expect(place.told).toEqual(["10:00-11:00 R ×2"]);
  });

  it("3: a single isolated alert is closed, at its end and once", () => {
    const place = new Place();
    place.alert("10:00", 10);
    expect(place.at(clock("10:10") - 1)).toEqual([]);
    expect(place.at(clock("10:10")).map((entry) => entry.type)).toEqual(["close"]);
    expect(place.at(clock("23:00"))).toEqual([]);
  });

  it("4: rocket, drone, drone ends as mixed threats", () => {
    const place = new Place();
    for (const kind of ["Rocket", "Drone", "Drone"]) place.alert("10:00", 5, kind);
    place.at(clock("11:00"));
    expect(place.closes[0]).toMatchObject({ type: "Mixed Threats", aggregate: { types: ["Rocket", "Drone"] } });
  });

  it("that is over while the alarm is late is not closed when an event goes on with it", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.now = clock("10:12");
    expect(place.alert("10:05", 20).map(({ type }) => type)).toEqual(["open"]);
    place.at(clock("11:00"));
    expect(place.told).toEqual(["10:00-10:25 R ×2"]);
  });

  it("is closed with its event when that ends this very moment, and several in the order of their ends", () => {
    const place = new Place(clock("10:10"));
    expect(place.alert("10:00", 10).map(({ type }) => type)).toEqual(["open", "close"]);
    place.alert("11:20", 20);
    place.alert("11:00", 10);
    place.now = clock("12:00");
    place.ring();
    expect(place.told.slice(1)).toEqual(["11:00-11:10 R ×1", "11:20-11:40 R ×1"]);
  });

  it("is corrected up to the end of its grace period, that moment included", () => {
    for (const [late, ids] of [[0, 1] as const, [1, 2] as const]) {
      const place = new Place();
      place.alert("10:00", 10);
      place.at(clock("10:20") + late);
      place.alert("10:05", 3);
      expect(new Set(place.opens.map(({ alert_id }) => alert_id)).size).toBe(ids);
    }
  });

  it("is shown under the name that its place was first given", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.alert("10:30", 10, "R", { location: "HAIFA" });
    expect(place.opens.map(({ location }) => location)).toEqual(["Haifa", "Haifa"]);
  });

  it("is as bad as the worst of its events, in whatever order they came", () => {
    for (const severities of [
      ["minor", "extreme", "severe"],
      ["extreme", "unknown", "minor"],
    ] as const) {
      const place = new Place();
      for (const severity of severities) place.alert("10:00", 10, "R", { severity });
      expect(place.opens.map(({ severity }) => severity)).toEqual(severities);
      expect(place.opens.at(-1)?.aggregate.severity).toBe("extreme");
      place.at(clock("10:10"));
      expect(place.closes[0]).toMatchObject({ severity: "extreme", aggregate: { severity: "extreme" } });
    }
  });

  it("7: an aggregate lives by its own times, whatever the milliseconds", () => {
    const place = new Place();
    place.send(place.event(TEN + 123, 0.5));
    expect(place.at(TEN + 123 + 30_000 - 1)).toEqual([]);
    expect(place.at(TEN + 123 + 30_000)).toHaveLength(1);
  });
});

describe("an aggregate", () => {
  it("takes in what only touches it", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.alert("10:10", 10);
    place.at(clock("11:00"));
    expect(place.told).toEqual(["10:00-10:20 R ×2"]);
  });

  it("is closed before a new one begins, although the alarm is late", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.now = clock("10:30");
    place.alert("10:30", 10);
    expect(place.entries.map((entry) => entry.type)).toEqual(["open", "close", "open"]);
    expect(place.ring()).toEqual([]);
  });

  it("is corrected within the grace period, with the same id and a higher revision", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.at(clock("10:15"));
    const late = place.alert("10:05", 8);
    expect(late.map((entry) => entry.type)).toEqual(["open", "close"]);
    const [first, second] = place.closes;
    expect(second?.alert_id).toBe(first?.alert_id);
    expect(second?.aggregate.revision).toBeGreaterThan(first?.aggregate.revision as number);
    expect(place.told).toEqual(["10:00-10:10 R ×1", "10:00-10:13 R ×2"]);
  });

  it("is open again when a late alert reaches into the future", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.at(clock("10:12"));
    place.alert("10:09", 20);
    expect([...place.view.alerts.values()].map((alert) => stateAt(alert, place.now))).toEqual(["active"]);
    place.at(clock("11:00"));
    expect(place.told).toEqual(["10:00-10:10 R ×1", "10:00-10:29 R ×2"]);
  });

  it("is left alone after the grace period", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.at(clock("10:21"));
    place.alert("10:05", 8);
    expect(new Set(place.closes.map((close) => close.alert_id)).size).toBe(2);
  });

  it("keeps the older id when an alert joins two, and tells what became of the other", () => {
    const place = new Place(clock("9:00"));
    place.alert("10:00", 10);
    place.alert("10:20", 10);
    const [older, younger] = place.opens.map((open) => open.alert_id);
    const told = place.alert("10:05", 20);
    expect(told.map((entry) => entry.type)).toEqual(["open", "close"]);
    expect(told[0]?.data).toMatchObject({ alert_id: older, aggregate: { count: 3 } });
    expect(told[1]?.data).toMatchObject({ alert_id: younger, superseded_by: older });
    place.at(clock("12:00"));
    expect(place.told.at(-1)).toBe("10:00-10:30 R ×3");
    expect(place.closes.filter((close) => close.alert_id === younger)).toHaveLength(1);
  });

  it("shows the place as it was first written", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.alert("10:01", 10, "R", { location: "HAIFA" });
    expect(place.opens.map((open) => open.location)).toEqual(["Haifa", "Haifa"]);
  });

  it("names at most 20 types and still says that they are mixed", () => {
    const place = new Place();
    for (let i = 0; i < 30; i++) place.alert("10:00", 10, `type ${i}`);
    expect(place.opens.at(-1)?.aggregate).toMatchObject({ type: "Mixed Threats", count: 30 });
    expect(place.opens.at(-1)?.aggregate.types).toHaveLength(20);
  });
});

describe("a cancelled aggregate", () => {
  it("is closed now, says so, and takes nothing in any more", () => {
    const place = new Place();
    place.alert("10:00", 60);
    const id = place.opens[0]?.alert_id as string;
    place.at(clock("10:10"));
    const [told] = place.send({ type: "cancel", alert_id: id });
    expect(told).toMatchObject({ type: "close", data: { alert_id: id, cancelled: true } });
    expect(place.send({ type: "cancel", alert_id: id })).toEqual([]);
    place.alert("10:05", 5);
    expect(place.opens.at(-1)?.alert_id).not.toBe(id);
    place.at(clock("12:00"));
    expect(place.closes.filter((close) => close.alert_id === id)).toHaveLength(1);
  });

  it("changes nothing where there is no such alert", () => {
    expect(new Place().send({ type: "cancel", alert_id: "nobody" })).toEqual([]);
  });
});

describe("a drill", () => {
  it("travels the same way and never mixes with real alerts", () => {
    const place = new Place();
    place.alert("10:00", 10);
    place.alert("10:05", 10, "R", { drill: true });
    expect(place.opens.map((open) => open.drill ?? false)).toEqual([false, true]);
    place.at(clock("11:00"));
    expect(place.closes.map((close) => [line(close), close.drill ?? false])).toEqual([
      ["10:00-10:10 R ×1", false],
      ["10:05-10:15 R ×1", true],
    ]);
  });
});

describe("the canary", () => {
  it("beats every minute by the alarm, also when it was late", () => {
    const place = new Place();
    place.send({ type: "canary", location: "~canary" });
    expect(place.send({ type: "canary", location: "~canary" })).toEqual([]);
    expect(place.at(TEN + 3 * CANARY_EVERY_MS)).toHaveLength(3);
    place.now += 10 * MINUTE;
    expect(place.ring().map((entry) => entry.type)).toEqual(["canary"]);
    expect(place.ring()).toEqual([]);
  });

  it("begins again when it is told to and the clock was set back", () => {
    const place = new Place();
    place.send({ type: "canary", location: "~canary" });
    place.now -= CANARY_EVERY_MS;
    expect(place.send({ type: "canary", location: "~canary" })).toEqual([]);
    place.now -= 1;
    expect(place.send({ type: "canary", location: "~canary" })).toHaveLength(1);
    expect(place.at(place.now + CANARY_EVERY_MS)).toHaveLength(1);
  });
});
