/* What sources of civil alerts send in these tests, and what they read. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Alert, AlertDetail, AlertList, PostedAlerts } from "../../src/domain/alerts/answers";
import { until } from "../until";
import { get, type Person, post } from "./people";

export const ALERTS = "/api/v1/alerts";
export const MINUTE = 60_000;

let places = 0;
/** A location that no other test has. */
export const freshPlace = (name = "Place"): string => `${name} ${++places}-${crypto.randomUUID().slice(0, 8)}`;

/** Ten minutes of rockets from now on, unless it says otherwise. */
export const alertAt = (location: string, more: Record<string, unknown> = {}) => ({
  location,
  type: "Rocket Alert",
  timestamp: Date.now(),
  duration: 10,
  ...more,
});

export async function posted(response: Response, status = 200): Promise<PostedAlerts> {
  const text = await response.text();
  expect([response.status, text]).toEqual([status, expect.any(String)]);
  return JSON.parse(text) as PostedAlerts;
}

/** Posts and returns the result of the only alert at the only place. */
export async function alerted(who: Person, location: string, more: Record<string, unknown> = {}) {
  const { results } = await posted(await post(who, ALERTS, alertAt(location, more)));
  return results[0] as PostedAlerts["results"][number] & { alert_id: string };
}

/** As soon as anybody knows the alert: its area tells the topic while it answers. */
export const detail = (id: string): Promise<AlertDetail> =>
  until(
    async () => {
      const response = await get(undefined, `${ALERTS}/${id}`);
      return response.status === 200 ? response.json<AlertDetail>() : undefined;
    },
    { what: `${id} is known`, everyMs: 5 },
  );

export async function listed(query: string): Promise<AlertList> {
  const response = await get(undefined, `${ALERTS}?${query}`);
  expect(response.status).toBe(200);
  return response.json<AlertList>();
}

/** The alerts of a place as the history has them. */
export const historyOf = async (location: string): Promise<Alert[]> =>
  (await listed(`location=${encodeURIComponent(location)}`)).alerts;

/** Resolves when the history has the alert at this revision. */
export const stored = (id: string, revision = 1) =>
  until(() => env.DB.prepare("SELECT 1 FROM alerts WHERE alert_id = ? AND revision >= ?").bind(id, revision).first(), {
    what: `the history has ${id}`,
  });
