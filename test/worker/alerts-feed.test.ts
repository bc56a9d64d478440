/* The second path: what those hear who can only poll. It reads D1 and no object. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { AlertFeed } from "../../src/domain/alerts/answers";
import { app } from "../../src/worker/app";
import { capBreaches, feedBreaches } from "../domain/alerts/cap-rules";
import { childrenOf, readXml, textOf, type XmlElement } from "../domain/alerts/xml";
import { until } from "../until";
import { ALERTS, alerted, freshPlace, MINUTE, stored } from "./alert-people";
import { alice, get, type Person, post, problem, sensor } from "./people";

const FEED = `${ALERTS}/feed.json`;
const CAP = `${ALERTS}/cap.xml`;

let source: Person;
beforeAll(async () => {
  source = await sensor();
});
beforeEach(async () => {
  for (const path of [FEED, CAP]) await caches.default.delete(`http://tidings.test${path}`);
});

/** Whatever the edge keeps. */
const read = async (path: string, headers: Record<string, string> = {}) => {
  await caches.default.delete(`http://tidings.test${path}`);
  return get(undefined, path, headers);
};
const feed = async (): Promise<AlertFeed> => (await read(FEED)).json<AlertFeed>();
const entryOf = async (id: string): Promise<XmlElement | undefined> => {
  const xml = readXml(await (await read(CAP)).text());
  expect(feedBreaches(xml)).toEqual([]);
  return childrenOf(xml, "entry").find((entry) => textOf(entry, "id") === `urn:uuid:${id}`);
};
const messageIn = (entry: XmlElement | undefined): XmlElement =>
  childrenOf(entry as XmlElement, "content")[0]?.children[0] as XmlElement;

/** A world in which every object is down. */
const lone = (): Env => {
  const down = {
    getByName: () => {
      throw new Error("an object was asked");
    },
  } as never;
  return { ...env, ALERT_AREA: down, ALERT_SPOOL: down, TOPIC: down, HUB: down };
};

describe("the feed", () => {
  it("has the largest alert first, then the newest, then what is to come, soonest first", async () => {
    const [small, large, late, later] = [freshPlace(), freshPlace(), freshPlace(), freshPlace()];
    const ids = [
      (await alerted(source, large)).alert_id,
      (await alerted(source, small)).alert_id,
      (await alerted(source, later, { timestamp: Date.now() + 20 * MINUTE })).alert_id,
      (await alerted(source, late, { timestamp: Date.now() + 10 * MINUTE })).alert_id,
    ];
    await alerted(source, large, { type: "Drone" });
    for (const id of ids) await stored(id, id === ids[0] ? 2 : 1);
    const { alerts, upcoming, as_of, canary_at } = await feed();
    const among = (list: { location: string }[]) =>
      list.map((a) => a.location).filter((l) => [small, large, late, later].includes(l));
    expect([among(alerts), among(upcoming)]).toEqual([
      [large, small],
      [late, later],
    ]);
    expect(alerts.find((a) => a.location === large)).toMatchObject({
      count: 2,
      type: "Mixed Threats",
      state: "active",
    });
    expect(Date.parse(as_of)).toBeGreaterThan(Date.now() - MINUTE);
    expect(canary_at).toBe(null);
  });

  it("has drills, marked, and nothing that is over", async () => {
    const drill = await alerted(source, freshPlace(), { drill: true });
    const over = await alerted(source, freshPlace(), { timestamp: Date.now() - 60 * MINUTE });
    await stored(drill.alert_id);
    await stored(over.alert_id);
    const { alerts } = await feed();
    expect(alerts.find((a) => a.alert_id === drill.alert_id)).toMatchObject({ drill: true });
    expect(alerts.map((a) => a.alert_id)).not.toContain(over.alert_id);
  });

  it("tells for an hour what was cancelled or became part of another, so that whoever shows it stops", async () => {
    const [cancelled, old] = [await alerted(source, freshPlace()), await alerted(source, freshPlace())];
    await post(alice, `${ALERTS}/${cancelled.alert_id}/cancel`);
    await post(alice, `${ALERTS}/${old.alert_id}/cancel`);
    await stored(cancelled.alert_id, 2);
    await stored(old.alert_id, 2);
    const hour = env.DB.prepare("UPDATE alerts SET over_at = over_at - 3600001 WHERE alert_id = ?");
    await hour.bind(old.alert_id).run();
    const { alerts, withdrawn } = await feed();
    const told = withdrawn.filter(({ alert_id }) => [cancelled.alert_id, old.alert_id].includes(alert_id));
    expect(told).toEqual([expect.objectContaining({ alert_id: cancelled.alert_id, cancelled: true, state: "closed" })]);
    expect(alerts.map(({ alert_id }) => alert_id)).not.toContain(cancelled.alert_id);
  });

  it("says when the last canary came this way", async () => {
    await env.ALERT_AREA.getByName("~canary").startCanary();
    const canary = () => env.DB.prepare("SELECT 1 FROM facts WHERE name = 'alerts.canary_at'").first();
    await until(canary, { what: "the canary is in D1" });
    expect(Date.parse((await feed()).canary_at as string)).toBeGreaterThan(Date.now() - MINUTE);
  });

  it("needs D1 and nothing else", async () => {
    const { alert_id } = await alerted(source, freshPlace());
    await stored(alert_id);
    for (const path of [FEED, CAP, `${ALERTS}/${alert_id}/cap.xml`]) {
      const response = await app.request(path, { headers: { authorization: `Bearer ${alice.key}` } }, lone());
      expect([path, response.status, (await response.text()).includes(alert_id)]).toEqual([path, 200, true]);
    }
  });
});

