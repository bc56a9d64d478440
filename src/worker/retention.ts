/* Retention: what is too old goes, a bounded step at a time, from D1, from the archive's bucket and from the objects that
 * keep tiers of their own. A dry run says what the next step would take. */
import { RESOLUTION_NAMES, type Resolution } from "../domain/bucket";
import { LEDGERS, type LedgerClass } from "../domain/ledger/classes";
import { type Cutoffs, cutoffsOf, RetentionPolicy, type RetentionRun, type SweptRow } from "../domain/retention";
import { isoOf } from "../domain/time";
import { readFact, writeFact } from "../storage/queries/facts";
import { listObjects } from "../storage/queries/registry";
import { dropKeys, oldKeys, SWEPT, sweepTable } from "../storage/queries/retention";
import { callObject } from "./call-object";
import { sweepOrphans } from "./orphans";

const POLICY_FACT = "retention.policy";
const RUN_FACT = "retention.last_run";
/** Which object's tiers are next. */
const NEXT_FACT = "retention.after";

/** Rows of a table or an object's tier per step. */
const STEP_ROWS = 2_000;
/** Objects of the bucket per step: as many as one call deletes. */
const STEP_KEYS = 1_000;
/** Objects whose tiers are looked at per step. */
const STEP_OBJECTS = 50;
/** Steps of one run of the cron: at an hour's interval 60,000 rows an hour and table. */
const STEPS = 30;

/** Classes that keep minutes, hours or days in their own storage. A new one is a line here. */
const TIERED: readonly LedgerClass[] = ["MetricIntake", "RequestIntake"];

/** The door of an object with tiers; not every class has all of them. */
interface TieredDoor {
  /** Deletes what is older than these moments, or only counts it: at most `limit` rows of each tier. */
  retain(
    before: Pick<Cutoffs, Resolution>,
    limit: number,
    dryRun: boolean,
  ): Promise<Partial<Record<Resolution, number>>>;
}

export async function readPolicy(db: D1Database): Promise<RetentionPolicy> {
  return RetentionPolicy.parse(JSON.parse((await readFact(db, POLICY_FACT)) ?? "{}"));
}

export const writePolicy = (db: D1Database, policy: RetentionPolicy): Promise<void> =>
  writeFact(db, POLICY_FACT, JSON.stringify(policy));

export async function readLastRun(db: D1Database): Promise<RetentionRun | null> {
  const text = await readFact(db, RUN_FACT);
  return text === undefined ? null : (JSON.parse(text) as RetentionRun);
}

/** One step of everything. */
export async function retain(env: Env, policy: RetentionPolicy, now: number, dryRun: boolean): Promise<RetentionRun> {
  const cutoffs = cutoffsOf(policy, now);
  const swept: SweptRow[] = [];
  for (const table of SWEPT) {
    const rows = await sweepTable(env.DB, table, cutoffs, STEP_ROWS, dryRun);
    swept.push({ what: table.what, before: isoOf(cutoffs[table.tier]), rows, more: rows >= STEP_ROWS });
  }
  swept.push(await sweepArchive(env, cutoffs, dryRun), ...(await sweepTiers(env, cutoffs, dryRun)));
  return { dry_run: dryRun, as_of: isoOf(now), swept };
}

/** First the manifest, then the bucket: what the manifest does not name does not exist, and is swept if this ends here. */
async function sweepArchive(env: Env, cutoffs: Cutoffs, dryRun: boolean): Promise<SweptRow> {
  const keys = await oldKeys(env.DB, cutoffs.raw, STEP_KEYS);
  if (keys.length > 0 && !dryRun) {
    await dropKeys(env.DB, keys);
    await env.ARCHIVE.delete(keys);
  }
  return { what: "archive", before: isoOf(cutoffs.raw), rows: keys.length, more: keys.length >= STEP_KEYS };
}

/** The tiers of some objects; the others have their turn in later steps. */
async function sweepTiers(env: Env, cutoffs: Cutoffs, dryRun: boolean): Promise<SweptRow[]> {
  const rows: Record<Resolution, number> = { minute: 0, hour: 0, day: 0 };
  const after = (await readFact(env.DB, NEXT_FACT)) ?? "";
  const slash = after.indexOf("/");
  const place = { class: after.slice(0, Math.max(0, slash)), name: after.slice(slash + 1) };
  const found = await listObjects(env.DB, place, STEP_OBJECTS);
  let isFull = false;
  for (const { class: kind, name } of found) {
    if (!TIERED.includes(kind as LedgerClass)) continue;
    const namespace = env[LEDGERS[kind as LedgerClass].binding];
    const call = (door: TieredDoor) => door.retain(cutoffs, STEP_ROWS, dryRun);
    const called = await callObject(() => namespace.getByName(name) as unknown as TieredDoor, call);
    if (!called.ok) continue;
    for (const tier of RESOLUTION_NAMES) {
      const gone = called.value[tier] ?? 0;
      rows[tier] += gone;
      isFull ||= gone >= STEP_ROWS;
    }
  }
  const last = found.at(-1);
  const isMore = found.length >= STEP_OBJECTS && last !== undefined;
  // An object that had more than a step takes is asked again by the next one, with its neighbours.
  if (!dryRun && !isFull) await writeFact(env.DB, NEXT_FACT, isMore ? `${last.class}/${last.name}` : "");
  return RESOLUTION_NAMES.map((tier) => ({
    what: `objects.${tier}`,
    before: isoOf(cutoffs[tier]),
    rows: rows[tier],
    more: isMore || isFull,
  }));
}

/** The cron: steps until nothing is too old, or enough was done for now. */
export async function runRetention(env: Env, now: number): Promise<void> {
  const policy = await readPolicy(env.DB);
  const totals = new Map<string, SweptRow>();
  for (let step = 0; step < STEPS; step++) {
    const { swept } = await retain(env, policy, now, false);
    for (const row of swept) totals.set(row.what, { ...row, rows: row.rows + (totals.get(row.what)?.rows ?? 0) });
    if (!swept.some(({ more }) => more)) break;
  }
  const rows = await sweepOrphans(env, now);
  totals.set("orphans", { what: "orphans", before: isoOf(now), rows, more: false });
  const run: RetentionRun = { dry_run: false, as_of: isoOf(now), swept: [...totals.values()] };
  await writeFact(env.DB, RUN_FACT, JSON.stringify(run));
}
