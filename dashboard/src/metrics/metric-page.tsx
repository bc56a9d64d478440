/* One metric over time. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso/router";
import { RESOLUTIONS } from "../../../src/domain/bucket";
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/units";
import { now, serverNow, time } from "../ui/clock";
import { age, count, dateTime } from "../ui/format";
import { BackIcon } from "../ui/icons";
import { isStale, LiveWord } from "../ui/live-word";
import { Loading, Notice, ProblemNotice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { Chart } from "./chart";
import { Controls } from "./controls";
import { readOne } from "./names";
import type { Metric } from "./names-search";
import type { Line } from "./plot";
import { PostForm } from "./post-form";
import type { SeriesState } from "./readings";
import { AddSeries, labelOf, SeriesTable } from "./series-table";
import { useTimelines } from "./timelines";
import { isNow, RANGES, readView, resolutionOf, spanOf, type View, writeView } from "./view";

/** The address says it, so the address is where it is kept. */
function useView(): { view: View; change(part: Partial<View>): void } {
  const { url, path, route } = useLocation();
  const view = readView(new URL(url, location.origin).searchParams);
  return { view, change: (part) => route(path + writeView({ ...view, ...part }), true) };
}

/** Labels that exist, for suggestions. */
function useKnown(name: string): Metric | undefined {
  const known = useSignal<Metric | undefined>(undefined);
  useEffect(() => {
    const gone = new AbortController();
    void readOne(name, gone.signal).then((metric) => {
      if (!gone.signal.aborted) known.value = metric;
    });
    return () => gone.abort();
  }, [name]);
  return known.value;
}

/** Whether what is shown is the present, and since when not. */
function Standing({ view, states }: { view: View; states: SeriesState[] }) {
  if (!isNow(view)) return <span class="muted small">a range of the past: not live</span>;
  const answered = states.flatMap(({ asOf }) => (asOf === undefined ? [] : [asOf]));
  if (answered.length === 0) return null;
  return <LiveWord asOf={Math.min(...answered)} isOld={states.some((state) => isStale(state, now.value))} />;
}

function Remarks({ view, states }: { view: View; states: SeriesState[] }) {
  const isRaw = resolutionOf(view) === "raw";
  const { from } = spanOf(view, serverNow());
  const cut = states.find(({ isCut }) => isCut);
  const since = Math.max(...states.map(({ completeFrom }) => completeFrom ?? 0));
  const silent = states.reduce((sum, { unavailable }) => Math.max(sum, unavailable), 0);
  return (
    <>
      {silent > 0 && (
        <Notice kind="warning">{count(silent)} objects do not answer: their samples are missing here.</Notice>
      )}
      {isRaw && cut !== undefined && (
        <p class="muted small">Only the newest {count(cut.points.length)} values are shown.</p>
      )}
      {isRaw && since > from + 1_000 && (
        <p class="muted small">
          Single values are kept here since {dateTime(since)} UTC; older ones are in the archive.
        </p>
      )}
    </>
  );
}

function summaryOf(name: string, view: View, lines: Line[]): string {
  const range = typeof view.range === "string" ? `the last ${RANGES[view.range].words}` : "a range of the past";
  return `${name} by ${resolutionOf(view)} over ${range}, ${lines.map(({ label }) => label).join(", ")}. Arrow keys move.`;
}

/** Where there is nothing in the range, but somewhere. */
function Elsewhere({ known, change }: { known: Metric | undefined; change(part: Partial<View>): void }) {
  const at = known?.last_seen == null ? undefined : Date.parse(known.last_seen);
  return (
    <div class="nothing muted" role="status">
      <p>There are no samples in this range.</p>
      {at !== undefined && (
        <p>
          The newest one is of {dateTime(at)} UTC, {age(time.value - at)} ago.{" "}
          <button
            type="button"
            class="button small"
            onClick={() => change({ range: { from: at - HOUR_MS, to: at + MINUTE_MS } })}
          >
            Go there
          </button>
        </p>
      )}
    </div>
  );
}

function linesOf(series: string[], states: ReadonlyMap<string, SeriesState>): Line[] {
  return series.map((filter, i) => {
    const { points = [], asOf = 0 } = states.get(filter) ?? {};
    return { filter, label: labelOf(filter), colour: i + 1, points, asOf };
  });
}

function Content({ name, view, change }: { name: string; view: View; change(part: Partial<View>): void }) {
  const byFilter = useTimelines(name, view);
  const known = useKnown(name);
  const mark = useSignal<number | undefined>(undefined);
  const states = view.series.flatMap((filter) => byFilter.get(filter) ?? []);
  const resolution = resolutionOf(view);
  const widthMs = resolution === "raw" ? 0 : RESOLUTIONS[resolution];
  const asOf = Math.max(...states.map((state) => state.asOf ?? 0));
  const span = spanOf(view, asOf > 0 ? asOf : serverNow());
  // The same lines until something else was read: thousands of points are not drawn anew for a pointer that moves.
  const lines = useMemo(() => linesOf(view.series, byFilter), [byFilter, JSON.stringify(view.series)]);
  const isAnswered = states.some(({ at }) => at !== undefined);
  const isEmpty = isAnswered && lines.every(({ points }) => points.length === 0);
  const isOld = isNow(view) && states.some((state) => isStale(state, now.value));
  const problem = states.find((state) => state.problem !== undefined)?.problem;
  return (
    <section class="panel metric-panel" aria-labelledby="timeline">
      <div class="panel-head">
        <h2 id="timeline">Timeline</h2>
        <Standing view={view} states={states} />
      </div>
      <Controls view={view} change={change} />
      {problem !== undefined && <ProblemNotice problem={problem} />}
      {!isAnswered && problem === undefined && <Loading what="the timeline" />}
      {isEmpty && <Elsewhere known={known} change={change} />}
      {isAnswered && !isEmpty && (
        <Chart
          {...{ lines, span, widthMs, mark, isOld, zone: view.zone, shown: view.shown }}
          summary={summaryOf(name, view, lines)}
        />
      )}
      <Remarks view={view} states={states} />
      <SeriesTable
        {...{ lines, states: byFilter, widthMs, mark: mark.value, zone: view.zone }}
        remove={(filter) => change({ series: view.series.filter((other) => other !== filter) })}
      />
      <AddSeries
        present={view.series}
        known={known?.labels ?? []}
        add={(filter) => change({ series: [...view.series, filter] })}
      />
    </section>
  );
}

export function MetricPage() {
  const name = useRoute().params.name ?? "";
  const { view, change } = useView();
  usePageTitle(`${name} · Metrics`);
  return (
    <section class="page" key={name}>
      <div>
        <a class="back" href="/metrics">
          <BackIcon /> Metrics
        </a>
        <h1>{name}</h1>
      </div>
      <Content name={name} view={view} change={change} />
      <details class="panel fold">
        <summary>
          <h2>Post a sample of it</h2>
        </summary>
        <PostForm name={name} />
      </details>
    </section>
  );
}
