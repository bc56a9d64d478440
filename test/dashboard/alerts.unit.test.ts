/* What the page of alerts makes of alerts: which come first, what a clock shows, what a filter lets through. */
import { describe, expect, it } from "vitest";
import { isRightToLeft } from "../../dashboard/src/alerts/direction";
import {
  CHOICES,
  EVERYTHING,
  isEverything,
  MAX_LOCATIONS,
  passesOf,
  readFilter,
  termsOf,
  withLocations,
  withoutLocation,
  withSeverity,
} from "../../dashboard/src/alerts/filter";
import { countDown, localSpan } from "../../dashboard/src/alerts/moments";
import { Names } from "../../dashboard/src/alerts/names";
import { frameDataOf, framesOf, type Shown, sectionsOf, shownOf } from "../../dashboard/src/alerts/shown";
import { skewOf } from "../../dashboard/src/ui/skew";
import type { AlertData } from "../../src/domain/alerts/alert";
import type { Alert, AlertFeed } from "../../src/domain/alerts/answers";
import { AlertsView } from "../../src/domain/alerts/view";
import { Filter } from "../../src/domain/frame";
import { fc, holds } from "../property";

const NOW = Date.UTC(2026, 10, 21, 10);
const MINUTE = 60_000;
const iso = (at: number): string => new Date(at).toISOString();

const alert = (some: Partial<Alert> = {}): Alert => ({
  alert_id: "a1",
  location: "Haifa",
  type: "rockets",
  types: ["rockets"],
  severity: "severe",
  start_time: iso(NOW - MINUTE),
  end_time: iso(NOW + 9 * MINUTE),
  count: 1,
  revision: 1,
  state: "active",
  opened_at: iso(NOW - MINUTE),
  closed_at: null,
  drill: false,
  cancelled: false,
  superseded_by: null,
  ...some,
});
const data = (some: Partial<Alert> = {}): AlertData => frameDataOf(alert(some));
const shown = (some: Partial<Alert> = {}): Shown => shownOf(data(some), NOW);
const ids = (alerts: Shown[]): string[] => alerts.map(({ id }) => id);

describe("the second path", () => {
  const told = (some: Partial<AlertFeed>) =>
    framesOf({ as_of: iso(NOW), canary_at: null, alerts: [], upcoming: [], withdrawn: [], ...some });
  const statesAfter = (...feeds: Partial<AlertFeed>[]) => {
    const view = new AlertsView();
    for (const frame of feeds.flatMap(told)) view.take(frame);
    return [...view.alerts.values()].map((one) => [one.alert_id, shownOf(one, NOW).state]);
  };

  it("ends what was withdrawn, and nothing that it merely does not tell", () => {
    const cancelled = alert({ revision: 2, state: "closed", cancelled: true, closed_at: iso(NOW) });
    expect(statesAfter({ alerts: [alert(), alert({ alert_id: "a2" })] }, { withdrawn: [cancelled] })).toEqual([
      ["a1", "closed"],
      ["a2", "active"],
    ]);
    expect(statesAfter({ withdrawn: [cancelled] }, { alerts: [alert()] })).toEqual([["a1", "closed"]]);
  });
});

