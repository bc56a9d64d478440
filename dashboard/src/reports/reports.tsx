/* Reports: choose what and since when, read it, print it; and those that the clock wrote. */
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { Report, ReportList } from "../../../src/domain/nodes/report/answers";
import { REPORT_KINDS } from "../../../src/domain/nodes/report/period";
import { serverNow } from "../ui/clock";
import { dateTime } from "../ui/format";
import { BackIcon } from "../ui/icons";
import { Loading, ProblemNotice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { usePolled } from "../ui/polled";
import { SegmentedControl } from "../ui/segmented-control";
import { HealthTables } from "./health-tables";
import { PerformanceTables } from "./performance-tables";
import { pathOf, readView, SPAN_NAMES, SPANS, type View, writeView } from "./view";

const KIND_WORDS = { health: "Health", performance: "Performance" } as const;
/** A report is read, not watched. */
const EVERY_MS = 300_000;
/** As many as a day writes. */
const LISTED = 50;

/** Pools that a report about all has named: what may be chosen. */
const pools = signal<string[]>([]);

function poolsIn(report: Report): string[] {
  return report.pools.flatMap(({ pool }) => pool ?? []);
}

interface ControlProps {
  view: View;
  change(part: Partial<View>): void;
}

function Controls({ view, change }: ControlProps) {
  return (
    <div class="controls report-controls">
      <SegmentedControl
        legend="Report"
        name="report-kind"
        options={REPORT_KINDS}
        chosen={view.kind}
        choose={(kind) => change({ kind })}
        label={(kind) => KIND_WORDS[kind]}
      />
      <div class="control">
        <label for="report-span">Period</label>
        <select
          id="report-span"
          value={view.span}
          onChange={(event) => change({ span: SPAN_NAMES.find((name) => name === event.currentTarget.value) ?? "24h" })}
        >
          {SPAN_NAMES.map((name) => (
            <option key={name} value={name}>
              {SPANS[name].words}
            </option>
          ))}
        </select>
      </div>
      <div class="control">
        <label for="report-pool">Pool</label>
        <select
          id="report-pool"
          value={view.pool ?? ""}
          onChange={(event) =>
            change({ pool: event.currentTarget.value === "" ? undefined : event.currentTarget.value })
          }
        >
          <option value="">All</option>
          {[...new Set([...pools.value, ...(view.pool === undefined ? [] : [view.pool])])].sort().map((pool) => (
            <option key={pool} value={pool}>
              {pool}
            </option>
          ))}
        </select>
      </div>
      <button type="button" class="button" onClick={() => print()}>
        Print
      </button>
    </div>
  );
}

function Written() {
  const { value } = usePolled<ReportList>(`/reports?limit=${LISTED}`, EVERY_MS).state.value;
  if (value === undefined) return null;
  return (
    <section class="panel written-reports" aria-labelledby="written">
      <div class="panel-head">
        <h2 id="written">Written by the clock</h2>
        <span class="muted small">every hour and every day of UTC</span>
      </div>
      {value.reports.length === 0 ? (
        <p class="muted">None yet: the first is written some minutes after the hour.</p>
      ) : (
        <ul class="report-list">
          {value.reports.map(({ id, kind, period, from }) => (
            <li key={id}>
              <a href={`/reports?id=${id}`}>
                {KIND_WORDS[kind]} of the {period} from {dateTime(Date.parse(from))}
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Body({ report }: { report: Report }) {
  return (
    <>
      <p class="report-span tabular" data-report={report.kind}>
        {KIND_WORDS[report.kind]} of {report.pool === null ? "all nodes" : `pool ${report.pool}`} from{" "}
        {dateTime(Date.parse(report.from))} to {dateTime(Date.parse(report.to))} UTC
      </p>
      {report.kind === "health" ? <HealthTables report={report} /> : <PerformanceTables report={report} />}
    </>
  );
}

export function Reports() {
  const { url, path, route } = useLocation();
  const view = readView(new URL(url, location.origin).searchParams);
  const change = (part: Partial<View>) => route(path + writeView({ ...view, id: undefined, ...part }), true);
  const asked = useMemo(() => pathOf(view, serverNow()), [writeView(view)]);
  const { state, again } = usePolled<Report>(asked, EVERY_MS);
  const { value, problem } = state.value;
  if (value !== undefined && value.pool === null) pools.value = poolsIn(value);
  usePageTitle("Reports");
  return (
    <section class="page reports">
      <div>
        <a class="back" href="/nodes">
          <BackIcon /> Nodes
        </a>
        <h1>Reports</h1>
      </div>
      <Controls view={view} change={change} />
      {problem !== undefined && <ProblemNotice problem={problem} retry={again} />}
      {value === undefined && problem === undefined && <Loading what="the report" />}
      {value !== undefined && <Body report={value} />}
      <Written />
    </section>
  );
}
