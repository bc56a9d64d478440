/* A country warned at once in many words: one object may have megabytes for D1, which takes two in one piece. */
import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { aggregateOf, openData } from "../../src/domain/alerts/aggregate";
import type { AlertEvent } from "../../src/domain/alerts/alert";
import type { AlertPart } from "../../src/domain/alerts/part";
import type { OutboxMessage } from "../../src/domain/event";
import { consume } from "../../src/queues/consume";

const OBJECT = "AlertArea/partition-0-of-1";
const TEXT = "היכנסו למרחב המוגן ".repeat(105);

function partOf(i: number): AlertPart {
  const at = Date.now();
  const event: AlertEvent = {
    type: "alert",
    event_id: `e${i}`,
    candidate: crypto.randomUUID(),
    location: `place ${i}`,
    kind: "Rocket Alert",
    severity: "extreme",
    text: TEXT,
    start: at,
    end: at + 600_000,
    drill: false,
  };
  return { kind: "alert", key: event.location, epoch: "e", seq: 1, at, data: openData(event, aggregateOf(event), at) };
}

/** D1, and the bytes of the longest value that a statement was given: production refuses more than 2 MB, the local one takes
 * anything. */
function measured(): { DB: D1Database; longest: () => number } {
  let bytes = 0;
  const DB = new Proxy(env.DB, {
    get(db, name) {
      if (name !== "prepare") return Reflect.get(db, name).bind(db);
      return (sql: string) => {
        const bind = (...values: unknown[]) => {
          for (const value of values) bytes = Math.max(bytes, new TextEncoder().encode(String(value)).length);
          return db.prepare(sql).bind(...values);
        };
        return { bind };
      };
    },
  });
  return { DB, longest: () => bytes };
}

it("reaches the history in pieces that D1 takes", async () => {
  const bodies = Array.from({ length: 70 }, (_, n): OutboxMessage => {
    const parts = Array.from({ length: 20 }, (_, i) => partOf(n * 20 + i));
    const from = n === 0 ? { epoch: "", pos: 0 } : { epoch: "e", pos: n };
    return { v: 1, object: OBJECT, purpose: "alerts", from, to: { epoch: "e", pos: n + 1 }, events: 20, parts };
  });
  expect(JSON.stringify(bodies.map(({ parts }) => parts)).length).toBeGreaterThan(2_500_000);
  const messages = bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body }));
  const { DB, longest } = measured();
  await consume(createMessageBatch("tidings-events", messages), { ...env, DB });
  expect(longest()).toBeLessThan(2_000_000);
  const count = (table: string) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first("n");
  expect([await count("alerts"), await count("alert_events")]).toEqual([1_400, 1_400]);
});
