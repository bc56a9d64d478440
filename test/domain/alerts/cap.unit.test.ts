/* CAP messages: valid by CAP 1.2's rules whatever an alert says, and saying what it says. */
import { describe, expect, it } from "vitest";
import { type CapAlert, capDocument, capFeed } from "../../../src/domain/alerts/cap";
import { type AlertRow, rowsOf } from "../../../src/domain/alerts/history";
import { type AlertPart, history } from "../../../src/domain/alerts/part";
import { SEVERITIES } from "../../../src/domain/alerts/severity";
import { fc, holds } from "../../property";
import { capBreaches, feedBreaches } from "./cap-rules";
import { clock, MINUTE, Place } from "./place";
import { childrenOf, readXml, textOf, type XmlElement } from "./xml";

const SENDER = "alerts@example.org";
const ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

const row = (more: Partial<AlertRow> = {}): AlertRow => ({
  alert_id: ID,
  key: "haifa",
  location: "Haifa",
  types: '["Rocket Alert"]',
  type: "Rocket Alert",
  severity: "extreme",
  start_time: clock("10:00"),
  end_time: clock("10:10"),
  over_at: clock("10:10"),
  count: 1,
  revision: 1,
  said_at: JSON.stringify({ 1: clock("10:00") }),
  opened_at: clock("10:00"),
  closed_at: null,
  drill: 0,
  cancelled: 0,
  superseded_by: null,
  ...more,
});

const message = (more: Partial<AlertRow> = {}, ...texts: string[]): XmlElement => {
  const alert = readXml(capDocument({ row: row(more), texts }, SENDER));
  expect(capBreaches(alert)).toEqual([]);
  return alert;
};
const infoOf = (alert: XmlElement): XmlElement => childrenOf(alert, "info")[0] as XmlElement;
const texts = (element: XmlElement, name: string) => childrenOf(element, name).map(({ text }) => text);

/** The alerts of a place, as a consumer's tables have them. */
function stored(place: Place): CapAlert[] {
  const { alerts } = rowsOf(place.entries.flatMap((entry) => history.parts(entry) as AlertPart[]));
  return [...alerts.values()].map((one) => ({ row: one, texts: [] }));
}