describe("the CAP feed", () => {
  it("has a valid message of each alert, and a link to it alone", async () => {
    const place = freshPlace("באר שבע & <288>");
    const { alert_id } = await alerted(source, place, { type: "ירי רקטות", text: 'היכנסו ל"מרחב" & <מוגן>' });
    await stored(alert_id);
    const entry = await entryOf(alert_id);
    const message = messageIn(entry);
    expect(textOf(message, "identifier")).toBe(`${alert_id}.1`);
    const info = childrenOf(message, "info")[0] as XmlElement;
    expect(textOf(childrenOf(info, "area")[0] as XmlElement, "areaDesc")).toBe(place);
    expect(textOf(info, "description")).toBe('היכנסו ל"מרחב" & <מוגן>');
    const href = childrenOf(entry as XmlElement, "link")[0]?.attributes.href as string;
    expect(href).toBe(`http://tidings.test${ALERTS}/${alert_id}/cap.xml`);
    const alone = await get(undefined, new URL(href).pathname);
    expect(alone.headers.get("content-type")).toBe("application/cap+xml; charset=utf-8");
    const same = readXml(await alone.text());
    expect(capBreaches(same)).toEqual([]);
    expect(same).toEqual(message);
  });

  it("updates an alert that grew and goes on telling one that was withdrawn", async () => {
    const place = freshPlace();
    const { alert_id } = await alerted(source, place);
    await alerted(source, place, { text: "again" });
    await stored(alert_id, 2);
    const update = messageIn(await entryOf(alert_id));
    expect([textOf(update, "msgType"), textOf(update, "references")?.split(",")[1]]).toEqual([
      "Update",
      `${alert_id}.1`,
    ]);
    await post(alice, `${ALERTS}/${alert_id}/cancel`);
    await stored(alert_id, 3);
    const cancel = messageIn(await entryOf(alert_id));
    expect([textOf(cancel, "msgType"), textOf(cancel, "references")?.split(" ").length]).toEqual(["Cancel", 2]);
    expect((await feed()).alerts.map((a) => a.alert_id)).not.toContain(alert_id);
  });

  it("calls a drill an exercise, and itself from whom the operator says", async () => {
    const { alert_id } = await alerted(source, freshPlace(), { drill: true });
    await stored(alert_id);
    expect(textOf(messageIn(await entryOf(alert_id)), "status")).toBe("Exercise");
    const named = { ...env, CAP_SENDER: "alerts@example.org" };
    const headers = { authorization: `Bearer ${alice.key}` };
    const alone = await app.request(`${ALERTS}/${alert_id}/cap.xml`, { headers }, named);
    expect(textOf(readXml(await alone.text()), "sender")).toBe("alerts@example.org");
    const bad = await app.request(FEED, { headers }, { ...env, CAP_SENDER: "a, b" });
    expect((await problem(bad as Response)).detail).toContain("CAP_SENDER");
  });

  it("is 404 for one alert that nobody knows", async () => {
    expect((await problem(await get(undefined, `${ALERTS}/nobody/cap.xml`))).status).toBe(404);
  });

  it("is 304 to whoever has it already, until it changes", async () => {
    const place = freshPlace();
    const { alert_id } = await alerted(source, place);
    await stored(alert_id);
    for (const path of [CAP, `${ALERTS}/${alert_id}/cap.xml`]) {
      const etag = (await read(path)).headers.get("etag") as string;
      // Also from what the edge keeps.
      for (const read of [get, get]) {
        const again = await read(undefined, path, { "if-none-match": `"x", ${etag}` });
        expect([path, again.status, again.headers.get("etag"), await again.text()]).toEqual([path, 304, etag, ""]);
      }
    }
    const etag = (await read(CAP)).headers.get("etag") as string;
    await alerted(source, place);
    await stored(alert_id, 2);
    expect((await read(CAP, { "if-none-match": etag })).status).toBe(200);
  });
});

