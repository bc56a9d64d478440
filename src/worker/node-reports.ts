/* Reports of nodes: made on demand, and written by the clock once an hour or a day is over. */
import type { Report } from "../domain/nodes/report/answers";
import { lastPeriod, PERIODS, REPORT_KINDS, type ReportKind } from "../domain/nodes/report/period";
import { hasReport, writeReport } from "../storage/queries/reports";
import { type ReportWanted, readHealth } from "./node-health";
import { performanceReport } from "./node-performance";

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
