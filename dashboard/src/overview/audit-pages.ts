/* An audit of everything is many pages: each asks a hundred objects. Pure. */
import type { Audit, AuditTotals } from "../../../src/domain/audit";

export const objectsOf = (audit: Audit): number => new Set(audit.objects.map(({ object }) => object)).size;

function added(a: AuditTotals, b: AuditTotals): AuditTotals {
  const sums = Object.entries(a).map(([name, value]) => [name, value + b[name as keyof AuditTotals]]);
  return Object.fromEntries(sums) as AuditTotals;
}

/** Pages that were read before and the next one: as old as the oldest, balanced where all are. */
export const joined = (before: Audit, next: Audit): Audit => ({
  as_of: before.as_of,
  balanced: before.balanced && next.balanced,
  totals: added(before.totals, next.totals),
  objects: [...before.objects, ...next.objects],
  next_cursor: next.next_cursor,
});