describe("what the edge keeps", () => {
  const paths = [FEED, CAP];

  it("is what everybody gets for a second, without a question to D1", async () => {
    for (const path of paths) {
      const key = `http://tidings.test${path}`;
      const body = await until(async () => (await read(path)) && (await caches.default.match(key))?.text(), {
        what: "it is kept",
      });
      expect(body).toContain(path === FEED ? '"canary_at"' : "<feed");
      await caches.default.put(key, new Response("kept", { headers: { "cache-control": "public, max-age=60" } }));
      expect(await (await get(undefined, `${path}?not=this`)).text()).toBe("kept");
      expect((await read(path)).headers.get("cache-control")).toBe("public, max-age=1");
    }
  });

  it("is nothing that anybody showed a key for", async () => {
    for (const path of paths) {
      const own = await get(alice, path);
      expect([own.status, own.headers.get("cache-control")]).toEqual([200, "no-store"]);
      expect(await caches.default.match(`http://tidings.test${path}`)).toBeUndefined();
    }
  });

  it("is closed with the topic", async () => {
    const closed = { ...env, PUBLIC_TOPICS: "" };
    for (const path of paths) {
      await read(path);
      const url = `http://tidings.test${path}`;
      expect((await problem((await app.request(url, {}, closed)) as Response)).status).toBe(401);
      const own = await app.request(url, { headers: { authorization: `Bearer ${alice.key}` } }, closed);
      expect([own.status, own.headers.get("cache-control")]).toEqual([200, "no-store"]);
    }
  });

  it("can be read by the pages of every allowed origin", async () => {
    await read(FEED);
    const other = await get(undefined, FEED, { origin: "http://localhost:5173" });
    expect(other.headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
    const none = await get(undefined, FEED);
    expect([none.headers.get("access-control-allow-origin"), none.headers.get("vary")]).toEqual([null, "Origin"]);
  });

  it("is not needed", async () => {
    const broken = { match: () => Promise.reject(new Error("down")), put: () => Promise.reject(new Error("down")) };
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    const spy = vi.spyOn(caches, "default", "get").mockReturnValue(broken as unknown as Cache);
    expect((await get(undefined, FEED)).status).toBe(200);
    expect([spy.mock.calls.length, warned.mock.calls.length]).toEqual([2, 2]);
    vi.restoreAllMocks();
  });
});
