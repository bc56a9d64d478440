/* An area in workerd: what the pure parts promise, over real evictions, alarms and queues. */
import { createMessageBatch, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { AlertCommand, AlertEvent } from "../../src/domain/alerts/alert";
import { rowsOf } from "../../src/domain/alerts/history";
import type { OutboxMessage } from "../../src/domain/event";
import type { AlertArea } from "../../src/durable-objects/alert-area";
import { consume } from "../../src/queues/consume";
import { fc, holds } from "../property";
import { until } from "../until";

const MINUTE = 60_000;
const START = { epoch: "", pos: 0 };

let names = 0;
const fresh = (): string => `area-${++names}`;
const areaOf = (name: string) => env.ALERT_AREA.getByName(name);

const alert = (place: string, start: number, minutes: number, more: Partial<AlertEvent> = {}): AlertEvent => ({
  type: "alert",
  event_id: crypto.randomUUID(),
  candidate: crypto.randomUUID(),
  location: place,
  kind: "Rocket Alert",
  severity: "severe",
  start,
  end: start + Math.round(minutes * MINUTE),
  drill: false,
  ...more,
});
async function say(place: string, body: AlertCommand, id?: string) {
  const event = { stream: place, source: "sensor", ...(id === undefined ? {} : { id, hash: "h" }), body };
  const answer = await areaOf(place).append({ key: crypto.randomUUID(), hash: "", events: [event] });
  return { ...answer.receipts[0], alert_id: answer.alert_ids[0] };
}
const framesOf = async (place: string): Promise<{ type: string; seq: number; data: Record<string, unknown> }[]> => {
  const range = await areaOf(place).read(`areas/${place}`, { epoch: "", seq: 0 }, 1_000);
  return range.status === "range" ? range.frames.map((text) => JSON.parse(text)) : [];
};

describe("an area", () => {
  it("knows after an eviction what it knew before: the alert, its order, and what came already", async () => {
    const place = fresh();
    const body = alert(place, Date.now(), 10);
    const first = await say(place, body, "e1");
    await evictDurableObject(areaOf(place));
    const again = await say(place, { ...body, candidate: crypto.randomUUID() }, "e1");
    expect(again).toEqual({ ...first, duplicate: true, status: "duplicate" });
    await evictDurableObject(areaOf(place));
    const next = await say(place, alert(place, Date.now(), 10), "e2");
    expect(next).toMatchObject({ seq: 2, alert_id: first.alert_id, epoch: first.epoch });
    expect((await framesOf(place)).map(({ data }) => (data.aggregate as { count: number }).count)).toEqual([1, 2]);
  });

  it("closes an alert by its alarm, once, however often it rings", async () => {
    const place = fresh();
    await say(place, alert(place, Date.now(), 0.002));
    await until(async () => (await framesOf(place)).length === 2, { what: "it is closed" });
    await areaOf(place).wake();
    await runDurableObjectAlarm(areaOf(place));
    await areaOf(place).wake();
    expect((await framesOf(place)).map(({ type }) => type)).toEqual(["open", "close"]);
  });

  it("closes an alert after an eviction as well", async () => {
    const place = fresh();
    await say(place, alert(place, Date.now(), 0.01));
    await evictDurableObject(areaOf(place));
    await until(async () => (await framesOf(place)).length === 2, { what: "it is closed" });
  });

  it("stores nothing for a place that nobody named", async () => {
    const place = fresh();
    expect(await areaOf(place).partsAfter(START)).toEqual([]);
    expect(await areaOf(place).lease("local-0", `areas/${place}`, null)).toEqual({ status: "unknown" });
    const tables = await runInDurableObject(areaOf(place), (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
    );
    expect(tables.filter(({ name }) => !String(name).startsWith("_cf"))).toEqual([]);
  });

  it("begins its canary once, and it keeps itself going over an eviction", async () => {
    const canary = areaOf("~canary");
    await canary.startCanary();
    await canary.startCanary();
    await evictDurableObject(canary);
    await canary.startCanary();
    expect((await framesOf("~canary")).map(({ type }) => type)).toEqual(["canary"]);
    const alarm = await runInDurableObject(canary, (_, state) => state.storage.getAlarm());
    expect(alarm).not.toBe(null);
  });

  it("of many places repeats its answer in time, whatever it has forgotten", { timeout: 60_000 }, async () => {
    const area = areaOf(fresh());
    const batch = (n: number) => {
      const events = Array.from({ length: 500 }, (_, i) => {
        const body = alert(`place-${i}`, Date.now(), 10);
        return { stream: body.location, source: "test", id: `${n}/${i}`, hash: "", body };
      });
      return () => area.append({ key: crypto.randomUUID(), hash: "", events });
    };
    const first = batch(0);
    const { alert_ids } = await first();
    for (let n = 1; n < 20; n++) await batch(n)();
    await evictDurableObject(area);
    const began = Date.now();
    const again = await first();
    // Longer, and the Worker gives the place up and hands everything to a spool.
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(again.receipts.every(({ duplicate }) => duplicate)).toBe(true);
    expect(again.alert_ids).toEqual(alert_ids);
  });

  it("goes on with its canary when the alarm was lost and it is told to begin again", async () => {
    const canary = areaOf("~canary");
    await canary.startCanary();
    const before = (await framesOf("~canary")).length;
    await runInDurableObject(canary, (_, state) => state.storage.deleteAlarm());
    await evictDurableObject(canary);
    const later = Date.now() + 2 * MINUTE;
    vi.spyOn(Date, "now").mockReturnValue(later);
    await canary.startCanary();
    expect((await framesOf("~canary")).length).toBe(before + 1);
    expect(await runInDurableObject(canary, (_, state) => state.storage.getAlarm())).toBeGreaterThan(later);
    // And when the clock was set back: the next one would come when that time has come again.
    vi.spyOn(Date, "now").mockReturnValue(later - 2 * MINUTE);
    await canary.startCanary();
    expect((await framesOf("~canary")).length).toBe(before + 2);
    expect(await runInDurableObject(canary, (_, state) => state.storage.getAlarm())).toBeLessThan(later);
    vi.restoreAllMocks();
  });
});

/** A queue in which messages wait until the test says what becomes of them. */
class HeldQueue {
  readonly messages: OutboxMessage[] = [];

  async under(area: DurableObjectStub<AlertArea>): Promise<void> {
    const held = {
      send: async (body: OutboxMessage) => {
        this.messages.push(structuredClone(body));
      },
      metrics: async () => ({ oldestMessageTimestamp: undefined }),
    };
    await runInDurableObject(area, (instance) => {
      Object.assign((instance as unknown as { env: Env }).env, { EVENTS: held });
    });
  }

  async deliver(...bodies: OutboxMessage[]): Promise<void> {
    const messages = bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 9, body }));
    if (messages.length > 0) await consume(createMessageBatch("tidings-events", messages), env);
  }
}

