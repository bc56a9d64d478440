/* POST /api/v1/alerts through the front door. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/worker/app";
import { ALERTS, alertAt, alerted, detail, freshPlace, MINUTE, posted } from "./alert-people";
import { alice, bob, get, type Person, person, post, problem, sensor } from "./people";

let source: Person;
beforeAll(async () => {
  source = await sensor();
});

describe("what is taken", () => {
  it("is one alert, answered with its id and its place in the order of its location", async () => {
    const location = freshPlace();
    const body = await posted(await post(source, ALERTS, alertAt(location, { id: "e1" })));
    const [result] = body.results;
    expect(body).toEqual({ accepted: 1, duplicates: 0, results: [result] });
    expect(result).toEqual({
      location,
      alert_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      event_id: "e1",
      epoch: expect.any(String),
      seq: 1,
      duplicate: false,
      status: "accepted",
    });
  });

  it("is an array, answered in the order sent, one result for each location", async () => {
    const [a, b, c] = [freshPlace(), freshPlace(), freshPlace()];
    const { location: _, ...wide } = alertAt("");
    const body = await posted(await post(source, ALERTS, [alertAt(a), { ...wide, locations: [b, c] }, alertAt(a)]));
    expect(body.accepted).toBe(4);
    expect(body.results.map((r) => [r.location, r.seq])).toEqual([
      [a, 1],
      [b, 1],
      [c, 1],
      [a, 2],
    ]);
    expect(body.results[3]?.alert_id).toBe(body.results[0]?.alert_id);
    expect(new Set(body.results.map((r) => r.alert_id)).size).toBe(3);
  });

  it("is one event where a place is named twice, shown as it was written first", async () => {
    const place = freshPlace("Haifa");
    const { location: _, ...wide } = alertAt("");
    const body = await posted(
      await post(source, ALERTS, { ...wide, locations: [place, place.toUpperCase(), ` ${place}`] }),
    );
    expect(body.results.map((r) => r.location)).toEqual([place]);
    const upper = await alerted(source, place.toUpperCase());
    expect((await detail(upper.alert_id)).location).toBe(place);
  });

  it("is posted to the path of existing sources as well, in the words of the source document", async () => {
    const location = freshPlace();
    const event = { location, type: "Rocket Alert", timestamp: "2025-02-13T10:00:00.000Z", duration: 10 };
    const { results } = await posted(await post(source, "/api/alerts", event));
    expect(await detail(results[0]?.alert_id as string)).toMatchObject({
      location,
      start_time: "2025-02-13T10:00:00.000Z",
      end_time: "2025-02-13T10:10:00.000Z",
    });
  });

  it("is a type nobody has heard of, and every severity", async () => {
    const location = freshPlace();
    const { alert_id } = await alerted(source, location, { type: " Meteor ", severity: "MODERATE" });
    expect(await detail(alert_id)).toMatchObject({ type: "Meteor", types: ["Meteor"], severity: "moderate" });
    const silent = await alerted(source, freshPlace());
    expect((await detail(silent.alert_id)).severity).toBe("unknown");
  });

  it("is a fraction of a minute", async () => {
    const timestamp = Date.now();
    const { alert_id } = await alerted(source, freshPlace(), { timestamp, duration: 0.5 });
    expect((await detail(alert_id)).end_time).toBe(new Date(timestamp + 30_000).toISOString());
  });

  it("is the past, opened and closed at once", async () => {
    const { alert_id } = await alerted(source, freshPlace(), { timestamp: Date.now() - 60 * MINUTE });
    expect(await detail(alert_id)).toMatchObject({ state: "closed", count: 1, closed_at: expect.any(String) });
  });

  it("is up to seven days ahead, upcoming until it begins", async () => {
    const { alert_id } = await alerted(source, freshPlace(), { timestamp: Date.now() + 7 * 24 * 60 * MINUTE - 1_000 });
    expect(await detail(alert_id)).toMatchObject({ state: "upcoming", closed_at: null });
  });

  it("is nothing, from an empty array", async () => {
    expect(await posted(await post(source, ALERTS, []))).toEqual({ accepted: 0, duplicates: 0, results: [] });
  });

  it("is a drill beside a real alert, each in an alert of its own", async () => {
    const location = freshPlace();
    const real = await alerted(source, location);
    const drill = await alerted(source, location, { drill: true });
    expect(drill.alert_id).not.toBe(real.alert_id);
    expect(await detail(drill.alert_id)).toMatchObject({ drill: true, count: 1 });
    expect(await detail(real.alert_id)).toMatchObject({ drill: false, count: 1 });
  });
});

describe("what comes twice", () => {
  it("is answered as the first time and has no second effect", async () => {
    const location = freshPlace();
    const event = alertAt(location, { id: "e1", text: "Go inside" });
    const first = await posted(await post(source, ALERTS, event));
    const again = await posted(await post(source, ALERTS, event));
    expect(again).toEqual({
      accepted: 0,
      duplicates: 1,
      results: [{ ...first.results[0], duplicate: true, status: "duplicate" }],
    });
    expect((await detail(first.results[0]?.alert_id as string)).count).toBe(1);
  });

  it("is known in one request as well, and at each place for itself", async () => {
    const [a, b] = [freshPlace(), freshPlace()];
    const event = alertAt(a, { id: "e1" });
    const body = await posted(await post(source, ALERTS, [event, event, { ...event, location: b }]));
    expect(body.results.map((r) => [r.status, r.seq])).toEqual([
      ["accepted", 1],
      ["duplicate", 1],
      ["accepted", 1],
    ]);
  });

  it("is a new event when another source says it", async () => {
    const location = freshPlace();
    await alerted(source, location, { id: "e1" });
    expect((await alerted(alice, location, { id: "e1" })).status).toBe("accepted");
  });

  it.each([
    ["type", { type: "Drone" }],
    ["time", { timestamp: "2026-01-01T00:00:00Z" }],
    ["duration", { duration: 11 }],
    ["severity", { severity: "minor" }],
    ["text", { text: "Go" }],
    ["drill", { drill: true }],
  ])("is 422 with another %s", async (_, other) => {
    const location = freshPlace();
    const event = alertAt(location, { id: "e1" });
    const { results } = await posted(await post(source, ALERTS, event));
    const refused = await problem(await post(source, ALERTS, { ...event, ...other }));
    expect(refused).toMatchObject({ status: 422, accepted: 0, errors: [{ pointer: "/0" }] });
    expect((await detail(results[0]?.alert_id as string)).count).toBe(1);
  });

  it("is recognised by the Idempotency-Key", async () => {
    const [a, b] = [freshPlace(), freshPlace()];
    const events = [alertAt(a), alertAt(b), alertAt(a)];
    const headers = { "idempotency-key": `k-${a.slice(-8)}` };
    const first = await posted(await post(source, ALERTS, events, headers));
    const again = await posted(await post(source, ALERTS, events, headers));
    expect(again).toMatchObject({ accepted: 0, duplicates: 3 });
    expect(again.results.map((r) => [r.alert_id, r.seq])).toEqual(first.results.map((r) => [r.alert_id, r.seq]));
    const other = [alertAt(a, { type: "Drone" }), ...events.slice(1)];
    expect((await problem(await post(source, ALERTS, other, headers))).status).toBe(422);
    expect((await problem(await post(source, ALERTS, events, { "idempotency-key": "two words" }))).status).toBe(400);
  });
});

describe("what is refused", () => {
  const location = freshPlace();

  it.each([
    ["a timestamp in seconds", { timestamp: 1_763_719_000 }, "/timestamp", /seconds/],
    [
      "more than seven days ahead",
      { timestamp: Date.now() + 7 * 24 * 60 * MINUTE + MINUTE },
      "/timestamp",
      /7 days ahead/,
    ],
    ["no time at all", { timestamp: "soon" }, "/timestamp", /RFC 3339/],
    ["no duration", { duration: undefined }, "/duration", /is missing/],
    ["a duration of 0", { duration: 0 }, "/duration", /more than 0/],
    ["a negative duration", { duration: -5 }, "/duration", /more than 0/],
    ["more than a day", { duration: 1_441 }, "/duration", /1440/],
    ["a duration as text", { duration: "10" }, "/duration", /number of minutes/],
    ["a blank location", { location: " \u200f " }, "/location", /blank/],
    ["a location of ours", { location: "~canary" }, "/location", /~/],
    ["both location and locations", { locations: ["B"] }, "/location", /either/],
    ["neither location nor locations", { location: undefined }, "/location", /either/],
    ["no locations", { location: undefined, locations: [] }, "/locations", /./],
    ["a blank one among locations", { location: undefined, locations: ["B", ""] }, "/locations/1", /blank/],
    ["a blank type", { type: "  " }, "/type", /blank/],
    ["an unknown field", { sevrity: "minor" }, "/sevrity", /not a known field/],
    ["an unknown severity", { severity: "bad" }, "/severity", /./],
    ["a drill that is not sure", { drill: "yes" }, "/drill", /./],
    ["an empty id", { id: "" }, "/id", /./],
  ])("is %s", async (_, wrong, pointer, detail) => {
    const refused = await problem(await post(source, ALERTS, alertAt(location, wrong)));
    expect(refused.status).toBe(400);
    expect(refused.errors).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
  });

  it("is named field by field, alert by alert, and nothing of the request is taken", async () => {
    const place = freshPlace();
    const bad = { type: "", timestamp: Date.now() + 8 * 24 * 60 * MINUTE, duration: 0, extra: 1 };
    const refused = await problem(await post(source, ALERTS, [alertAt(place), bad, "alert", {}]));
    expect(refused.errors.map((e) => e.pointer).sort()).toEqual([
      "/1/duration",
      "/1/extra",
      "/1/location",
      "/1/timestamp",
      "/1/type",
      "/2",
      "/3/duration",
      "/3/location",
      "/3/timestamp",
      "/3/type",
    ]);
    expect((await alerted(source, place)).seq).toBe(1);
  });

  it("is more than 1,000 alerts or 5,000 places", async () => {
    expect((await problem(await post(source, ALERTS, Array(1_001).fill(alertAt("A"))))).status).toBe(413);
    const { location: _, ...wide } = alertAt("");
    const locations = Array.from({ length: 2_501 }, (_, i) => `P${i}`);
    const refused = await problem(
      await post(
        source,
        ALERTS,
        [1, 2].map(() => ({ ...wide, locations })),
      ),
    );
    expect([refused.status, refused.detail]).toEqual([413, expect.stringContaining("5002")]);
  });

  it.each([
    ["no JSON", "{", 400],
    ["nothing", "", 400],
    ["a number", "5", 400],
  ])("is %s", async (_, body, status) => {
    expect((await problem(await post(source, ALERTS, body))).status).toBe(status);
  });
});

describe("who may post", () => {
  it("is sources and admins, on either path", async () => {
    const viewers = [await bob(), await person({ role: "operator", name: "Olga" })];
    for (const path of [ALERTS, "/api/alerts"]) {
      expect((await post(alice, path, alertAt(freshPlace()))).status).toBe(200);
      for (const viewer of viewers) expect((await problem(await post(viewer, path, alertAt("A")))).status).toBe(403);
      expect((await problem(await post(undefined, path, alertAt("A")))).status).toBe(401);
    }
  });

  it("is nobody without a key, although everybody may read", async () => {
    expect((await get(undefined, ALERTS)).status).toBe(200);
    expect((await get(source, ALERTS)).status).toBe(200);
    const closed = { ...env, PUBLIC_TOPICS: "symbols" };
    for (const path of [ALERTS, `${ALERTS}/x`, `${ALERTS}/feed.json`, `${ALERTS}/cap.xml`, `${ALERTS}/x/cap.xml`]) {
      expect([path, (await app.request(path, {}, closed)).status]).toEqual([path, 401]);
      const asSource = { headers: { authorization: `Bearer ${source.key}` } };
      expect([path, (await app.request(path, asSource, closed)).status]).toEqual([path, 403]);
    }
    const asViewer = { headers: { authorization: `Bearer ${(await bob()).key}` } };
    expect((await app.request(ALERTS, asViewer, closed)).status).toBe(200);
  });
});
