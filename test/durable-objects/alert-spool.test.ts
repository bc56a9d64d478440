/* A spool in workerd: what it forwards, what it keeps over a crash, what it gives up. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AlertEvent } from "../../src/domain/alerts/alert";
import type { Spooled } from "../../src/domain/alerts/spool";
import type { AlertArea } from "../../src/durable-objects/alert-area";
import type { AlertSpool } from "../../src/durable-objects/alert-spool";

const MINUTE = 60_000;
type Append = AlertArea["append"];

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

let names = 0;
const fresh = (kind: string): string => `${kind}-${++names}`;

function spooled(area: string, id: string, kind = "Rocket Alert"): Spooled {
  const start = Date.now();
  const body: AlertEvent = {
    type: "alert",
    event_id: id,
    candidate: crypto.randomUUID(),
    location: area,
    kind,
    severity: "severe",
    start,
    end: start + 10 * MINUTE,
    drill: false,
  };
  return { area, event: { stream: area, source: "sensor", id, hash: kind, body } };
}

/** Makes this session of the spool see a place, or D1, as it is given. */
const sees = (spool: DurableObjectStub<AlertSpool>, other: Partial<Env>) =>
  runInDurableObject(spool, (instance) => {
    Object.assign(instance, { env: { ...env, ...other } });
  });
const places = (append: (real: Append) => Append): Partial<Env> => {
  const getByName = (name: string) => {
    const stub = env.ALERT_AREA.getByName(name);
    return { append: append((request) => stub.append(request) as unknown as ReturnType<Append>) };
  };
  return { ALERT_AREA: { getByName } as unknown as Env["ALERT_AREA"] };
};
const ALL_DOWN = places(() => () => Promise.reject(new Error("down")));

const openedAt = async (area: string): Promise<string[]> => {
  const range = await env.ALERT_AREA.getByName(area).read(`areas/${area}`, { epoch: "", seq: 0 }, 2_000);
  const frames = range.status === "range" ? range.frames.map((text) => JSON.parse(text)) : [];
  return frames.filter(({ type }) => type === "open").map(({ data }) => data.event_id);
};
const parked = async (spool: string): Promise<{ body: string }[]> =>
  (await env.DB.prepare("SELECT body FROM dead_letters WHERE object = ?").bind(spool).all<{ body: string }>()).results;

describe("a spool", () => {
  it("forwards everything that waits for a place as soon as it is back, however much it is", async () => {
    const [name, area] = [fresh("spool"), fresh("place")];
    const spool = env.ALERT_SPOOL.getByName(name);
    await sees(spool, ALL_DOWN);
    const all = Array.from({ length: 450 }, (_, i) => spooled(area, `e${i}`));
    await spool.append(all);
    await sees(spool, {});
    await runDurableObjectAlarm(spool);
    expect([await spool.waiting(), (await openedAt(area)).length]).toEqual([0, 450]);
  });

  it("keeps what waits over an eviction", async () => {
    const [name, area] = [fresh("spool"), fresh("place")];
    const spool = env.ALERT_SPOOL.getByName(name);
    await sees(spool, ALL_DOWN);
    await spool.append([spooled(area, "e1")]);
    await runDurableObjectAlarm(spool);
    await evictDurableObject(spool);
    expect(await spool.waiting()).toBe(1);
    await runDurableObjectAlarm(spool);
    expect([await spool.waiting(), await openedAt(area)]).toEqual([0, ["e1"]]);
  });

  it("doubles nothing when it dies between forwarding and noting it", async () => {
    const [name, area] = [fresh("spool"), fresh("place")];
    const spool = env.ALERT_SPOOL.getByName(name);
    const dies = places((append) => async (request) => {
      await append(request);
      return new Promise<never>(() => {});
    });
    await sees(spool, dies);
    await spool.append([spooled(area, "e1"), spooled(area, "e2")]);
    void runDurableObjectAlarm(spool).catch(() => {});
    await vi.waitFor(async () => expect(await openedAt(area)).toHaveLength(2));
    await runInDurableObject(spool, (_, state) => state.abort("killed")).catch(() => {});
    expect(await env.ALERT_SPOOL.getByName(name).waiting()).toBe(2);
    await runDurableObjectAlarm(env.ALERT_SPOOL.getByName(name));
    expect(await env.ALERT_SPOOL.getByName(name).waiting()).toBe(0);
    expect(await openedAt(area)).toEqual(["e1", "e2"]);
  });

  it("lets nothing else of its id take the place of what waits, however long it does", async () => {
    // A ledger takes its clock when it is made.
    let skew = 0;
    const clock = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => clock() + skew);
    const [name, area] = [fresh("spool"), fresh("place")];
    const spool = env.ALERT_SPOOL.getByName(name);
    await sees(spool, ALL_DOWN);
    await spool.append([spooled(area, "e1")]);
    skew = 20 * MINUTE;
    expect(await spool.append([spooled(area, "e1", "Drone")])).toMatchObject({ ok: false, code: "conflict" });
  });

  it("goes on with other places while one is down", async () => {
    const [name, dead, alive] = [fresh("spool"), fresh("place"), fresh("place")];
    const spool = env.ALERT_SPOOL.getByName(name);
    const getByName = (area: string) =>
      area === dead ? { append: () => Promise.reject(new Error("down")) } : env.ALERT_AREA.getByName(area);
    await sees(spool, { ALERT_AREA: { getByName } as unknown as Env["ALERT_AREA"] });
    await spool.append([spooled(dead, "e1"), spooled(alive, "e2")]);
    await runDurableObjectAlarm(spool);
    expect([await spool.waiting(), await openedAt(alive)]).toEqual([1, ["e2"]]);
  });
});

describe("an id that was used for something else meanwhile", () => {
  async function withConflict(): Promise<{ name: string; area: string; spool: DurableObjectStub<AlertSpool> }> {
    const [name, area] = [fresh("spool"), fresh("place")];
    const spool = env.ALERT_SPOOL.getByName(name);
    await sees(spool, ALL_DOWN);
    await spool.append([spooled(area, "e1"), spooled(area, "e2"), spooled(area, "e3")]);
    const { event } = spooled(area, "e2", "Drone");
    await env.ALERT_AREA.getByName(area).append({ key: crypto.randomUUID(), hash: "", events: [event] });
    return { name, area, spool };
  }

  it("is parked for people to look at, and the others go on", async () => {
    const { name, area, spool } = await withConflict();
    await sees(spool, {});
    await runDurableObjectAlarm(spool);
    expect(await spool.waiting()).toBe(0);
    expect((await openedAt(area)).sort()).toEqual(["e1", "e2", "e3"]);
    const letters = await parked(name);
    expect(letters.map(({ body }) => JSON.parse(body))).toMatchObject([
      { area, event: { body: { kind: "Rocket Alert" } } },
    ]);
    expect(await spool.audit([])).toMatchObject({ accepted: 3, settled: { rolled_up: 2, parked: 1 } });
  });

  it("waits, alone, while D1 cannot take it", async () => {
    const { name, area, spool } = await withConflict();
    await sees(spool, {
      DB: {
        prepare: () => {
          throw new Error("D1 is down");
        },
      } as unknown as D1Database,
    });
    await runDurableObjectAlarm(spool);
    expect([await spool.waiting(), (await openedAt(area)).sort()]).toEqual([1, ["e1", "e2", "e3"]]);
    expect(await parked(name)).toEqual([]);
    await sees(spool, {});
    await runDurableObjectAlarm(spool);
    expect([await spool.waiting(), (await parked(name)).length]).toEqual([0, 1]);
  });
});
