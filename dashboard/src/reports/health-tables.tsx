/* A report of health as tables: all, pools, nodes. */
import type { HealthReport, NodeHealthRow } from "../../../src/domain/nodes/report/answers";
import { duration } from "../nodes/durations";
import { count, dateTime } from "../ui/format";
import { Sheet } from "./sheet";
import { percent } from "./view";

type Figures = Pick<
  NodeHealthRow,
  "uptime_percent" | "down_s" | "incidents" | "temporary" | "slowest_recovery_s" | "up_s"
>;

const HEAD = ["Uptime", "Down", "Failures", "Back in time", "Slowest recovery"];

function Cells({ figures }: { figures: Figures }) {
  const { uptime_percent, down_s, incidents, temporary, slowest_recovery_s } = figures;
  return (
    <>
      <td class={`number ${incidents > 0 ? "bad-row" : ""}`}>{percent(uptime_percent)}</td>
      <td class="number">{down_s === 0 ? "–" : duration(down_s * 1_000)}</td>
      <td class="number">{count(incidents)}</td>
      <td class="number">{count(temporary)}</td>
      <td class="number">{slowest_recovery_s === null ? "–" : duration(slowest_recovery_s * 1_000)}</td>
    </>
  );
}

function Downtimes({ node }: { node: NodeHealthRow }) {
  return (
    <ul class="report-downtimes">
      {node.downtimes.map(({ from, to, down_s }) => (
        <li key={from}>
          {dateTime(Date.parse(from))} – {to === null ? "lasts" : dateTime(Date.parse(to))}, {duration(down_s * 1_000)}
        </li>
      ))}
    </ul>
  );
}

function NodeRow({ node }: { node: NodeHealthRow }) {
  return (
    <tr data-node={node.node}>
      <th scope="row">
        <a href={`/nodes/${encodeURIComponent(node.node)}`}>{node.name}</a>
        {node.downtimes.length > 0 && <Downtimes node={node} />}
      </th>
      <td>{node.pool ?? "deleted"}</td>
      <td>{node.status ?? "gone"}</td>
      <Cells figures={node} />
    </tr>
  );
}

export function HealthTables({ report }: { report: HealthReport }) {
  const { total, pools, nodes, nodes_left_out } = report;
  return (
    <>
      <Sheet title="Pools" head={["Pool", "Nodes", "Down now", ...HEAD]} texts={1}>
        {pools.map((pool) => (
          <tr key={pool.pool} data-pool={pool.pool}>
            <th scope="row">{pool.pool ?? "deleted nodes"}</th>
            <td class="number">{count(pool.nodes)}</td>
            <td class="number">{count(pool.down)}</td>
            <Cells figures={pool} />
          </tr>
        ))}
        <tr class="report-total">
          <th scope="row">All</th>
          <td class="number">{count(total.nodes)}</td>
          <td class="number">{count(total.down)}</td>
          <Cells figures={total} />
        </tr>
      </Sheet>
      <Sheet title="Nodes, the worst first" head={["Node", "Pool", "Status at the end", ...HEAD]} texts={3}>
        {nodes.map((node) => (
          <NodeRow key={node.node} node={node} />
        ))}
      </Sheet>
      {nodes_left_out > 0 && <p class="muted">{count(nodes_left_out)} more nodes, none of them worse, are left out.</p>}
      <p class="muted small">
        Down counts from when a node was called down. Maintenance, stops and the time before the first beat count for
        nothing. The slowest recovery is from the last sign of life to the next one.
      </p>
    </>
  );
}
