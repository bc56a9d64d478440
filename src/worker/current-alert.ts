/* One alert, as it is now: what D1 has, and what its owner has said since. */

import { ALERTS_TOPIC, AlertData } from "../domain/alerts/alert";
import { type AlertRow, type EventRow, rowsOf, survivorOf } from "../domain/alerts/history";
import { locationKey } from "../domain/alerts/location-key";
import { START } from "../domain/event";
import type { Topic } from "../durable-objects/topic";
import { findAlert } from "../storage/queries/alerts";
import { readCursor } from "../storage/queries/cursors";
import { areaName, callArea } from "./areas";
import { callObject } from "./call-object";

export interface CurrentAlert {
  row: AlertRow;
  events: EventRow[];
  /** The owner cannot be reached: this is what was stored. */
  stale: boolean;
}

type Rows = ReturnType<typeof rowsOf>;

/** How often D1 may move on between the two reads. */
const ATTEMPTS = 3;

/** The key of an alert's place: from the history, or in its first second from the topic. */
export async function placeOfAlert(env: Env, id: string): Promise<string | undefined> {
  const stored = await findAlert(env.DB, id);
  if (stored !== null) return stored.alert.key;
  const found = await callObject(
    () => env.TOPIC.getByName(ALERTS_TOPIC) as unknown as Pick<Topic, "find">,
    (topic) => topic.find(id),
  );
  const alert = AlertData.safeParse(found.ok ? found.value : undefined);
  return alert.success ? locationKey(alert.data.location) : undefined;
}

/** Undefined when nobody knows it.
 * @param place its key, where that is known */
export async function currentAlert(env: Env, id: string, place?: string): Promise<CurrentAlert | undefined> {
  const key = place ?? (await placeOfAlert(env, id));
  return key === undefined ? undefined : alertOfPlace(env, id, key);
}

async function alertOfPlace(env: Env, id: string, place: string): Promise<CurrentAlert | undefined> {
  const area = areaName(env, place);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // The cursor first: what is merged after it was read comes twice, which changes nothing.
    const cursor = (await readCursor(env.DB, `AlertArea/${area}`, "alerts")) ?? START;
    const stored = await findAlert(env.DB, id);
    const { epoch, pos } = cursor;
    const called = await callArea(env, area, (door) => door.partsAfter({ epoch, pos }));
    if (!called.ok) return stored === null ? undefined : { row: stored.alert, events: stored.events, stale: true };
    if (called.value !== null) {
      const since = rowsOf(called.value);
      return joined(id, stored, since, await eventsAbsorbed(env, id, since));
    }
  }
  const stored = await findAlert(env.DB, id);
  return stored === null ? undefined : { row: stored.alert, events: stored.events, stale: true };
}

/** Stored events of alerts that became part of this one since. */
async function eventsAbsorbed(env: Env, id: string, { alerts }: Rows): Promise<EventRow[]> {
  const ids = [...alerts.keys()].filter((other) => other !== id && survivorOf(other, alerts) === id);
  const found = await Promise.all(ids.map((other) => findAlert(env.DB, other)));
  return found.flatMap((alert) => alert?.events ?? []);
}

function joined(
  id: string,
  stored: Awaited<ReturnType<typeof findAlert>>,
  since: Rows,
  absorbed: EventRow[],
): CurrentAlert | undefined {
  const newer = since.alerts.get(id);
  const row = newer ?? stored?.alert;
  if (row === undefined) return undefined;
  const opened_at = Math.min(row.opened_at, stored?.alert.opened_at ?? row.opened_at);
  const known = new Map(
    [...absorbed, ...(stored?.events ?? [])].map((event) => [`${event.epoch}:${event.seq}`, event]),
  );
  for (const event of since.events) if (event.alert_id === id) known.set(`${event.epoch}:${event.seq}`, event);
  const events = [...known.values()].sort((a, b) => a.accepted_at - b.accepted_at || a.seq - b.seq);
  return { row: { ...row, opened_at }, events, stale: false };
}
