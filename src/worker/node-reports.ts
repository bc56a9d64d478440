/* Reports of nodes: made on demand, and written by the clock once an hour or a day is over. */

import type { HealthReport, Report } from "../domain/nodes/report/answers";
import { Faring, type Span } from "../domain/nodes/report/health";
import { type FaredNode, healthReport } from "../domain/nodes/report/health-report";
import { lastPeriod, PERIODS, REPORT_KINDS, type ReportKind } from "../domain/nodes/report/period";
import { eventsWithin, hasReport, nodeNames, standingBefore, writeReport } from "../storage/queries/reports";
import { performanceReport } from "./node-performance";

export interface ReportWanted extends Span {
  pool: string | undefined;
  /** Which nodes may be told of. */
  allows(node: string): boolean;
}

export async function readHealth(env: Env, wanted: ReportWanted, now: number): Promise<HealthReport> {
  const { from, to, pool } = wanted;
  const names = new Map((await nodeNames(env.DB)).map((known) => [known.node, known]));
  const farings = new Map<string, Faring>();
  const faringOf = (node: string): Faring | undefined => {
    if (!wanted.allows(node) || (pool !== undefined && names.get(node)?.pool !== pool)) return undefined;
    let faring = farings.get(node);
    if (faring === undefined) {
      faring = new Faring({ from, to });
      farings.set(node, faring);
    }
    return faring;
  };
  for (const told of await standingBefore(env.DB, from)) faringOf(told.node)?.take(told);
  for await (const told of eventsWithin(env.DB, from, to)) faringOf(told.node)?.take(told);
  const fared = [...farings].map(([node, faring]): FaredNode => {
    const { name = node, pool: own = null } = names.get(node) ?? {};
    return { node, name, pool: own, fared: faring.end() };
  });
  return healthReport(fared, { from, to }, { pool, now });
}

/** Where a report of its kind comes from. */
export const REPORTERS: Record<ReportKind, (env: Env, wanted: ReportWanted, now: number) => Promise<Report>> = {
  health: readHealth,
  performance: performanceReport,
};

/** Writes what is due and not there yet. Safe to run twice. */
export async function writeDueReports(env: Env, now: number): Promise<void> {
  for (const period of PERIODS) {
    const { from, to } = lastPeriod(period, now);
    for (const kind of REPORT_KINDS) {
      const place = { kind, period, start: from };
      if (await hasReport(env.DB, place)) continue;
      const report = await REPORTERS[kind](env, { from, to, pool: undefined, allows: () => true }, now);
      await writeReport(env.DB, place, report, now);
    }
  }
}