type Step =
  | { do: "alert"; start: number; minutes: number; drill: boolean }
  | { do: "cancel" | "send" | "evict" }
  | { do: "deliver"; which: number; keep: boolean }
  | { do: "lose"; which: number };

const sent = fc.record({
  do: fc.constant("alert" as const),
  start: fc.integer({ min: -30, max: 30 }),
  minutes: fc.integer({ min: 1, max: 15 }),
  drill: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: sent },
  { weight: 4, arbitrary: fc.constant({ do: "send" as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: "cancel" as const }, { do: "evict" as const }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("deliver" as const), which: fc.nat(), keep: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const), which: fc.nat() }) },
);

describe("the history of an area", () => {
  // Objects share their bindings, so the real queue is put back.
  const { EVENTS } = env;
  afterAll(() => void Object.assign(env, { EVENTS }));

  async function live(place: string, queue: HeldQueue, one: Step): Promise<void> {
    const area = areaOf(place);
    const { messages } = queue;
    const which = "which" in one ? one.which % Math.max(1, messages.length) : 0;
    switch (one.do) {
      case "alert":
        await say(place, alert(place, Date.now() + one.start * MINUTE, one.minutes, { drill: one.drill }));
        break;
      case "cancel": {
        const open = (await framesOf(place)).findLast(({ type }) => type === "open");
        if (open !== undefined) await say(place, { type: "cancel", alert_id: open.data.alert_id as string });
        break;
      }
      case "evict":
        await evictDurableObject(area);
        await queue.under(area);
        break;
      case "send":
        await runDurableObjectAlarm(area);
        break;
      case "deliver": {
        const [message] = one.keep ? messages.slice(which, which + 1) : messages.splice(which, 1);
        if (message !== undefined) await queue.deliver(message);
        break;
      }
      case "lose":
        messages.splice(which, 1);
        break;
      default:
        one satisfies never;
    }
  }

  /** D1, once everything that was lost was sent again. */
  async function settled(place: string, queue: HeldQueue) {
    const area = areaOf(place);
    await until(
      async () => {
        await area.wake();
        // In the worst order, and each twice.
        await queue.deliver(...queue.messages.toReversed(), ...queue.messages.splice(0));
        const { head, accepted, outputs } = await area.audit([]);
        return accepted === 0 || outputs[0]?.confirmed.pos === head;
      },
      { what: "D1 has everything" },
    );
    const alerts = await env.DB.prepare("SELECT * FROM alerts WHERE key = ? ORDER BY alert_id").bind(place).all();
    const events = await env.DB.prepare(
      "SELECT * FROM alert_events WHERE alert_id IN (SELECT alert_id FROM alerts WHERE key = ?) ORDER BY seq",
    )
      .bind(place)
      .all();
    return { alerts: alerts.results, events: events.results };
  }

  it("is in D1 exactly once, whatever is repeated, reordered, lost or evicted", { timeout: 60_000 }, async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
      const [place, queue] = [fresh(), new HeldQueue()];
      await queue.under(areaOf(place));
      for (const one of steps) await live(place, queue, one);
      const found = await settled(place, queue);
      const said = rowsOf((await areaOf(place).partsAfter(START)) ?? []);
      const byId = [...said.alerts.values()].sort((a, b) => (a.alert_id < b.alert_id ? -1 : 1));
      const plain = (rows: object[]) => rows.map((row) => ({ ...row, said_at: undefined }));
      expect(plain(found.alerts)).toEqual(plain(byId));
      expect(found.events).toEqual(said.events);
      expect(found.alerts.map((row) => JSON.parse(String(row.said_at)))).toEqual(
        byId.map((row) => JSON.parse(row.said_at)),
      );
      expect(found.events).toHaveLength(steps.filter((one) => one.do === "alert").length);
    });
    await holds(property, { numRuns: 25 });
  });
});
