/* What anybody may read without a key, asked by somebody who means harm: neither D1 nor the topic may be asked more than a
 * bounded number of times, whatever the addresses look like. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { app } from "../../src/worker/app";
import { ALERTS, alerted, freshPlace, stored } from "./alert-people";
import { alice, get, type Person, sensor } from "./people";

const FEED = `${ALERTS}/feed.json`;
const CAP = `${ALERTS}/cap.xml`;
const keyOf = (path: string): string => `http://tidings.test${path}`;
const isKept = { headers: { "cache-control": "public, max-age=60" } };

let source: Person;
beforeAll(async () => {
  source = await sensor();
});
afterEach(() => void vi.restoreAllMocks());

describe("an answer that the edge keeps", () => {
  it.each([FEED, CAP])(
    "is the answer of %s to every spelling of its address, and to a key that is none",
    async (path) => {
      await caches.default.put(keyOf(path), new Response("kept", isKept));
      const spelt = path.replace("/alerts/", "/%61l%65rts/");
      for (const address of [path, `${path}?another=1`, spelt])
        expect(await (await get(undefined, address)).text()).toBe("kept");
      for (const authorization of ["Bearer no-key", "Basic YTpi", "nonsense"]) {
        expect(await (await get(undefined, path, { authorization })).text()).toBe("kept");
      }
      await caches.default.delete(keyOf(path));
    },
  );

  it("is one alert's for a second, and never that of somebody with a key", async () => {
    const { alert_id } = await alerted(source, freshPlace());
    await stored(alert_id);
    const path = `${ALERTS}/${alert_id}`;
    expect((await get(undefined, path)).headers.get("cache-control")).toBe("public, max-age=1");
    const own = await get(alice, path);
    expect([own.status, own.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });

  it("is kept apart for each question to the history, however it is written", async () => {
    const [here, there] = [freshPlace("Here"), freshPlace("There")];
    for (const place of [here, there]) await stored((await alerted(source, place)).alert_id);
    const placesOf = async (query: string) => {
      const { alerts } = await (await get(undefined, `${ALERTS}?${query}`)).json<{ alerts: { location: string }[] }>();
      return alerts.map(({ location }) => location);
    };
    expect(await placesOf(`location=${encodeURIComponent(here)}`)).toEqual([here]);
    expect(await placesOf(`location=${encodeURIComponent(there)}`)).toEqual([there]);
    // What is kept is kept under what was understood, not under what was written.
    await env.DB.prepare("DELETE FROM alerts").run();
    expect(await placesOf(`limit=100&x=${crypto.randomUUID()}&location=${encodeURIComponent(here)}`)).toEqual([here]);
  });
});

describe("whoever makes up addresses", { timeout: 30_000 }, () => {
  const ask = (on: Env, path: string, who?: Person) =>
    app.request(keyOf(path), who === undefined ? {} : { headers: { authorization: `Bearer ${who.key}` } }, on);

  /** Many questions in one moment to an isolate that was asked nothing before. */
  async function questions(path: () => string) {
    vi.spyOn(Date, "now").mockReturnValue(Date.now());
    let asked = 0;
    const find = async () => {
      asked++;
      return undefined;
    };
    const TOPIC = { getByName: () => ({ find }) } as unknown as Env["TOPIC"];
    const on = { ...env, TOPIC };
    const answers = await Promise.all(Array.from({ length: 150 }, () => ask(on, path())));
    const refused = answers.filter(({ status }) => status === 503);
    return { on, asked, refused };
  }

  it.each([
    ["an alert", () => `${ALERTS}/${crypto.randomUUID()}`],
    ["a CAP message", () => `${ALERTS}/${crypto.randomUUID()}/cap.xml`],
    ["a place", () => `${ALERTS}?location=${crypto.randomUUID()}`],
  ])("as of %s is refused beyond a bound, and told when to come again", async (_, path) => {
    const { asked, refused } = await questions(path);
    expect(refused.length).toBe(50);
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
    expect(asked).toBeLessThanOrEqual(100);
  });

  it("keeps nobody from the second path, and nobody with a key from anything", async () => {
    const { on } = await questions(() => `${ALERTS}/${crypto.randomUUID()}`);
    for (const path of [FEED, CAP]) expect((await ask(on, path)).status).toBe(200);
    expect((await ask(on, `${ALERTS}/${crypto.randomUUID()}`, alice)).status).toBe(404);
    expect((await ask(on, ALERTS, alice)).status).toBe(200);
  });
});