describe("the sections", () => {
  it("show the largest first, then the newest", () => {
    const alerts = [
      shown({ alert_id: "old", start_time: iso(NOW - 5 * MINUTE) }),
      shown({ alert_id: "new", start_time: iso(NOW - MINUTE) }),
      shown({ alert_id: "large", count: 7, start_time: iso(NOW - 9 * MINUTE) }),
    ];
    expect(ids(sectionsOf(alerts, false).active)).toEqual(["large", "new", "old"]);
  });

  it("keep drills and real alerts apart", () => {
    const alerts = [shown(), shown({ alert_id: "drill", drill: true, count: 99 })];
    expect(ids(sectionsOf(alerts, false).active)).toEqual(["a1"]);
    expect(ids(sectionsOf(alerts, true).active)).toEqual(["drill"]);
  });

  it("show what begins soonest first, and what ended last first", () => {
    const at = (minutes: number) => iso(NOW + minutes * MINUTE);
    const alerts = [
      shown({ alert_id: "later", start_time: at(9), end_time: at(20) }),
      shown({ alert_id: "soon", start_time: at(2), end_time: at(20) }),
      shown({ alert_id: "long ago", end_time: at(-50), state: "closed" }),
      shown({ alert_id: "just now", end_time: at(-0.2), state: "closed" }),
    ];
    const { upcoming, closed } = sectionsOf(alerts, false);
    expect([ids(upcoming), ids(closed)]).toEqual([
      ["soon", "later"],
      ["just now", "long ago"],
    ]);
  });

  it("place a cancelled alert where it was cancelled, not at its end", () => {
    const cancelled = { alert_id: "cancelled", cancelled: true, state: "closed", closed_at: iso(NOW - 30 * MINUTE) };
    const ended = { alert_id: "ended", end_time: iso(NOW - MINUTE), state: "closed" };
    expect(ids(sectionsOf([shown(cancelled as Partial<Alert>), shown(ended as Partial<Alert>)], false).closed)).toEqual(
      ["ended", "cancelled"],
    );
  });

  it("hold every alert exactly once", async () => {
    const some = fc.array(
      fc.record({
        start: fc.integer({ min: -60, max: 60 }),
        minutes: fc.integer({ min: 1, max: 60 }),
        count: fc.integer({ min: 1, max: 9 }),
        drill: fc.boolean(),
        cancelled: fc.boolean(),
      }),
    );
    await holds(
      fc.property(some, (list) => {
        const alerts = list.map(({ start, minutes, ...rest }, i) =>
          shown({
            ...rest,
            alert_id: `${i}`,
            start_time: iso(NOW + start * MINUTE),
            end_time: iso(NOW + (start + minutes) * MINUTE),
          }),
        );
        const found = [false, true].flatMap((drill) => Object.values(sectionsOf(alerts, drill)).flat());
        expect(ids(found).sort()).toEqual(ids(alerts).sort());
      }),
    );
  });
});

describe("an alert from the second path", () => {
  it("gives way to the frame of a later revision, and does not undo it", () => {
    const view = new AlertsView();
    view.take({ type: "open", data: data({ revision: 1, count: 1 }) });
    view.take({ type: "open", data: data({ revision: 3, count: 3 }) });
    view.take({ type: "open", data: data({ revision: 2, count: 2 }) });
    expect([...view.alerts.values()].map(({ aggregate }) => aggregate.count)).toEqual([3]);
  });

  it("is over when the API says so, whatever this device's clock says", () => {
    expect(shown({ state: "closed", end_time: iso(NOW + MINUTE) }).state).toBe("closed");
  });

  it("keeps a type and a text that nobody knows as they came", () => {
    expect(shown({ type: "Kaiju", types: ["Kaiju"] })).toMatchObject({ type: "Kaiju", types: ["Kaiju"] });
    expect(shownOf(data(), NOW, "Close the windows").text).toBe("Close the windows");
  });
});

describe("the count-down", () => {
  it.each([
    [10 * MINUTE, "10:00"],
    [59_001, "01:00"],
    [1, "00:01"],
    [0, "00:00"],
    [-5_000, "00:00"],
    [2 * 60 * MINUTE + 7_000, "2:00:07"],
  ])("of %i ms is %s", (ms, text) => {
    expect(countDown(ms)).toBe(text);
  });

  it("names the day of what is not today", () => {
    expect(localSpan(NOW, NOW + 10 * MINUTE, NOW)).toMatch(/^\d\d:\d\d–\d\d:\d\d$/);
    expect(localSpan(NOW - 3 * 24 * 60 * MINUTE, NOW + 10 * MINUTE, NOW)).toMatch(/^18 Nov, \d\d:\d\d–\d\d:\d\d$/);
  });
});

describe("the direction of a name", () => {
  it.each([
    ["באר שבע 288", true],
    ["288 באר שבע", true],
    ["(יפו) Jaffa", true],
    ["طبريا", true],
    ["Haifa (חיפה)", false],
    ["東京", false],
    ["42 – !", false],
  ])("of %j is from the right: %s", (name, isRtl) => {
    expect(isRightToLeft(name)).toBe(isRtl);
  });
});

describe("a device's clock", () => {
  it("is right as long as travel explains the difference", () => {
    expect([skewOf(NOW + 40, NOW, NOW + 80), skewOf(NOW - 1_500, NOW, NOW + 80)]).toEqual([0, 0]);
  });

  it("is corrected when it is ahead or behind", () => {
    expect(skewOf(NOW + 60 * MINUTE, NOW, NOW + 100)).toBe(60 * MINUTE - 100);
    expect(skewOf(NOW - 60 * MINUTE, NOW, NOW + 100)).toBe(-60 * MINUTE);
  });
});

