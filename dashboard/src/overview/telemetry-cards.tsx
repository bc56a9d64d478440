/* What of metrics and requests is live. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { roleMay } from "../../../src/domain/access/roles";
import type { RequestTimeline } from "../../../src/domain/requests/answers";
import type { MetricList, Usage } from "../../../src/domain/telemetry/answers";
import { role } from "../access/session";
import { share } from "../requests/words";
import { Card } from "../ui/card";
import { count } from "../ui/format";
import { useIsStale } from "../ui/live-word";
import { type Polled, usePolled } from "../ui/polled";

const EVERY_MS = 3_000;
const NAMES_EVERY_MS = 15_000;
/** More names are not counted here. */
const MOST_NAMES = 200;

const MANY_ERRORS = 0.05;
const decimal = (rate: number | undefined): string => (rate === undefined ? "–" : rate.toFixed(1));

/** How fast a total grows, between its last two readings; undefined before the second, and where it fell. */
function useGrowth(total: number | undefined, at: number | undefined): number | undefined {
  const before = useRef<{ total: number; at: number } | undefined>(undefined);
  const rate = useSignal<number | undefined>(undefined);
  useEffect(() => {
    if (total === undefined || at === undefined) return;
    const last = before.current;
    before.current = { total, at };
    if (last === undefined || at <= last.at) return;
    rate.value = total < last.total ? undefined : (total - last.total) / ((at - last.at) / 1_000);
  }, [total, at]);
  return rate.value;
}

/** Nothing that is old is shown as if it were the present. */
function useCurrent<T>(state: Polled<T>): T | undefined {
  return useIsStale(state) ? undefined : state.value;
}

function MetricsCard() {
  const { value } = usePolled<MetricList>(`/metrics?limit=${MOST_NAMES}`, NAMES_EVERY_MS).state.value;
  const names = value?.metrics.length;
  const more = value?.next_cursor == null ? "" : "+";
  return (
    <Card label="Metrics" value={names === undefined ? "–" : `${count(names)}${more}`}>
      <a href="/metrics">{names === 0 ? "Post the first one" : "See them"}</a>
    </Card>
  );
}

function SamplesCard() {
  const { state } = usePolled<Usage>("/usage", EVERY_MS);
  const current = useCurrent(state.value);
  const samples = current?.sources.reduce((sum, source) => sum + source.samples, 0);
  const rate = useGrowth(samples, state.value.at);
  const series = current?.sources.reduce((sum, source) => sum + source.series, 0);
  return (
    <Card label="Samples per second" value={decimal(current === undefined ? undefined : rate)}>
      {series === undefined ? "not read" : `of ${count(series)} series`}
    </Card>
  );
}

function RequestsCard() {
  const { state } = usePolled<RequestTimeline>("/requests/timeline?window=1m", EVERY_MS);
  const current = useCurrent(state.value);
  // The window holds whole minutes, the last one of which is not over.
  const seconds =
    current === undefined ? undefined : (Date.parse(current.as_of) - Date.parse(current.window.start)) / 1_000;
  const rate =
    current === undefined || seconds === undefined ? undefined : current.total.total_requests / Math.max(1, seconds);
  const failed = current?.total.error_rate ?? 0;
  return (
    <Card
      label="Requests per second"
      value={decimal(rate)}
      {...(failed >= MANY_ERRORS ? { tone: "bad" as const } : {})}
    >
      <a href="/requests">See them</a>
      {current !== undefined && current.total.total_requests > 0 && `, ${share(failed)} failed`}
    </Card>
  );
}

export function TelemetryCards() {
  return (
    <>
      <MetricsCard />
      {role.value !== undefined && roleMay(role.value, "usage:read") && <SamplesCard />}
      <RequestsCard />
    </>
  );
}
