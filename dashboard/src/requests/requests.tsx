/* Requests: which are most, slowest, most often wrong; the figures of the window; its days. Read again every two seconds. */
import { useSignal } from "@preact/signals";
import { useLocation } from "preact-iso/router";
import { bucketStart } from "../../../src/domain/bucket";
import type { History, RequestTimeline, TopK } from "../../../src/domain/requests/answers";
import { DAY_MS } from "../../../src/domain/units";
import { Card } from "../ui/card";
import { time } from "../ui/clock";
import { count } from "../ui/format";
import { LiveWord, useIsStale } from "../ui/live-word";
import { Loading, Notice, ProblemNotice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { type Polling, usePolled } from "../ui/polled";
import { Details } from "./details";
import { EmptyRequests } from "./empty";
import { Filters } from "./filters";
import { HistoryPanel, SPANS } from "./history-panel";
import { hasRequests, isNothing } from "./nothing";
import { TopBars } from "./top-bars";
import {
  changed,
  DIMENSION_WORDS,
  METRIC_WORDS,
  readView,
  spanWords,
  topPath,
  totalPath,
  type View,
  windowMs,
  writeView,
} from "./view";
import { bytes, latency, share } from "./words";

const EVERY_MS = 2_000;
/** Days change slowly, but for the first request. */
const historyPauseMs = (history?: History): number => (hasRequests(history) ? 15_000 : EVERY_MS);
/** An error rate from here on is worth a look. */
const MANY_ERRORS = 0.05;

/** The address says it, so the address is where it is kept. */
function useView(): { view: View; change(part: Partial<View>): void } {
  const { url, path, route } = useLocation();
  const view = readView(new URL(url, location.origin).searchParams);
  return { view, change: (part) => route(path + writeView(changed(view, part)), true) };
}

function Latency({ label, value, absent }: { label: string; value: number | null; absent: boolean }) {
  return (
    <Card label={label} value={value === null ? "–" : latency(value)}>
      {absent ? "no request says it" : value === null ? "no requests" : ""}
    </Card>
  );
}

function Totals({ answer, view, isOld }: { answer: RequestTimeline; view: View; isOld: boolean }) {
  const { total } = answer;
  const absent = answer.absent !== undefined;
  const rate = total.error_rate ?? 0;
  return (
    <dl class={`cards totals ${isOld ? "old" : ""}`}>
      <Card label="Requests" value={count(total.total_requests)}>
        {(total.total_requests / (windowMs(view) / 1_000)).toFixed(2)} per second
      </Card>
      <Card
        label="Error rate"
        value={total.error_rate === null ? "–" : share(total.error_rate)}
        {...(rate >= MANY_ERRORS ? { tone: "bad" as const } : {})}
      >
        statuses of 500 and more
      </Card>
      <Latency label="Mean latency" value={total.average_latency} absent={absent} />
      <Latency label="p50" value={total.p50_latency} absent={absent} />
      <Latency label="p95" value={total.p95_latency} absent={absent} />
      <Latency label="p99" value={total.p99_latency} absent={absent} />
      <Card label="Bytes sent" value={total.bytes === null ? "–" : bytes(total.bytes)}>
        {total.bytes === null && total.total_requests > 0 ? "no request says them" : ""}
      </Card>
    </dl>
  );
}

function Unavailable({ names }: { names: string[] | undefined }) {
  if (names === undefined) return null;
  return (
    <Notice kind="warning">
      {count(names.length)} {names.length === 1 ? "object does" : "objects do"} not answer: what they counted is
      missing.
    </Notice>
  );
}

function TotalsPanel({ totals, view }: { totals: Polling<RequestTimeline>; view: View }) {
  const { state, again } = totals;
  const { value, problem } = state.value;
  const isOld = useIsStale(state.value) && view.day === undefined;
  return (
    <>
      {problem !== undefined && <ProblemNotice problem={problem} retry={again} />}
      {value !== undefined && <Totals answer={value} view={view} isOld={isOld} />}
    </>
  );
}

function Ranking({ ranking, view, open }: { ranking: Polling<TopK>; view: View; open(key: string): void }) {
  const { state, again } = ranking;
  const { value, problem } = state.value;
  const isNow = view.day === undefined;
  const isOld = useIsStale(state.value) && isNow;
  return (
    <>
      <div class="panel-head">
        <p class="muted small">
          {METRIC_WORDS[view.metric]} of {DIMENSION_WORDS[view.dimension]}, {spanWords(view)}
        </p>
        {value !== undefined && isNow && <LiveWord asOf={Date.parse(value.as_of)} isOld={isOld} />}
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} retry={again} />}
      {value === undefined && problem === undefined && <Loading what="the ranking" />}
      <Unavailable names={value?.unavailable} />
      {value !== undefined && (
        <div class={isOld ? "old ranking" : "ranking"}>
          <TopBars answer={value} opened={view.key} open={open} />
          {value.data.length === 0 && value.absent === undefined && (
            <p class="nothing muted">No such request in this window.</p>
          )}
        </div>
      )}
    </>
  );
}

function useHistory() {
  const span = useSignal<number>(SPANS[0]);
  // A new path once a day, not at each turn of the clock.
  const today = bucketStart(time.value, "day");
  const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);
  const query = new URLSearchParams({
    start_date: dateOf(today - (span.value - 1) * DAY_MS),
    end_date: dateOf(today),
  });
  return { span, history: usePolled<History>(`/requests/history?${query}`, historyPauseMs) };
}

export function Requests() {
  const { view, change } = useView();
  const { span, history } = useHistory();
  usePageTitle("Requests");
  const totals = usePolled<RequestTimeline>(totalPath(view), EVERY_MS);
  const path = topPath(view);
  const ranking = usePolled<TopK>(path, EVERY_MS);
  const read = {
    history: history.state.value.value,
    totals: totals.state.value.value,
    ranking: ranking.state.value.value,
  };
  return (
    <section class="page">
      <h1>Requests</h1>
      {view.key === undefined && isNothing(read) && <EmptyRequests days={span.value} />}
      <Filters view={view} change={change} />
      <TotalsPanel totals={totals} view={view} />
      <section class="panel" aria-label="Ranking">
        <Ranking
          key={path}
          ranking={ranking}
          view={view}
          open={(key) => change({ key: key === view.key ? undefined : key })}
        />
      </section>
      {view.key !== undefined && (
        <Details key={`${view.dimension} ${view.key}`} view={view} close={() => change({ key: undefined })} />
      )}
      <HistoryPanel
        history={history}
        span={span}
        chosen={view.day}
        choose={(date) => change({ day: date === view.day ? undefined : date })}
      />
    </section>
  );
}
