/* The real server is killed with SIGKILL, again and again, in a burst of civil alerts: while sources post, while alerts
 * end, while people listen. No alert is missed and none is told twice: in the areas, on topic `alerts`, in D1. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertDetail, AlertList, AlertResult, Alert as StoredAlert } from "../../src/domain/alerts/answers.ts";
import { locationKey } from "../../src/domain/alerts/location-key.ts";
import type { Severity } from "../../src/domain/alerts/severity.ts";
import { matcherOf } from "../../src/domain/live/filter.ts";
import { Sieve } from "../../src/domain/live/sieve.ts";
import { parseAlerts } from "../../tools/demo/alerts.ts";
import { fc, holds } from "../property.ts";
import { until } from "../until.ts";
import { inOrder, type Told, type Whole, wholesOf } from "./alert-model.ts";
import { type AlertFrame, AlertSubscriber } from "./alert-subscriber.ts";
import { pagesOf, untilAudited } from "./pages.ts";
import { type Server, startServer, type Victim } from "./server.ts";

const SOURCES = 3;
/** The first of the sample: 163 alerts at 30 places. */
const ROWS = parseAlerts(readFileSync("tools/data/civil-alerts.csv", "utf8")).slice(0, 61);
const PLACES = [...new Set(ROWS.flatMap(({ locations }) => locations))];
const KILLS = 4;
const MINUTE = 60_000;
const SEVERITIES: (Severity | undefined)[] = [undefined, "minor", "severe", "extreme"];
/** Every place of one town, and one of another. */
const FILTER = { locations: ["אשקלון*", "באר שבע 289"] };

type Accepted = Told & { receipt: AlertResult };

/** Short ones and long ones, late ones and upcoming ones, drills, and several types and severities. */
function bodyOf(source: number, i: number) {
  const { type, locations } = ROWS[i] as (typeof ROWS)[number];
  const n = i * SOURCES + source;
  const severity = SEVERITIES[n % SEVERITIES.length];
  return {
    id: `source-${source}/${i}`,
    locations,
    type: n % 5 === 0 ? "drones" : type,
    timestamp: Date.now() + (n % 7 === 0 ? -4_000 : n % 11 === 0 ? 2_000 : 0),
    duration: [0.01, 0.03, 0.02, 0.05][n % 4] as number,
    ...(severity === undefined ? {} : { severity }),
    ...(n % 13 === 0 ? { drill: true } : {}),
  };
}
type Body = ReturnType<typeof bodyOf>;

/** A source as it should be: it repeats the same alert, under the same id, until it is acknowledged. */
async function post(server: Server, body: Body, accepted: Accepted[]): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const results = await until(
    async () => {
      const answer = await server.fetch("/api/v1/alerts", { method: "POST", headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      return ((await answer.json()) as { results: AlertResult[] }).results;
    },
    { deadlineMs: 60_000, everyMs: 100, what: `${body.id} is acknowledged` },
  );
  const { id: event_id, type, severity = "unknown", drill = false, timestamp: start, duration } = body;
  const end = start + Math.round(duration * MINUTE);
  for (const receipt of results) {
    accepted.push({ event_id, location: receipt.location, start, end, type, severity, drill, receipt });
  }
}

async function report(server: Server, source: number, accepted: Accepted[]): Promise<void> {
  // Each from another place on, so that a place is named at many moments.
  for (let i = 0; i < ROWS.length; i++) {
    await post(server, bodyOf(source, (i + 20 * source) % ROWS.length), accepted);
  }
}

const seen = (alert: StoredAlert, events: string[]): Whole => ({
  location: alert.location,
  start: Date.parse(alert.start_time),
  end: Date.parse(alert.end_time),
  types: alert.types.toSorted(),
  severity: alert.severity,
  drill: alert.drill,
  events: events.toSorted(),
});

const listed = async (server: Server): Promise<StoredAlert[]> =>
  (await pagesOf<AlertList>(server, "/api/v1/alerts?limit=17")).flatMap(({ alerts }) => alerts);

const detailed = async (server: Server, { alert_id }: StoredAlert): Promise<AlertDetail> =>
  (await (await fetch(`${server.url}/api/v1/alerts/${alert_id}`, withKey(server))).json()) as AlertDetail;

/** Strangers may read only so many in a second. */
const withKey = ({ key }: Server) => ({ headers: { authorization: `Bearer ${key}` } });

describe("a server that is killed in a burst of alerts", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ env: { OUTBOX_DELAY_MS: "500" } });
    await server.ready();
  });
  afterAll(() => server.stop());

  it("misses no alert, tells none twice, ends each, and keeps the history", async () => {
    const accepted: Accepted[] = [];
    const everything = new AlertSubscriber(server);
    const some = new AlertSubscriber(server, FILTER);
    const total = SOURCES * ROWS.reduce((sum, { locations }) => sum + new Set(locations).size, 0);
    const sources = Array.from({ length: SOURCES }, (_, source) => report(server, source, accepted));

    const murder = async (victims: Victim[], moments: number[]) => {
      for (const [i, victim] of victims.entries()) {
        // The last one dies when every alert is posted and most have yet to end.
        const threshold = i === KILLS - 1 ? total : ((i + (moments[i] as number)) * total) / KILLS;
        await until(() => accepted.length >= threshold, {
          deadlineMs: 60_000,
          what: `${threshold} alerts are acknowledged`,
          everyMs: 1,
        });
        await server.kill(victim);
        await server.restart();
      }
    };
    const victims = fc.shuffledSubarray<Victim>(["node", "workerd", "both", "workerd"], { minLength: KILLS });
    const moments = fc.array(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { minLength: KILLS, maxLength: KILLS });
    await holds(fc.asyncProperty(victims, moments, murder), { numRuns: 1, endOnFailure: true });
    await Promise.all(sources);
    // Everywhere at once. It also wakes every area, whose last words the dead queue may have lost.
    const everywhere = { ...bodyOf(1, 0), id: "everywhere", locations: PLACES };
    await post(server, everywhere, accepted);
    expect(accepted.length).toBe(total + PLACES.length);

    const isOver = () => everything.of("open").length >= accepted.length && isAllClosed(everything);
    await until(isOver, { deadlineMs: 30_000, what: "every alert is opened and closed" });
    await untilAudited(server);
    checkTopic(everything, accepted);
    await checkFiltered(some, everything);
    await checkHistory(server, accepted, everything);
    for (const subscriber of [everything, some]) {
      expect(subscriber.connections).toBeGreaterThan(KILLS);
      subscriber.stop();
    }
  }, 300_000);
});

