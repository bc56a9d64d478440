/* The report of health: the history of nodes in D1, folded node by node. */
import type { HealthReport } from "../domain/nodes/report/answers";
import { Faring, type Span } from "../domain/nodes/report/health";
import { type FaredNode, healthReport } from "../domain/nodes/report/health-report";
import { eventsWithin, nodeNames, standingBefore } from "../storage/queries/reports";

export interface ReportWanted extends Span {
  pool: string | undefined;
  /** Which nodes may be told of, and what of that they measure. */
  allows(node: string, metric?: string): boolean;
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
