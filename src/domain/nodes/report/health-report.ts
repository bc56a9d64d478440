/* The report of health: how nodes and pools fared, the worst first. Pure. */
import { isoOf } from "../../time";
import type { HealthReport, NodeHealthRow, PoolHealthRow } from "./answers";
import { type Fared, type Span, uptimePercent } from "./health";

/** A node and how it fared. Name and pool are those of today; a node that was deleted has none. */
export interface FaredNode {
  node: string;
  name: string;
  pool: string | null;
  fared: Fared;
}

const MOST_NODES = 1_000;
const MOST_DOWNTIMES = 20;

const seconds = (ms: number): number => ms / 1_000;
type Figures = Pick<
  NodeHealthRow,
  "uptime_percent" | "up_s" | "down_s" | "incidents" | "temporary" | "slowest_recovery_s"
>;

function figuresOf(fared: readonly Fared[]): Figures {
  const sum = (pick: (one: Fared) => number) => fared.reduce((total, one) => total + pick(one), 0);
  const upMs = sum((one) => one.upMs);
  const downMs = sum((one) => one.downMs);
  const recoveries = fared.flatMap(({ slowestRecoveryMs }) => slowestRecoveryMs ?? []);
  return {
    uptime_percent: uptimePercent({ upMs, downMs }),
    up_s: seconds(upMs),
    down_s: seconds(downMs),
    incidents: sum(({ downtimes }) => downtimes.length),
    temporary: sum(({ temporary }) => temporary),
    slowest_recovery_s: recoveries.length === 0 ? null : seconds(recoveries.reduce((a, b) => Math.max(a, b))),
  };
}

const rowOf = ({ node, name, pool, fared }: FaredNode): NodeHealthRow => ({
  ...{ node, name, pool },
  ...figuresOf([fared]),
  status: fared.status ?? null,
  downtimes: fared.downtimes
    .slice(-MOST_DOWNTIMES)
    .reverse()
    .map(({ from, to, downMs }) => ({
      from: isoOf(from),
      to: to === undefined ? null : isoOf(to),
      down_s: seconds(downMs),
    })),
});

function poolOf(nodes: readonly FaredNode[]): Omit<PoolHealthRow, "pool"> {
  const fared = nodes.map((node) => node.fared);
  return {
    ...figuresOf(fared),
    nodes: nodes.length,
    down: fared.filter(({ status }) => status === "down").length,
  };
}

/** What was there in the span at all: a node that was deleted long before has nothing to say. */
const wasThere = ({ fared }: FaredNode): boolean =>
  fared.status !== undefined || fared.upMs + fared.downMs > 0 || fared.downtimes.length > 0;

function worstFirst(a: NodeHealthRow, b: NodeHealthRow): number {
  const uptime = (row: NodeHealthRow) => row.uptime_percent ?? 101;
  return uptime(a) - uptime(b) || b.down_s - a.down_s || b.temporary - a.temporary || (a.node < b.node ? -1 : 1);
}

export function healthReport(
  all: readonly FaredNode[],
  { from, to }: Span,
  { pool, now }: { pool: string | undefined; now: number },
): HealthReport {
  const nodes = all.filter(wasThere);
  const rows = nodes.map(rowOf).sort(worstFirst);
  const pools = [...Map.groupBy(nodes, (node) => node.pool)].map(([name, some]) => ({ pool: name, ...poolOf(some) }));
  return {
    kind: "health",
    ...{ from: isoOf(from), to: isoOf(to), pool: pool ?? null, as_of: isoOf(now) },
    total: poolOf(nodes),
    pools: pools.sort((a, b) => ((a.pool ?? "~") < (b.pool ?? "~") ? -1 : 1)),
    nodes: rows.slice(0, MOST_NODES),
    nodes_left_out: Math.max(0, rows.length - MOST_NODES),
  };
}
