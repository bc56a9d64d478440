/* Reading civil alerts, and cancelling them. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { AlertDetail } from "../../src/domain/alerts/answers";
import { locationKey } from "../../src/domain/alerts/location-key";
import { app } from "../../src/worker/app";
import { ALERTS, alerted, detail, freshPlace, historyOf, listed, MINUTE, stored } from "./alert-people";
import { alice, bob, get, type Person, person, post, problem, sensor } from "./people";

let source: Person;
let operator: Person;
beforeAll(async () => {
  source = await sensor();
  operator = await person({ role: "operator", name: "Olga" });
});

/** The history as it was before it had heard of the place. */
async function forget(id: string, place: string): Promise<void> {
  const values: [sql: string, value: string][] = [
    ["DELETE FROM alerts WHERE alert_id = ?", id],
    ["DELETE FROM alert_events WHERE alert_id = ?", id],
    ["DELETE FROM cursors WHERE object = ?", `AlertArea/${locationKey(place)}`],
  ];
  await env.DB.batch(values.map(([sql, value]) => env.DB.prepare(sql).bind(value)));
}
const cancel = (id: string, who: Person | undefined = operator) => post(who, `${ALERTS}/${id}/cancel`);
/** The API while no area can be reached. */
const areasDown = (path: string): Promise<Response> => {
  const getByName = () => ({ partsAfter: () => Promise.reject(new Error("down")) });
  return Promise.resolve(app.request(path, {}, { ...env, ALERT_AREA: { getByName } as unknown as Env["ALERT_AREA"] }));
};

describe("one alert", () => {
  it("is whole at once, before the history has it, and the same afterwards", async () => {
    const place = freshPlace();
    const first = await alerted(source, place, { id: "e1", text: "Go inside", severity: "severe" });
    await alerted(source, place, { id: "e2", type: "Drone", severity: "extreme" });
    const fresh = await detail(first.alert_id);
    expect(fresh).toMatchObject({
      location: place,
      type: "Mixed Threats",
      types: ["Rocket Alert", "Drone"],
      severity: "extreme",
      count: 2,
      revision: 2,
      state: "active",
      events: [
        { event_id: "e1", type: "Rocket Alert", severity: "severe", text: "Go inside", epoch: first.epoch, seq: 1 },
        { event_id: "e2", type: "Drone", severity: "extreme", text: null, epoch: first.epoch, seq: 2 },
      ],
    });
    await stored(first.alert_id, 2);
    const { as_of: _, reach: __, ...later } = await detail(first.alert_id);
    expect(fresh).toMatchObject(later);
    await forget(first.alert_id, place);
    expect(await detail(first.alert_id)).toMatchObject(later);
  });

  it("has the events of an alert that it absorbed, also before the history knows of that", async () => {
    const [place, now] = [freshPlace(), Date.now()];
    const older = await alerted(source, place, { timestamp: now, duration: 10 });
    const younger = await alerted(source, place, { timestamp: now + 20 * MINUTE, duration: 10 });
    await stored(younger.alert_id);
    await alerted(source, place, { timestamp: now + 5 * MINUTE, duration: 20 });
    const joined = await detail(older.alert_id);
    expect([joined.count, joined.events.length]).toEqual([3, 3]);
    expect(await detail(younger.alert_id)).toMatchObject({ superseded_by: older.alert_id, state: "closed" });
    await stored(younger.alert_id, 2);
    // With a key: what was answered without one is kept for a second.
    const eventsOf = async (id: string) => (await (await get(operator, `${ALERTS}/${id}`)).json<AlertDetail>()).events;
    expect(await eventsOf(older.alert_id)).toEqual(joined.events);
    expect(await eventsOf(younger.alert_id)).toEqual([]);
  });

  it("is 404 where nobody knows it", async () => {
    expect((await problem(await get(undefined, `${ALERTS}/nobody`))).status).toBe(404);
    expect((await problem(await get(undefined, `${ALERTS}/${"x".repeat(101)}`))).status).toBe(400);
  });

  it("is what was stored, marked stale, while its area cannot be reached", async () => {
    const { alert_id } = await alerted(source, freshPlace());
    await stored(alert_id);
    const response = await areasDown(`${ALERTS}/${alert_id}`);
    expect(await response.json()).toMatchObject({ alert_id, stale: true, events: [{}] });
  });
});