describe("the filter", () => {
  const only = (...names: string[]) => withLocations(EVERYTHING, names.join(","));

  it("takes several places at once, none twice however they are spelt", () => {
    expect(only("Haifa, Tel*", " haifa ", "באר שבע 288", "\u200fבאר שבע 288", "*").locations).toEqual([
      "Haifa",
      "Tel*",
      "באר שבע 288",
      "*",
    ]);
  });

  it.each([
    ["Washington, DC", ["Washington, DC"]],
    ["haifa, WASHINGTON,  DC; אשדוד - א,ב", ["haifa", "WASHINGTON,  DC", "אשדוד - א,ב"]],
    ["Washington, Haifa", ["Washington", "Haifa"]],
    ['"Paris, Texas", נתב"ג, רמב"ם', ["Paris, Texas", 'נתב"ג', 'רמב"ם']],
    ["Paris, Texas", ["Paris", "Texas"]],
  ])("takes %s as it is meant: a known name, or one in quotes, keeps its commas", (typed, names) => {
    const filter = withLocations(EVERYTHING, typed, ["Washington, DC", "אשדוד - א,ב", "Haifa"]);
    expect(filter.locations).toEqual(names);
    expect(readFilter(JSON.stringify(filter))).toEqual(filter);
  });

  it("suggests what was heard of once, also when it is hidden since", () => {
    const names = new Names().hear([data({ location: "Haifa" }), data({ location: "Tel Aviv" })]);
    names.hear([data({ location: "Haifa" }), data({ location: "HAIFA" }), data({ location: "Akko" })]);
    expect(names.holding("", 9)).toEqual(["Akko", "Haifa", "Tel Aviv"]);
    expect([names.holding("AI", 9), names.holding("", 1), names.all.length]).toEqual([["Haifa"], ["Haifa"], 3]);
  });

  it("takes no blank place and no more than fit", () => {
    expect(only("", "  ", "\u200f").locations).toEqual([]);
    const names = Array.from({ length: MAX_LOCATIONS + 5 }, (_, i) => `Place ${i}`);
    expect(only(...names).locations).toHaveLength(MAX_LOCATIONS);
  });

  it("lets through a place, and by * whatever begins so", () => {
    const passes = passesOf(only("haifa", "Tel*"));
    const seen = ["Haifa", "Haifa Bay", "Tel Aviv", "Jerusalem"].filter((location) => passes(data({ location })));
    expect(seen).toEqual(["Haifa", "Tel Aviv"]);
  });

  it("never hides an alert whose severity nobody gave", () => {
    const passes = passesOf({ locations: [], severities: ["extreme"] });
    const seen = [...CHOICES, "unknown" as const].filter((severity) => passes(data({ severity })));
    expect(seen).toEqual(["extreme", "unknown"]);
  });

  it("is no filter when nothing or everything is chosen", () => {
    const none = CHOICES.reduce((filter, severity) => withSeverity(filter, severity, false), EVERYTHING);
    for (const filter of [EVERYTHING, only("*"), none, { locations: [], severities: CHOICES }]) {
      expect([isEverything(filter), termsOf(filter)]).toEqual([true, undefined]);
    }
  });

  it("gives back what was taken away", () => {
    expect(withoutLocation(only("Haifa", "Tel*"), "Haifa").locations).toEqual(["Tel*"]);
    const without = withSeverity(EVERYTHING, "minor", false);
    expect(without.severities).toEqual(["extreme", "severe", "moderate"]);
    expect(withSeverity(without, "minor", true)).toEqual(EVERYTHING);
  });

  it("survives being kept, and anything else that was kept under its name does no harm", () => {
    const kept = { locations: ["Haifa", "Tel*"], severities: CHOICES.slice(0, 2) };
    expect(readFilter(JSON.stringify(kept))).toEqual(kept);
    for (const text of ["", "null", "5", "[]", '{"locations":"Haifa"}']) expect(readFilter(text)).toBeUndefined();
  });

  it("always asks the server for something that it takes", async () => {
    const typed = fc.string({ unit: "grapheme", maxLength: 300 });
    await holds(
      fc.property(typed, fc.subarray(CHOICES), (text, severities) => {
        const terms = termsOf(withLocations({ locations: [], severities }, text));
        if (terms !== undefined) expect(Filter.safeParse(terms).success).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
