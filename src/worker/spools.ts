/* Alerts on their way to the objects that own their places, and the spools that keep what cannot get there now. */
import type { AlertEvent } from "../domain/alerts/alert";
import type { AlertsAnswered } from "../domain/alerts/posting";
import type { Spooled } from "../domain/alerts/spool";
import { withDeadline } from "../domain/deadline";
import { fingerprint } from "../domain/ledger/fingerprint";
import type { Share, ShareAnswer } from "../domain/posting";
import type { Result } from "../domain/result";
import { settingsOf } from "../domain/settings";
import type { AlertSpool } from "../durable-objects/alert-spool";
import { callArea } from "./areas";
import { callObject, type Unreachable } from "./call-object";

/** A place that takes longer counts as unreachable. If it was only slow, it takes nothing twice. */
const AREA_MS = 2_000;
const SPOOL_MS = 5_000;

type SpoolDoor = Pick<AlertSpool, "append">;

/** To the place; what it cannot take goes to spools, each event to the one its id names. */
export async function deliverAlerts(env: Env, area: string, share: Share<AlertEvent>): Promise<AlertsAnswered[]> {
  const called = await callArea(env, area, (door) => withDeadline(door.append(share.request), AREA_MS));
  if (called.ok && (called.value.ok || called.value.code === "conflict")) {
    return [{ share, answer: called.value, alertIds: called.value.alert_ids, spooled: false }];
  }
  return Promise.all(Array.from(bySpool(env, share), ([name, part]) => spool(env, name, area, part)));
}

/** By the event's id, so that a repeat finds what was kept. */
function bySpool(env: Env, { request, indexes }: Share<AlertEvent>): Map<string, Share<AlertEvent>> {
  const shares = new Map<string, Share<AlertEvent>>();
  request.events.forEach((event, i) => {
    const name = `spool-${fingerprint(event.id ?? "") % settingsOf(env).SPOOLS}`;
    const share = shares.get(name) ?? { request: { ...request, events: [] }, indexes: [] };
    share.request.events.push(event);
    share.indexes.push(indexes[i] as number);
    shares.set(name, share);
  });
  return shares;
}

async function spool(env: Env, name: string, area: string, share: Share<AlertEvent>): Promise<AlertsAnswered> {
  const waiting = share.request.events.map((event): Spooled => ({ area, event }));
  const called: Result<ShareAnswer, Unreachable> = await callObject(
    () => env.ALERT_SPOOL.getByName(name) as unknown as SpoolDoor,
    (door) => withDeadline(door.append(waiting), SPOOL_MS),
  );
  const answer = called.ok ? called.value : { ok: false as const, receipts: [], ...called.error };
  return { share, answer, alertIds: [], spooled: true };
}
