/* What a node measures: a chart per kind, its last figures, and the choice of minutes, hours and days. */
import { type Signal, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { RESOLUTIONS } from "../../../src/domain/bucket";
import type { Timeline } from "../../../src/domain/telemetry/answers";
import { DAY_MS, HOUR_MS } from "../../../src/domain/units";
import { call, segment } from "../api/client";
import { serverNow } from "../ui/clock";
import { age, clockTime } from "../ui/format";
import { Loading, ProblemNotice } from "../ui/notice";
import { usePolled } from "../ui/polled";
import { SegmentedControl } from "../ui/segmented-control";
import { axisOf, bucketsOf, type ChartPlan, inUnit, lineName, plansOf } from "./measures";
import { type ChartLine, MetricChart } from "./metric-chart";

/** How far back a chart goes, and how often it is read again: a sample comes once a minute. */
const VIEWS = {
  minute: { spanMs: 3 * HOUR_MS, everyMs: 15_000, words: "The last 3 hours by minute" },
  hour: { spanMs: 7 * DAY_MS, everyMs: 60_000, words: "The last 7 days by hour" },
  day: { spanMs: 90 * DAY_MS, everyMs: 60_000, words: "The last 90 days by day" },
} as const;
type ViewName = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS) as ViewName[];
const FIGURES_EVERY_MS = 15_000;

const chosen = signal<ViewName>("minute");

interface Figures {
  metrics: { name: string; value: number; timestamp: string }[];
  as_of: string;
}

type Read = Signal<{ lines: ChartLine[]; asOf: number | undefined }>;

/** The timelines of a chart, read again while somebody looks. What is not answered leaves what is there. */
function useLines(id: string, names: readonly string[], view: ViewName): Read {
  const state: Read = useSignal({ lines: [], asOf: undefined });
  const key = names.join(" ");
  useEffect(() => {
    const gone = new AbortController();
    state.value = { lines: [], asOf: undefined };
    const read = async () => {
      if (document.visibilityState !== "visible") return;
      const from = serverNow() - VIEWS[view].spanMs;
      const answers = await Promise.all(
        key.split(" ").map(async (name, colour): Promise<ChartLine[]> => {
          const query = new URLSearchParams({ name, resolution: view, from: String(from) });
          const answer = await call<Timeline>(`/nodes/${segment(id)}/metrics?${query}`, { signal: gone.signal });
          if (!answer.ok) return state.peek().lines.filter(({ filter }) => filter === name);
          const { points, as_of } = answer.value;
          const known = { points: bucketsOf(points), asOf: Date.parse(as_of) };
          return [{ filter: name, label: lineName(name), colour: colour + 1, ...known }];
        }),
      );
      const lines = answers.flat();
      if (gone.signal.aborted || lines.length === 0) return;
      state.value = { lines, asOf: Math.max(...lines.map(({ asOf }) => asOf)) };
    };
    void read();
    const timer = setInterval(read, VIEWS[view].everyMs);
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, [id, key, view]);
  return state;
}

function Last({ plan, figures }: { plan: ChartPlan; figures: Figures }) {
  const known = new Map(figures.metrics.map((figure) => [figure.name, figure]));
  return (
    <ul class="chart-key">
      {plan.names.map((name, colour) => {
        const figure = known.get(name);
        if (figure === undefined) return null;
        const ms = Date.parse(figures.as_of) - Date.parse(figure.timestamp);
        return (
          <li key={name} class={`series-${colour + 1}`} data-metric={name}>
            <span class="chart-swatch" aria-hidden="true" />
            {lineName(name)} <strong class="tabular">{inUnit(figure.value, plan.unit)}</strong>{" "}
            <span class="muted small">{ms < 1_000 ? "now" : `${age(ms)} ago`}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** A chart draws averages only. */
const inTimes = (line: ChartLine, times: number): ChartLine => ({
  ...line,
  points: line.points.map((point) => ({ ...point, avg: point.avg / times })),
});

function ChartOf({ id, plan, figures }: { id: string; plan: ChartPlan; figures: Figures }) {
  const view = chosen.value;
  const { lines, asOf } = useLines(id, plan.names, view).value;
  const summary = `${plan.title}. ${VIEWS[view].words}: ${lines
    .flatMap(({ label, points }) => {
      const last = points.at(-1);
      return last === undefined ? [] : [`${label} ${inUnit(last.avg, plan.unit)}`];
    })
    .join(", ")}.`;
  const axis = axisOf(Math.max(0, ...lines.flatMap(({ points }) => points.map(({ avg }) => avg))), plan.unit);
  return (
    <section class="node-metric" data-chart={plan.title}>
      <h3>
        {plan.title} {axis.word !== "" && <span class="muted small">{axis.word}</span>}
      </h3>
      <Last plan={plan} figures={figures} />
      {asOf === undefined ? (
        <Loading what="its chart" />
      ) : (
        <MetricChart
          lines={lines.map((line) => inTimes(line, axis.times))}
          span={{ from: asOf - VIEWS[view].spanMs, to: asOf }}
          widthMs={RESOLUTIONS[view]}
          isPercent={plan.unit === "percent"}
          summary={summary}
        />
      )}
    </section>
  );
}

export function MetricPanels({ id }: { id: string }) {
  const { value, problem } = usePolled<Figures>(`/nodes/${segment(id)}/metrics`, FIGURES_EVERY_MS).state.value;
  const plans = plansOf(value?.metrics.map(({ name }) => name) ?? []);
  return (
    <section class="panel" aria-labelledby="measures">
      <div class="panel-head">
        <h2 id="measures">What it measures</h2>
        {plans.length > 0 && (
          <SegmentedControl
            legend="Resolution"
            name="node-resolution"
            options={NAMES}
            chosen={chosen.value}
            choose={(name) => {
              chosen.value = name;
            }}
          />
        )}
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} />}
      {value === undefined && problem === undefined && <Loading what="its figures" />}
      {value !== undefined && plans.length === 0 && (
        <p class="muted nothing">Nothing yet. An agent sends its figures once a minute.</p>
      )}
      {value !== undefined && plans.length > 0 && (
        <>
          <div class="node-metrics">
            {plans.map((plan) => (
              <ChartOf key={plan.title} id={id} plan={plan} figures={value} />
            ))}
          </div>
          <p class="muted small">
            {VIEWS[chosen.value].words}, averages, UTC; up to {clockTime(Date.parse(value.as_of))}. Gaps are times
            without samples. <a href="/metrics">All metrics</a>
          </p>
        </>
      )}
    </section>
  );
}
