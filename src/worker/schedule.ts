/* What happens by the clock. Each name has a line in wrangler.toml's crons; the local server fires them by this list. */

import { CANARY_LOCATION } from "../domain/alerts/alert";
import { ledgerOf } from "../domain/ledger/classes";
import { inTurns } from "../durable-objects/turns";
import { readFact, writeFact } from "../storage/queries/facts";
import { staleObjects } from "../storage/queries/registry";
import { sweepTickets } from "../storage/queries/tickets";
import { callArea } from "./areas";
import { callLedger } from "./ledgers";
import { writeDueReports } from "./node-reports";
import { runRetention } from "./retention";

export const CRONS: Record<string, string> = {
  watchdog: "*/5 * * * *",
  sweep: "17 * * * *",
  retention: "47 * * * *",
  reports: "7 * * * *",
};

const DUTIES: Record<string, (env: Env, now: number) => Promise<unknown>> = {
  watchdog: wakeForgotten,
  sweep: forgetTickets,
  retention: runRetention,
  reports: writeDueReports,
};

/** Tickets, in bounded steps: a hundred thousand an hour are more than pages ask for. */
const SWEEP_LIMIT = 2_000;
const SWEEP_STEPS = 50;
/** Longer than the outbox's longest pause but one: an object that still has work tries by itself until then. */
const STALE_MS = 10 * 60_000;
/** Per run. All objects have their turn, one run after the other. */
const WAKE_LIMIT = 400;
const WAKE_FACT = "watchdog.after";

export async function runSchedule(controller: ScheduledController, env: Env): Promise<void> {
  for (const [name, cron] of Object.entries(CRONS)) {
    if (cron === controller.cron) await DUTIES[name]?.(env, controller.scheduledTime);
  }
}

async function forgetTickets(env: Env, now: number): Promise<void> {
  for (let step = 0; step < SWEEP_STEPS; step++) {
    if ((await sweepTickets(env.DB, now, SWEEP_LIMIT)) < SWEEP_LIMIT) return;
  }
}

/** An alarm that never rang leaves its object asleep with work to do; nothing else would ever notice. Objects whose cursor
 * has not moved for a while are woken, and find out by themselves whether there is anything. */
export async function wakeForgotten(env: Env, now: number): Promise<string[]> {
  const after = (await readFact(env.DB, WAKE_FACT)) ?? "";
  // What moved in the future moved before somebody set the clock back: its own alarm would come when that time is there again.
  const objects = await staleObjects(env.DB, after, [now - STALE_MS, now + STALE_MS], WAKE_LIMIT);
  const ledgers = objects.map(ledgerOf).filter((ledger) => ledger !== undefined);
  await Promise.all([
    callArea(env, CANARY_LOCATION, (area) => area.startCanary()),
    inTurns(ledgers, (ledger) => callLedger(env, ledger, (stub) => stub.wake())),
  ]);
  await writeFact(env.DB, WAKE_FACT, objects.length < WAKE_LIMIT ? "" : (objects.at(-1) ?? ""));
  return objects;
}
