/* A report of performance as tables: where it was too much, what pools measured, which nodes most. */
import type { PerformanceReport } from "../../../src/domain/nodes/report/answers";
import { brief } from "../metrics/words";
import { duration } from "../nodes/durations";
import { count, dateTime } from "../ui/format";
import { Notice } from "../ui/notice";
import { Sheet } from "./sheet";

const figure = (value: number): string => brief(Number(value.toPrecision(4)));
/** Of each list: a page to read, not an archive. */
const MOST_ROWS = 200;

function Bottlenecks({ report }: { report: PerformanceReport }) {
  if (report.bottlenecks.length === 0) return <Notice kind="info">Nothing was above its limit.</Notice>;
  return (
    <Sheet
      title="Bottlenecks, the longest first"
      head={["Node", "Pool", "Of", "Above", "Highest", "Longest since", "Longest"]}
      texts={3}
    >
      {report.bottlenecks.slice(0, MOST_ROWS).map((one) => (
        <tr key={`${one.node} ${one.metric}`} data-bottleneck={one.node}>
          <th scope="row">
            <a href={`/nodes/${encodeURIComponent(one.node)}`}>{one.node}</a>
          </th>
          <td>{one.pool}</td>
          <td>
            {one.of} <span class="muted small">{one.metric}</span>
          </td>
          <td class="number bad-row">
            {duration(one.above_s * 1_000)} above {one.above} %
          </td>
          <td class="number">{one.worst.toFixed(1)} %</td>
          <td class="number tabular">{dateTime(Date.parse(one.longest_from))}</td>
          <td class="number">{duration(one.longest_s * 1_000)}</td>
        </tr>
      ))}
    </Sheet>
  );
}

export function PerformanceTables({ report }: { report: PerformanceReport }) {
  const { pools, nodes, unavailable, percentile_error, step } = report;
  return (
    <>
      {unavailable > 0 && (
        <Notice kind="warning">{count(unavailable)} objects did not answer: what they have is missing here.</Notice>
      )}
      {pools.length === 0 ? <Notice kind="info">No node measured anything.</Notice> : <Bottlenecks report={report} />}
      {pools.map(({ pool, metrics }) => (
        <Sheet key={pool} title={`Pool ${pool}`} head={["Metric", "Nodes", "Average", "p95", "Highest"]} texts={1}>
          {metrics.map(({ metric, nodes: many, avg, p95, max }) => (
            <tr key={metric} data-metric={metric}>
              <th scope="row">{metric}</th>
              <td class="number">{count(many)}</td>
              <td class="number">{figure(avg)}</td>
              <td class="number">{figure(p95)}</td>
              <td class="number">{figure(max)}</td>
            </tr>
          ))}
        </Sheet>
      ))}
      {nodes.length > 0 && (
        <Sheet
          title="Nodes, the highest first"
          head={["Node", "Pool", "Metric", "Average", "p95", "Highest"]}
          texts={3}
        >
          {nodes.slice(0, MOST_ROWS).map(({ node, pool, metric, avg, p95, max }) => (
            <tr key={`${node} ${metric}`}>
              <th scope="row">
                <a href={`/nodes/${encodeURIComponent(node)}`}>{node}</a>
              </th>
              <td>{pool}</td>
              <td>{metric}</td>
              <td class="number">{figure(avg)}</td>
              <td class="number">{figure(p95)}</td>
              <td class="number">{figure(max)}</td>
            </tr>
          ))}
        </Sheet>
      )}
      <p class="muted small">
        Time above a limit is counted in steps of a {step} by their average. p95 is within{" "}
        {(percentile_error * 100).toFixed(0)} % of its value.
      </p>
    </>
  );
}
