/* An alert of a whole country: so many places that the platform would not make a call for each of them in one request. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AlertEvent } from "../../src/domain/alerts/alert";
import type { Spooled } from "../../src/domain/alerts/spool";
import type { AppendEvent, AppendRequest } from "../../src/domain/ledger/append";
import { app } from "../../src/worker/app";
import { ALERTS, alertAt, posted } from "./alert-people";
import { alice } from "./people";

const PLACES = 3_000;
/** The platform's cap in its older form; the newer one is ten times that. */
const CALLS_MAX = 1_000;

/** A world that counts calls and takes everything, its places where they are up and none of them hangs. */
function world({ isUp, hangs }: { isUp: boolean; hangs?: string }) {
  const seen = { calls: 0, direct: [] as string[], spooled: [] as string[] };
  const taken = (events: AppendEvent<unknown>[]) => ({
    ok: true,
    receipts: events.map(({ stream }) => ({ stream, epoch: "e", seq: 1, status: "accepted", duplicate: false })),
    alert_ids: events.map(() => "a"),
  });
  const area = {
    async append({ events }: AppendRequest<AlertEvent>) {
      seen.calls++;
      if (!isUp) throw new Error("Network connection lost.");
      if (events.some(({ stream }) => stream === hangs)) await new Promise(() => {});
      seen.direct.push(...events.map(({ stream }) => stream));
      return taken(events);
    },
  };
  const spool = {
    async append(waiting: Spooled[]) {
      seen.calls++;
      seen.spooled.push(...waiting.map(({ event }) => event.stream));
      return taken(waiting.map(({ event }) => event));
    },
  };
  const on = { ...env, ALERT_AREA: { getByName: () => area }, ALERT_SPOOL: { getByName: () => spool } };
  return { on: on as unknown as Env, seen };
}

const { location: _, ...wide } = alertAt("");
const locations = Array.from({ length: PLACES }, (_, i) => `place ${i}`);
const send = (on: Env, to = locations) => {
  const headers = { authorization: `Bearer ${alice.key}` };
  return app.request(ALERTS, { method: "POST", headers, body: JSON.stringify({ ...wide, locations: to }) }, on);
};

beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

describe("an alert of thousands of places", () => {
  it.each([true, false])("is kept for each of them with a bounded number of calls, places up: %s", async (isUp) => {
    const { on, seen } = world({ isUp });
    const body = await posted(await send(on), 202);
    expect(seen.calls).toBeLessThan(CALLS_MAX);
    expect([...seen.direct, ...seen.spooled].toSorted()).toEqual(locations.toSorted());
    expect(body).toMatchObject({ accepted: PLACES, duplicates: 0, spooled: true });
    const said = body.results.map(({ location, status }) => [location, status]);
    const direct = new Set(seen.direct);
    expect(said).toEqual(locations.map((name) => [name, direct.has(name) ? "accepted" : "spooled"]));
    expect(direct.size).toBe(isUp ? 800 : 0);
  });

  it("waits for a spool nowhere but in the place that hangs", async () => {
    const hangs = "place 7";
    const { on, seen } = world({ isUp: true, hangs });
    await posted(await send(on, locations.slice(0, 400)), 202);
    expect(seen.spooled).toEqual([hangs]);
    expect(seen.direct).toHaveLength(399);
  });
});