describe("the list", () => {
  it("finds places by name, by several names, and by how they begin", async () => {
    const [a, b, c] = [freshPlace("Akko"), freshPlace("Beit Shean"), freshPlace("Ashdod, A,B")];
    for (const place of [a, b, c]) await stored((await alerted(source, place)).alert_id);
    const found = async (location: string) =>
      (await listed(`limit=1000&location=${encodeURIComponent(location)}`)).alerts.map((alert) => alert.location);
    expect(await found(a.toUpperCase())).toEqual([a]);
    expect((await found(`${a}, ${b}`)).sort()).toEqual([a, b]);
    expect((await found(JSON.stringify([a, c]))).sort()).toEqual([a, c]);
    expect(await found("beit  sh*")).toEqual([b]);
    expect(await found("Nowhere*")).toEqual([]);
    expect(await found("%")).toEqual([]);
  });

  it("sorts by state, as the clock has it", async () => {
    const [past, now, next] = [freshPlace("State"), freshPlace("State"), freshPlace("State")];
    const ids = [
      (await alerted(source, past, { timestamp: Date.now() - 60 * MINUTE })).alert_id,
      (await alerted(source, now)).alert_id,
      (await alerted(source, next, { timestamp: Date.now() + 60 * MINUTE })).alert_id,
    ];
    for (const id of ids) await stored(id);
    const at = async (state: string) => (await listed(`state=${state}&location=State*`)).alerts;
    expect((await at("closed")).map((a) => [a.alert_id, a.state])).toEqual([[ids[0], "closed"]]);
    expect((await at("active")).map((a) => [a.alert_id, a.state])).toEqual([[ids[1], "active"]]);
    expect((await at("upcoming")).map((a) => [a.alert_id, a.state])).toEqual([[ids[2], "upcoming"]]);
    // Latest end first.
    expect((await listed("location=State*")).alerts.map((a) => a.alert_id)).toEqual(ids.toReversed());
  });

  it("begins where the caller says, in either form", async () => {
    const [before, after] = [freshPlace("Since"), freshPlace("Since")];
    await stored((await alerted(source, before)).alert_id);
    const { opened_at } = (await historyOf(before))[0] as { opened_at: string };
    const since = Date.parse(opened_at) + 1;
    const { alert_id } = await alerted(source, after);
    await stored(alert_id);
    for (const time of [since, new Date(since).toISOString()]) {
      expect((await listed(`location=Since*&since=${time}`)).alerts.map((a) => a.alert_id)).toEqual([alert_id]);
    }
  });

  it("pages by cursor, each alert once, through every age", async () => {
    const times = [
      Date.now(),
      Date.now() - 100 * MINUTE,
      "1969-12-31T23:00:00Z",
      "1950-01-01T00:00:00Z",
      "0001-01-01T00:00:00Z",
    ];
    const ids: string[] = [];
    for (const timestamp of times) ids.push((await alerted(source, freshPlace("Page"), { timestamp })).alert_id);
    for (const id of ids) await stored(id);
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await listed(`location=Page*&limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...page.alerts.map((a) => a.alert_id));
      cursor = page.next_cursor ?? "";
    } while (cursor !== "");
    expect(seen).toEqual(ids);
  });

  it.each([
    ["state=open", "state"],
    ["since=yesterday", "since"],
    ["since=1763719000", "since"],
    ["limit=0", "limit"],
    ["limit=1001", "limit"],
    ["cursor=x", "cursor"],
    [`location=${"a,".repeat(51)}`, "location"],
    ["location=[Akko", "location"],
    ["location=Akko&location=Haifa", "location"],
  ])("refuses ?%s and names it", async (query, pointer) => {
    const refused = await problem(await get(undefined, `${ALERTS}?${query}`));
    expect([refused.status, refused.errors.map((e) => e.pointer)]).toEqual([400, [pointer]]);
  });
});

describe("cancelling", () => {
  it("closes the alert now, says so to everybody, and does it once", async () => {
    const place = freshPlace();
    const { alert_id } = await alerted(source, place);
    // Nobody but the topic knows the alert yet.
    await detail(alert_id);
    const first = await cancel(alert_id);
    expect(first.status).toBe(200);
    const body = await first.json<AlertDetail>();
    expect(body).toMatchObject({ alert_id, state: "closed", cancelled: true, revision: 2 });
    const again = await cancel(alert_id);
    expect([again.status, await again.json<AlertDetail>()]).toMatchObject([
      200,
      { closed_at: body.closed_at, revision: 2 },
    ]);
    await stored(alert_id, 2);
    expect((await historyOf(place)).map((a) => [a.state, a.cancelled])).toEqual([["closed", true]]);
    const key = locationKey(place);
    const range = await env.ALERT_AREA.getByName(key).read(`areas/${key}`, { epoch: "", seq: 0 }, 10);
    expect(range.status === "range" && range.frames.map((text) => JSON.parse(text).type)).toEqual(["open", "close"]);
  });

  it("takes an alert that lies ahead back before it begins", async () => {
    const { alert_id } = await alerted(source, freshPlace(), { timestamp: Date.now() + 60 * MINUTE });
    await detail(alert_id);
    expect(await (await cancel(alert_id)).json()).toMatchObject({ state: "closed", cancelled: true });
  });

  it("leaves the next alert of the place alone", async () => {
    const place = freshPlace();
    const first = await alerted(source, place);
    await detail(first.alert_id);
    await cancel(first.alert_id);
    const second = await alerted(source, place);
    expect(second.alert_id).not.toBe(first.alert_id);
    expect(await detail(second.alert_id)).toMatchObject({ count: 1, cancelled: false, state: "active" });
  });

  it("is 409 for one that is over, and 404 for one that never was", async () => {
    const { alert_id } = await alerted(source, freshPlace(), { timestamp: Date.now() - 60 * MINUTE });
    await detail(alert_id);
    const refused = await problem(await cancel(alert_id));
    expect([refused.status, refused.type]).toEqual([409, "/docs#problem-already_closed"]);
    expect((await problem(await cancel("nobody"))).status).toBe(404);
  });

  it("is for operators and admins", async () => {
    const { alert_id } = await alerted(source, freshPlace());
    await detail(alert_id);
    for (const who of [source, await bob()]) expect((await problem(await cancel(alert_id, who))).status).toBe(403);
    expect((await problem(await post(undefined, `${ALERTS}/${alert_id}/cancel`))).status).toBe(401);
    expect((await cancel(alert_id, alice)).status).toBe(200);
  });
});
