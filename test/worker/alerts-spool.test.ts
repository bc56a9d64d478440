/* Places that cannot be reached: their alerts are kept by a spool, answered 202, and are there once when the place is back. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PostedAlerts } from "../../src/domain/alerts/answers";
import { locationKey } from "../../src/domain/alerts/location-key";
import type { AlertArea } from "../../src/durable-objects/alert-area";
import type { AlertSpool } from "../../src/durable-objects/alert-spool";
import { app } from "../../src/worker/app";
import { until } from "../until";
import { ALERTS, alertAt, detail, freshPlace, posted } from "./alert-people";
import { alice, problem } from "./people";

type Append = AlertArea["append"];

/** The real binding, except that `append` of the place goes through `fault`. */
function faulty(place: string, fault: (append: Append) => Append): Env {
  const getByName = (name: string) => {
    const stub = env.ALERT_AREA.getByName(name);
    if (name !== locationKey(place)) return stub;
    const append = fault((request) => stub.append(request) as unknown as ReturnType<Append>);
    return new Proxy(stub, { get: (target, method) => (method === "append" ? append : Reflect.get(target, method)) });
  };
  return { ...env, ALERT_AREA: { getByName } as unknown as Env["ALERT_AREA"] };
}
const down = (place: string): Env =>
  faulty(place, () => () => Promise.reject(new Error("Network connection lost. at secret-host")));
const answerLost = (place: string): Env =>
  faulty(place, (append) => async (request) => {
    await append(request);
    throw new Error("Network connection lost.");
  });

const send = async (on: Env, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  app.request(
    ALERTS,
    { method: "POST", headers: { authorization: `Bearer ${alice.key}`, ...headers }, body: JSON.stringify(body) },
    on,
  );

const SPOOLS = Array.from({ length: 16 }, (_, i) => env.ALERT_SPOOL.getByName(`spool-${i}`));
const waiting = async (): Promise<number> => {
  const counts = await Promise.all(SPOOLS.map((spool) => spool.waiting()));
  return counts.reduce((sum, n) => sum + n, 0);
};
/** The alarm of every spool in which something waits. */
const ring = () => Promise.all(SPOOLS.map((spool) => runDurableObjectAlarm(spool)));

/** Spools see the places as `on` does, or again as they are. */
const spoolsSee = (on: Env) =>
  Promise.all(
    SPOOLS.map((spool) =>
      runInDurableObject(spool, (instance: AlertSpool) => {
        Object.assign(instance, { env: on });
      }),
    ),
  );
const delivered = async (): Promise<void> => {
  await spoolsSee(env);
  await ring();
  await until(async () => (await waiting()) === 0, { what: "nothing waits" });
};

const framesOf = async (place: string): Promise<{ type: string; data: Record<string, unknown> }[]> => {
  const key = locationKey(place);
  const range = await env.ALERT_AREA.getByName(key).read(`areas/${key}`, { epoch: "", seq: 0 }, 1_000);
  return range.status === "range" ? range.frames.map((text) => JSON.parse(text)) : [];
};

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());
afterEach(async () => {
  await delivered();
  vi.restoreAllMocks();
});

