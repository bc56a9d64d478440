/* All metrics: what there is, how fresh it is, what its last hour looked like; and a form to post one. */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { time } from "../ui/clock";
import { Disclosure } from "../ui/disclosure";
import { EmptyPanel } from "../ui/empty-panel";
import { age, count, dateTime } from "../ui/format";
import { Loading, Notice, ProblemNotice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { SearchField } from "../ui/search-field";
import { hrefOf, useNames } from "./names";
import { type Metric, matching } from "./names-search";
import { PostForm } from "./post-form";
import { Sparkline } from "./sparkline";

/** Rows drawn at first, and more with each wish. */
const ROWS = 100;

/** Kept while one visits a metric and comes back. */
const search = signal<string | undefined>(undefined);

const commandWith = (key: string): string =>
  [
    `curl ${location.origin}/api/v1/metrics \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -d '{"name":"room.temperature","value":21.5,"timestamp":'$(date +%s000)',"labels":{"room":"kitchen"}}'`,
  ].join("\n");

function Empty() {
  return (
    <EmptyPanel
      title="No metric has been posted yet"
      hint="Post a sample by the form above, or from a terminal. It appears here within seconds, without a reload."
      commandWith={commandWith}
    />
  );
}

function Row({ metric }: { metric: Metric }) {
  const at = metric.last_seen === null ? undefined : Date.parse(metric.last_seen);
  return (
    <tr class="price-row" data-metric={metric.name}>
      <th scope="row">
        <a class="row-link" href={hrefOf(metric.name)}>
          {metric.name}
        </a>
      </th>
      <td class="number">{count(Math.max(1, metric.series))}</td>
      <td class="number age-cell">
        {at === undefined ? (
          <span title="Its object cannot be reached">unknown</span>
        ) : (
          <time title={`${dateTime(at)} UTC`}>{age(time.value - at)}</time>
        )}
      </td>
      <td class="spark-cell">
        <Sparkline name={metric.name} />
      </td>
    </tr>
  );
}

function Table({ metrics }: { metrics: Metric[] }) {
  const most = useSignal(ROWS);
  return (
    <>
      <div class="panel flush">
        <table class="prices metrics-table">
          <caption class="visually-hidden">Metrics by name. A name opens its timeline.</caption>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" class="number">
                Series
              </th>
              <th scope="col" class="number" title="Time since the newest sample's own time">
                Last seen
              </th>
              <th scope="col" class="spark-cell">
                Last hour
              </th>
            </tr>
          </thead>
          <tbody>
            {metrics.slice(0, most.value).map((metric) => (
              <Row key={metric.name} metric={metric} />
            ))}
          </tbody>
        </table>
      </div>
      {metrics.length > most.value && (
        <button
          type="button"
          class="button more"
          onClick={() => {
            most.value += ROWS;
          }}
        >
          Show {count(Math.min(ROWS, metrics.length - most.value))} more
        </button>
      )}
    </>
  );
}

function List({ metrics, isCut }: { metrics: Metric[]; isCut: boolean }) {
  const { route } = useLocation();
  const typed = search.value ?? "";
  const found = matching(metrics, typed);
  return (
    <>
      <div class="toolbar">
        <SearchField
          id="metric-search"
          label="Search metrics"
          placeholder="Search metrics"
          value={typed}
          change={(text) => {
            search.value = text;
            route(text === "" ? "/metrics" : `/metrics?search=${encodeURIComponent(text)}`, true);
          }}
        />
        <p class="muted summary" role="status">
          {found.length === metrics.length
            ? count(metrics.length)
            : `${count(found.length)} of ${count(metrics.length)}`}{" "}
          metrics
        </p>
      </div>
      {isCut && <Notice kind="warning">Only the first {count(metrics.length)} metrics are listed.</Notice>}
      {found.length === 0 ? (
        <p class="muted nothing">No metric contains “{typed.trim()}”.</p>
      ) : (
        <Table metrics={found} />
      )}
    </>
  );
}

export function Metrics() {
  const { names, again } = useNames();
  const isPosting = useSignal(false);
  const { query } = useLocation();
  usePageTitle("Metrics");
  useEffect(() => {
    search.value = query.search ?? "";
  }, []);
  const { metrics, isCut, problem } = names.value;
  const isEmpty = metrics?.length === 0;
  // It stays open when its sample is the first one, whose answer is still to be read.
  useEffect(() => {
    if (isEmpty) isPosting.value = true;
  }, [isEmpty]);
  return (
    <section class="page">
      <div class="nodes-head">
        <h1>Metrics</h1>
        {metrics !== undefined && !isEmpty && <Disclosure isOpen={isPosting} words="Post a sample" />}
      </div>
      {isPosting.value && (
        <section class="panel" aria-labelledby="post-sample">
          <h2 id="post-sample">Post a sample</h2>
          <PostForm posted={again} />
        </section>
      )}
      {problem !== undefined && <ProblemNotice problem={problem} retry={again} />}
      {metrics === undefined && problem === undefined && <Loading what="the metrics" />}
      {metrics !== undefined && (isEmpty ? <Empty /> : <List metrics={metrics} isCut={isCut} />)}
    </section>
  );
}