const isAllClosed = ({ view, closed }: AlertSubscriber): boolean => closed.length === view.alerts.size;

/** What topic and areas said: every seq of every stream once and in order, every event once, every alert's end last. */
function checkTopic(subscriber: AlertSubscriber, accepted: Accepted[]): void {
  expect(subscriber.faults).toEqual([]);
  const areas = Map.groupBy(subscriber.frames, ({ origin }) => origin.topic);
  for (const [topic, frames] of areas) {
    expect([topic, frames.map(({ origin }) => origin.seq)]).toEqual([topic, frames.map((_, i) => i + 1)]);
    expect(new Set(frames.map(({ origin }) => origin.epoch)).size).toBe(1);
  }
  const nameOf = ({ data }: AlertFrame) => `${data.event_id} ${data.location}`;
  const opened = new Map(subscriber.of("open").map((frame) => [nameOf(frame), frame]));
  const names = accepted.map(({ event_id, location }) => `${event_id} ${location}`);
  expect(subscriber.of("open").map(nameOf).toSorted()).toEqual(names.toSorted());
  for (const { event_id, location, receipt } of accepted) {
    const { origin, data } = opened.get(`${event_id} ${location}`) as AlertFrame;
    if (receipt.status === "spooled") continue;
    expect([receipt.epoch, receipt.seq]).toEqual([origin.epoch, origin.seq]);
    expect(receipt.alert_id).toBe(data.alert_id);
  }
  const ends = subscriber.of("close").map(({ data }) => `${data.alert_id} ${data.aggregate.revision}`);
  expect(new Set(ends).size).toBe(ends.length);
  const wholes = subscriber.closed.flatMap(({ superseded_by, location, drill, aggregate }) =>
    superseded_by === undefined ? [{ location, drill: drill === true, ...aggregate }] : [],
  );
  const model = wholesOf(accepted);
  const shown = ({ location, drill, start, end, types, severity, events }: Whole) =>
    [location, drill, start, end, types.join(), severity, events.length].join(" ");
  const heard = wholes.map((w) => {
    const [start, end] = [Date.parse(w.start_time), Date.parse(w.end_time)];
    return [w.location, w.drill, start, end, w.types.toSorted().join(), w.severity, w.count].join(" ");
  });
  expect(heard.toSorted()).toEqual(model.map(shown).toSorted());
}

/** The filtered listener heard exactly what its filter lets through of what the other one heard. */
async function checkFiltered(some: AlertSubscriber, everything: AlertSubscriber): Promise<void> {
  const matcher = matcherOf(FILTER);
  if (matcher === null) throw new Error("the filter lets everything through");
  const sieve = new Sieve();
  const wanted = () => everything.frames.filter((frame) => sieve.passes(matcher, JSON.stringify(frame)));
  await until(() => some.frames.length >= wanted().length, { what: "the filtered listener has heard everything" });
  expect(some.faults).toEqual([]);
  expect(some.frames.map(({ seq }) => seq)).toEqual(wanted().map(({ seq }) => seq));
  expect(some.frames.length).toBeLessThan(everything.frames.length);
}

async function checkHistory(server: Server, accepted: Accepted[], subscriber: AlertSubscriber): Promise<void> {
  // The audit counts events; the last closes may still be on their way.
  const alerts = await until(
    async () => {
      const all = await listed(server);
      return all.every(({ closed_at }) => closed_at !== null) && all;
    },
    { deadlineMs: 40_000, what: "the history has the end of every alert" },
  );
  expect(new Set(alerts.map(({ alert_id }) => alert_id))).toEqual(new Set(subscriber.view.alerts.keys()));
  expect(alerts.length).toBe(subscriber.view.alerts.size);
  expect(alerts.every(({ state }) => state === "closed")).toBe(true);
  const details = await Promise.all(alerts.map((alert) => detailed(server, alert)));
  const wholes = details
    .filter(({ superseded_by }) => superseded_by === null)
    .map((alert) =>
      seen(
        alert,
        alert.events.map(({ event_id }) => event_id ?? ""),
      ),
    );
  expect(inOrder(wholes)).toEqual(wholesOf(accepted));
  for (const { superseded_by, events } of details) if (superseded_by !== null) expect(events).toEqual([]);
  expect(details.filter((alert) => alert.superseded_by === null).every((a) => a.count === a.events.length)).toBe(true);
  const stored = details.flatMap(({ location, events }) =>
    events.map(({ epoch, seq }) => [locationKey(location), epoch, seq]),
  );
  const said = subscriber
    .of("open")
    .map(({ origin }) => [origin.topic.slice("areas/".length), origin.epoch, origin.seq]);
  expect(stored.map(String).toSorted()).toEqual(said.map(String).toSorted());
}