describe("a message", () => {
  it("says what CAP asks for, with times that CAP can read", () => {
    const alert = message();
    const said = Object.fromEntries(alert.children.map(({ name, text }) => [name, text]));
    expect(said).toEqual({
      identifier: `${ID}.1`,
      sender: SENDER,
      sent: "2025-02-13T10:00:00-00:00",
      status: "Actual",
      msgType: "Alert",
      scope: "Public",
      info: "",
    });
    const info = Object.fromEntries(infoOf(alert).children.map(({ name, text }) => [name, text]));
    expect(info).toMatchObject({
      category: "Security",
      event: "Rocket Alert",
      responseType: "Shelter",
      urgency: "Immediate",
      severity: "Extreme",
      certainty: "Observed",
      onset: "2025-02-13T10:00:00-00:00",
      expires: "2025-02-13T10:10:00-00:00",
      headline: "Rocket Alert – Haifa",
    });
  });

  it("lasts to the end of the second in which the alert ends", () => {
    expect(textOf(infoOf(message({ end_time: clock("10:10") + 1 })), "expires")).toBe("2025-02-13T10:10:01-00:00");
  });

  it("updates all earlier messages of its alert", () => {
    const said_at = JSON.stringify({ 2: clock("10:01"), 3: clock("10:02"), 4: clock("10:03") });
    const alert = message({ revision: 4, said_at });
    expect([textOf(alert, "msgType"), textOf(alert, "identifier")]).toEqual(["Update", `${ID}.4`]);
    expect(textOf(alert, "sent")).toBe("2025-02-13T10:03:00-00:00");
    expect(textOf(alert, "references")?.split(" ")).toEqual([
      `${SENDER},${ID}.1,2025-02-13T10:00:00-00:00`,
      `${SENDER},${ID}.2,2025-02-13T10:01:00-00:00`,
      `${SENDER},${ID}.3,2025-02-13T10:02:00-00:00`,
    ]);
  });

  it("withdraws a cancelled alert and gives the all-clear", () => {
    const at = clock("10:05");
    const gone = { revision: 2, cancelled: 1, closed_at: at, over_at: at, said_at: JSON.stringify({ 2: at }) };
    const alert = message(gone);
    expect([textOf(alert, "msgType"), textOf(infoOf(alert), "urgency")]).toEqual(["Cancel", "Past"]);
    expect(texts(infoOf(alert), "responseType")).toEqual(["AllClear"]);
    expect(textOf(alert, "references")).toBe(`${SENDER},${ID}.1,2025-02-13T10:00:00-00:00`);
  });

  it("withdraws an alert that became part of another, without an all-clear", () => {
    const alert = message({ revision: 2, superseded_by: "other", closed_at: clock("10:05"), over_at: clock("10:05") });
    expect(textOf(alert, "msgType")).toBe("Cancel");
    expect(texts(infoOf(alert), "responseType")).toEqual([]);
    const named = childrenOf(infoOf(alert), "parameter").map((p) => [textOf(p, "valueName"), textOf(p, "value")]);
    expect(named).toContainEqual(["superseded_by", "other"]);
  });

  it("marks a drill where machines and people look", () => {
    const alert = message({ drill: 1 });
    expect([textOf(alert, "status"), textOf(alert, "note")]).toEqual(["Exercise", "This is a drill."]);
    expect(textOf(infoOf(alert), "headline")).toBe("DRILL: Rocket Alert – Haifa");
  });

  it.each([
    ["Rocket and missile fire", "Security"],
    ["ירי רקטות וטילים", "Security"],
    ["Terrorist infiltration", "Security"],
    ["Earthquake", "Geo"],
    ["Tsunami warning", "Geo"],
    ["Severe thunderstorm", "Met"],
    ["Flash flood", "Met"],
    ["Extreme heat", "Met"],
    ["Theatre closed", "Other"],
    ["Wildfire", "Fire"],
    ["Ceasefire", "Other"],
    ["Chemical spill", "CBRNE"],
    ["Epidemic", "Health"],
    ["Meteor", "Other"],
  ])("puts %s under %s", (type, category) => {
    expect(texts(infoOf(message({ type, types: JSON.stringify([type]) })), "category")).toEqual([category]);
  });

  it("names each category of mixed threats once", () => {
    const types = JSON.stringify(["Rocket", "Drone", "Fire"]);
    const info = infoOf(message({ type: "Mixed Threats", types }));
    expect([textOf(info, "event"), ...texts(info, "category")]).toEqual(["Mixed Threats", "Security", "Fire"]);
  });

  it.each([
    ["rockets", undefined],
    ["ירי רקטות", "he"],
    ["Ракета", "und"],
  ])("says in which language %s is, as far as its letters tell", (type, language) => {
    expect(textOf(infoOf(message({ type })), "language")).toBe(language);
  });

  it.each([
    ["10:00", "Immediate", "Observed"],
    ["9:55", "Expected", "Likely"],
    ["8:00", "Future", "Likely"],
    ["10:30", "Past", "Observed"],
  ])("said at %s about 10:00-10:10 is %s and %s", (time, urgency, certainty) => {
    const info = infoOf(message({ opened_at: clock(time), said_at: JSON.stringify({ 1: clock(time) }) }));
    expect([textOf(info, "urgency"), textOf(info, "certainty")]).toEqual([urgency, certainty]);
  });

  it("tells what sources said", () => {
    expect(textOf(infoOf(message({}, "Go inside", "Stay there")), "description")).toBe("Go inside\nStay there");
  });
});

const nasty = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "באר שבע 288",
    "\u200fתל אביב\u200e",
    "]]><![CDATA[",
    "a&b<c>\"d'",
    "\r\n\t",
    "\ud800",
    "\u0000\u0007\uffff",
  ),
);
const time = fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(2200, 0) });

