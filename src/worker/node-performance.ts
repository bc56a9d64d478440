/* The report of performance: asked of the objects that have the series of pools, a few at a time. */
import { atOnce } from "../domain/at-once";
import type { PerformanceReport } from "../domain/nodes/report/answers";
import { LIMITS, Performance, readingOf } from "../domain/nodes/report/performance";
import { poolOf } from "../domain/telemetry/owner";
import { loadRollup } from "../domain/telemetry/rollup";
import { poolObjects } from "../storage/queries/metrics";
import { callIntake, METRIC_INTAKE } from "./intakes";
import type { ReportWanted } from "./node-health";

/** Objects asked at a time: what each answers is a megabyte at most. */
const AT_ONCE = 8;

export async function performanceReport(env: Env, wanted: ReportWanted, now: number): Promise<PerformanceReport> {
  const { pool, allows } = wanted;
  const reading = readingOf(wanted);
  const gathered = new Performance(reading);
  await atOnce(AT_ONCE, await poolObjects(env.DB, pool), async (object) => {
    const name = object.slice(METRIC_INTAKE.length + 1);
    const answer = await callIntake(env, name, (intake) => intake.measured({ ...reading, limits: LIMITS }));
    if (!answer.ok) return gathered.lacks();
    for (const one of answer.value)
      if (allows(one.node, one.metric)) gathered.take(poolOf(name), { ...one, rollup: loadRollup(one.rollup) });
  });
  return gathered.report({ pool, now });
}