describe("a place that is down", () => {
  it("refuses nothing: its alert is kept, answered 202, and open when the place is back", async () => {
    const place = freshPlace();
    await spoolsSee(down(place));
    const { results, ...body } = await posted(await send(down(place), alertAt(place, { id: "e1" })), 202);
    expect(body).toEqual({ accepted: 1, duplicates: 0, spooled: true });
    expect(results).toEqual([
      { location: place, alert_id: null, event_id: "e1", epoch: null, seq: null, duplicate: false, status: "spooled" },
    ]);
    await ring();
    expect([await waiting(), await framesOf(place)]).toEqual([1, []]);
    await delivered();
    expect((await framesOf(place)).map(({ type, data }) => [type, data.event_id])).toEqual([["open", "e1"]]);
  });

  it("has its alert about a second after it is back, by the spool's own alarm", async () => {
    const place = freshPlace();
    await posted(await send(down(place), alertAt(place)), 202);
    const frames = await until(async () => (await framesOf(place)).length > 0 && framesOf(place), {
      what: "it is open",
    });
    expect(frames.map(({ type }) => type)).toEqual(["open"]);
  });

  it("delays nobody else's alert", async () => {
    const [bad, good] = [freshPlace(), freshPlace()];
    await spoolsSee(down(bad));
    const body = await posted(await send(down(bad), [alertAt(bad), alertAt(good)]), 202);
    expect(body.results.map((r) => r.status)).toEqual(["spooled", "accepted"]);
    expect((await detail(body.results[1]?.alert_id as string)).location).toBe(good);
  });

  it("says nothing of what went wrong inside", async () => {
    const place = freshPlace();
    expect(await (await send(down(place), alertAt(place))).text()).not.toContain("secret-host");
  });

  it("for a minute with a hundred alerts loses none, doubles none, and keeps each once", async () => {
    const place = freshPlace();
    const isolate = down(place);
    await spoolsSee(isolate);
    const events = Array.from({ length: 100 }, (_, i) => alertAt(place, { id: `e${i}` }));
    const answers = await Promise.all(events.map((event) => send(isolate, event)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    // Sources that are not sure repeat themselves meanwhile.
    for (const event of events.slice(0, 10)) {
      expect(await posted(await send(isolate, event), 202)).toMatchObject({ accepted: 0, duplicates: 1 });
    }
    for (let i = 0; i < 5; i++) await ring();
    expect([await waiting(), (await framesOf(place)).length]).toEqual([100, 0]);
    await delivered();
    const told = (await framesOf(place)).map(({ data }) => data.event_id as string);
    expect(told.sort()).toEqual(events.map((_, i) => `e${i}`).sort());
    await ring();
    expect(await framesOf(place)).toHaveLength(100);
  }, 30_000);

  it("takes a direct repetition while the first still waits, and the first then changes nothing", async () => {
    const place = freshPlace();
    await spoolsSee(down(place));
    const event = alertAt(place, { id: "e1" });
    await posted(await send(down(place), event), 202);
    const direct = await posted(await send(env, event));
    expect(direct.results[0]).toMatchObject({ status: "accepted", seq: 1 });
    await delivered();
    expect(await framesOf(place)).toHaveLength(1);
    expect((await posted(await send(env, event))).results[0]).toMatchObject({
      status: "duplicate",
      alert_id: direct.results[0]?.alert_id,
      seq: 1,
    });
  });

  it("is 422 for the same id with other content, also while it waits", async () => {
    const place = freshPlace();
    await spoolsSee(down(place));
    await posted(await send(down(place), alertAt(place, { id: "e1" })), 202);
    expect((await problem(await send(down(place), alertAt(place, { id: "e1", type: "Drone" })))).status).toBe(422);
  });

  it("is recognised by the Idempotency-Key through the spool", async () => {
    const place = freshPlace();
    await spoolsSee(down(place));
    const [event, headers] = [alertAt(place), { "idempotency-key": `k-${place.slice(-8)}` }];
    await posted(await send(down(place), event, headers), 202);
    expect(await posted(await send(env, event, headers))).toMatchObject({ accepted: 1 });
    await delivered();
    expect(await framesOf(place)).toHaveLength(1);
  });
});

describe("an answer that is lost", () => {
  it("doubles nothing: the place has the alert, and the spool's is a repetition", async () => {
    const place = freshPlace();
    const body = await posted(await send(answerLost(place), alertAt(place)), 202);
    expect(body).toMatchObject({ spooled: true, accepted: 1 });
    await delivered();
    expect((await framesOf(place)).map(({ type }) => type)).toEqual(["open"]);
  });

  it("between spool and place neither, however often", async () => {
    const place = freshPlace();
    await spoolsSee(answerLost(place));
    await posted(await send(down(place), alertAt(place)), 202);
    for (let i = 0; i < 3; i++) await ring();
    expect([await waiting(), (await framesOf(place)).length]).toEqual([1, 1]);
    await delivered();
    expect(await framesOf(place)).toHaveLength(1);
  });

  it("of a place that takes longer than two seconds does not hold the source up", async () => {
    const place = freshPlace();
    const slow = faulty(place, (append) => async (request) => {
      await append(request);
      return new Promise<never>(() => {});
    });
    const before = Date.now();
    const body = await posted(await send(slow, alertAt(place)), 202);
    expect(body.results[0]?.status).toBe("spooled");
    expect(Date.now() - before).toBeGreaterThanOrEqual(1_990);
    await delivered();
    expect(await framesOf(place)).toHaveLength(1);
  });
});

describe("a place and its spool that are both down", () => {
  it("refuse the alert, name it, and take it when it comes again", async () => {
    const place = freshPlace();
    const dead = {
      ...down(place),
      ALERT_SPOOL: { getByName: () => ({ append: fail }) } as unknown as Env["ALERT_SPOOL"],
    };
    function fail(): Promise<never> {
      return Promise.reject(new Error("down"));
    }
    const event = alertAt(place, { id: "e1" });
    const refused = await send(dead, event);
    expect(refused.headers.get("retry-after")).toBe("1");
    const body = (await problem(refused)) as Awaited<ReturnType<typeof problem>> & PostedAlerts;
    expect(body).toMatchObject({ status: 503, accepted: 0, results: [{ status: "unavailable", alert_id: null }] });
    expect(body.errors).toEqual([{ pointer: "/0", detail: expect.stringContaining("send it again") }]);
    expect((await posted(await send(env, event))).accepted).toBe(1);
  });
});
