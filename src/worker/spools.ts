/* Alerts on their way to the objects that own their places, and the spools that keep what cannot get there now. */
import type { AlertEvent } from "../domain/alerts/alert";
import type { AlertsAnswered } from "../domain/alerts/posting";
import type { Spooled } from "../domain/alerts/spool";
import { withDeadline } from "../domain/deadline";
import { fingerprint } from "../domain/ledger/fingerprint";
import { answerOf, type Share, type ShareAnswer } from "../domain/posting";
import type { Result } from "../domain/result";
import { settingsOf } from "../domain/settings";
import type { AlertSpool } from "../durable-objects/alert-spool";
import { inTurns } from "../durable-objects/turns";
import { callArea } from "./areas";
import { callObject, type Unreachable } from "./call-object";

/** Places that take longer, all together, count as unreachable. One that was only slow takes nothing twice. */
const AREA_MS = 2_000;
const SPOOL_MS = 5_000;

type SpoolDoor = Pick<AlertSpool, "append">;

/** Calls that one request makes to places: the platform bounds how many there may be in all, and the rest is for spools. */
const DIRECT_MAX = 800;

/** To the places; what they cannot take, and what are too many for one request, goes to spools.
 * @param shares by the object that owns the place */
export async function deliverAlerts(env: Env, shares: ReadonlyMap<string, Share<AlertEvent>>) {
  const all = [...shares];
  const direct = all.slice(0, DIRECT_MAX);
  const until = Date.now() + AREA_MS;
  const [answers, rest] = await Promise.all([
    inTurns(direct, ([area, share]) => deliver(env, area, share, until)),
    spoolAll(env, all.slice(DIRECT_MAX)),
  ]);
  const failed = await spoolAll(
    env,
    direct.filter((_, i) => answers[i] === undefined),
  );
  return [...answers.filter((answer) => answer !== undefined), ...rest, ...failed];
}

/** Undefined when the place cannot be reached until then, or takes nothing now. */
async function deliver(
  env: Env,
  area: string,
  share: Share<AlertEvent>,
  until: number,
): Promise<AlertsAnswered | undefined> {
  const leftMs = until - Date.now();
  if (leftMs <= 0) return undefined;
  const called = await callArea(env, area, (door) => withDeadline(door.append(share.request), leftMs));
  if (!called.ok || (!called.value.ok && called.value.code !== "conflict")) return undefined;
  return { share, answer: called.value, alertIds: called.value.alert_ids, spooled: false };
}

interface ForSpool {
  waiting: Spooled[];
  indexes: number[];
}

/** One call for each spool. An event's id names its spool, so that a repeat finds what was kept. */
function spoolAll(env: Env, shares: [area: string, share: Share<AlertEvent>][]): Promise<AlertsAnswered[]> {
  const spools = new Map<string, ForSpool>();
  for (const [area, { request, indexes }] of shares) {
    for (const [i, event] of request.events.entries()) {
      const name = `spool-${fingerprint(event.id ?? "") % settingsOf(env).SPOOLS}`;
      const part = spools.get(name) ?? { waiting: [], indexes: [] };
      part.waiting.push({ area, event });
      part.indexes.push(indexes[i] as number);
      spools.set(name, part);
    }
  }
  return Promise.all(Array.from(spools, ([name, part]) => spool(env, name, part)));
}

async function spool(env: Env, name: string, { waiting, indexes }: ForSpool): Promise<AlertsAnswered> {
  const called: Result<ShareAnswer, Unreachable> = await callObject(
    () => env.ALERT_SPOOL.getByName(name) as unknown as SpoolDoor,
    (door) => withDeadline(door.append(waiting), SPOOL_MS),
  );
  const request = { key: "", hash: "", events: waiting.map(({ event }) => event) };
  return { share: { request, indexes }, answer: answerOf(called), alertIds: [], spooled: true };
}