const anyAlert: fc.Arbitrary<CapAlert> = fc
  .record({
    alert_id: fc.uuid(),
    location: nasty,
    kinds: fc.uniqueArray(nasty, { minLength: 1, maxLength: 4 }),
    severity: fc.constantFrom(...SEVERITIES),
    start: time,
    length: fc.integer({ min: 1, max: 86_400_000 }),
    opened_at: time,
    revision: fc.integer({ min: 1, max: 40 }),
    drill: fc.boolean(),
    end: fc.constantFrom("open", "closed", "cancelled", "superseded"),
    texts: fc.array(nasty, { maxLength: 4 }),
  })
  .map(({ kinds, start, length, opened_at, revision: events, end, texts, drill, ...rest }) => {
    const isWithdrawn = end === "cancelled" || end === "superseded";
    const revision = isWithdrawn ? events + 1 : events;
    const said = Array.from({ length: 20 }, (_, i) => [revision - i, opened_at + (revision - i - 1) * 700]);
    const known = said.filter(([r]) => (r as number) > 0);
    const more: Partial<AlertRow> = {
      ...rest,
      types: JSON.stringify(kinds),
      type: kinds.length === 1 ? (kinds[0] as string) : "Mixed Threats",
      start_time: start,
      end_time: start + length,
      opened_at,
      revision,
      said_at: JSON.stringify(Object.fromEntries(known)),
      drill: drill ? 1 : 0,
      cancelled: end === "cancelled" ? 1 : 0,
      superseded_by: end === "superseded" ? ID : null,
      closed_at: end === "open" ? null : opened_at + revision * 700,
    };
    return { row: row(more), texts };
  });

/** What a reader of XML must get of a text. */
const readable = (text: string): string =>
  Array.from(text)
    .filter((c) => /[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(c))
    .join("");

describe("any alert", () => {
  it("makes a valid message that says its place and type letter by letter", async () => {
    const property = fc.property(anyAlert, (alert) => {
      const xml = readXml(capDocument(alert, SENDER));
      expect(capBreaches(xml)).toEqual([]);
      const info = infoOf(xml);
      expect(textOf(info, "event")).toBe(readable(alert.row.type));
      expect(textOf(childrenOf(info, "area")[0] as XmlElement, "areaDesc")).toBe(readable(alert.row.location));
      expect(textOf(xml, "status")).toBe(alert.row.drill === 1 ? "Exercise" : "Actual");
    });
    await holds(property, { numRuns: 500 });
  });

  it("is an entry of a valid feed", async () => {
    const unique = fc.uniqueArray(anyAlert, { selector: ({ row: { alert_id } }) => alert_id, maxLength: 5 });
    const property = fc.property(unique, time, (alerts, updated) => {
      const linkOf = (id: string) => `https://example.org/api/v1/alerts/${id}/cap.xml`;
      const self = "https://example.org/api/v1/alerts/cap.xml";
      const feed = readXml(capFeed(alerts, { sender: SENDER, self, linkOf, updated }));
      expect(feedBreaches(feed)).toEqual([]);
      expect(childrenOf(feed, "entry")).toHaveLength(alerts.length);
    });
    await holds(property);
  });
});

describe("the messages of a place", () => {
  it("refer to every message that came before, by the very names it had", async () => {
    const step = fc.tuple(
      fc.integer({ min: 0, max: 600 }),
      fc.integer({ min: -10, max: 30 }),
      fc.integer({ min: 1, max: 15 }),
    );
    const property = fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), (steps) => {
      const place = new Place(clock("9:59") + 1);
      const published = new Map<string, string>();
      const names = new Set<string>();
      const note = () => {
        for (const alert of stored(place)) {
          const text = capDocument(alert, SENDER);
          const xml = readXml(text);
          expect(capBreaches(xml)).toEqual([]);
          const identifier = textOf(xml, "identifier") as string;
          // The same message never reads differently.
          expect(text).toBe(published.get(identifier) ?? text);
          published.set(identifier, text);
          names.add(`${SENDER},${identifier},${textOf(xml, "sent")}`);
          for (const reference of textOf(xml, "references")?.split(" ") ?? []) expect([...names]).toContain(reference);
        }
      };
      for (const [seconds, start, minutes] of steps) {
        place.at(place.now + seconds * 1_000);
        note();
        place.send(place.event(clock("10:00") + start * MINUTE, minutes));
        note();
      }
    });
    await holds(property);
  });
});
