/* What a stranger and an operator's monitor see of the canary. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Health } from "../../src/domain/audit";
import { app } from "../../src/worker/app";

/** A world whose canary was heard so long ago on either way; null: it does not come this way, "dead": nobody answers. */
async function world(broadcast: number | null | "dead", stored: number | null) {
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
  await env.DB.prepare("DELETE FROM facts WHERE name = 'alerts.canary_at'").run();
  if (stored !== null) {
    const insert = env.DB.prepare("INSERT INTO facts (name, value) VALUES ('alerts.canary_at', ?)");
    await insert.bind(ago(stored)).run();
  }
  const asked = { topic: 0, d1: 0 };
  const find = async () => {
    asked.topic++;
    if (broadcast === "dead") throw new Error("the topic is down");
    return broadcast === null ? null : ago(broadcast);
  };
  const DB = new Proxy(env.DB, {
    get(db, name) {
      if (name === "prepare") asked.d1++;
      const value = Reflect.get(db, name);
      return typeof value === "function" ? value.bind(db) : value;
    },
  });
  const on = { ...env, DB, TOPIC: { getByName: () => ({ find }) } } as unknown as Env;
  const health = async (): Promise<Health> => (await app.request("/healthz", {}, on)).json();
  return { asked, health };
}

const SECOND = 1_000;
beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

describe("health", () => {
  it.each([
    ["ok", "before the first canary", null, null],
    ["ok", "while both ways bring it", 20 * SECOND, 21 * SECOND],
    ["degraded", "when it is late where sockets hear it", 151 * SECOND, 20 * SECOND],
    ["degraded", "when it is late where those who poll hear it", 20 * SECOND, 151 * SECOND],
    ["degraded", "when the topic does not answer", "dead", 20 * SECOND],
    ["degraded", "when the last one is from before the clock was set back", -151 * SECOND, -151 * SECOND],
    ["degraded", "when it never came to those who poll", 20 * SECOND, null],
  ] as const)("is %s %s", async (status, _, broadcast, stored) => {
    const { health } = await world(broadcast, stored);
    expect((await health()).status).toBe(status);
  });

  it("asks the topic and D1 about it once in a while, however often it is asked", async () => {
    const { asked, health } = await world(0, 0);
    await health();
    const once = { ...asked };
    for (let i = 0; i < 20; i++) await health();
    expect(asked).toEqual(once);
  });
});
