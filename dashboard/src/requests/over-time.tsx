/* What happened over time: requests per bucket with the failed ones among them, and how long they took. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { RESOLUTIONS } from "../../../src/domain/bucket";
import type { RequestTimeline } from "../../../src/domain/requests/answers";
import { Chart } from "../metrics/chart";
import { localTime, timeTicks } from "../metrics/plot";
import { count } from "../ui/format";
import { failedOf, latencyPoints } from "./points";
import { ABSENT, latency, share } from "./words";

const HEIGHT = 90;
/** A label nearer to the edge than this, in per cent, would be cut. */
const EDGE = 4;

const spanOf = ({ window }: RequestTimeline) => ({ from: Date.parse(window.start), to: Date.parse(window.end) });

function CountBars({ answer }: { answer: RequestTimeline }) {
  const { from, to } = spanOf(answer);
  const width = RESOLUTIONS[answer.resolution];
  const most = Math.max(1, ...answer.data.map(({ total_requests }) => total_requests));
  const x = (at: number) => (100 * (at - from)) / (to - from);
  const failed = answer.data.reduce((sum, point) => sum + failedOf(point), 0);
  return (
    <figure class="count-bars">
      <figcaption class="small muted">
        Requests per {answer.resolution}, at most {count(most)}
        {failed > 0 && (
          <>
            ; <span class="failed-key" aria-hidden="true" /> {count(failed)} failed
          </>
        )}
      </figcaption>
      <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {answer.data.map((point) => {
          const height = (HEIGHT * point.total_requests) / most;
          const bad = (HEIGHT * failedOf(point)) / most;
          const at = { x: x(Date.parse(point.start)) + x(from + width * 0.1), width: x(from + width * 0.8) };
          return (
            <g key={point.start} class={point.partial ? "partial" : ""}>
              <rect class="bar" {...at} y={HEIGHT - height} height={height} />
              {bad > 0 && <rect class="bar failed" {...at} y={HEIGHT - bad} height={bad} />}
            </g>
          );
        })}
      </svg>
      <div class="count-axis muted small" aria-hidden="true">
        {timeTicks({ from, to }, "UTC", 5)
          .filter(({ at }) => x(at) > EDGE && x(at) < 100 - EDGE)
          .map(({ at, label }) => (
            <span key={at} style={{ left: `${x(at)}%` }}>
              {label}
            </span>
          ))}
      </div>
    </figure>
  );
}

function Latencies({ answer, isOld }: { answer: RequestTimeline; isOld: boolean }) {
  const mark = useSignal<number | undefined>(undefined);
  const points = useMemo(() => latencyPoints(answer.data), [answer]);
  const lines = useMemo(
    () => [{ filter: "", label: "mean latency", colour: 1, points, asOf: Date.parse(answer.as_of) }],
    [answer],
  );
  const at = mark.value ?? points.at(-1)?.start;
  const point = answer.data.find(({ start }) => Date.parse(start) === at);
  const width = RESOLUTIONS[answer.resolution];
  if (points.length === 0) return <p class="muted">{ABSENT.latency_ms}</p>;
  return (
    <figure class="latency-chart">
      <figcaption class="small muted">
        Latency in ms: <span class="key-line" aria-hidden="true" /> mean{" "}
        <span class="key-line p50" aria-hidden="true" /> p50 <span class="key-line p95" aria-hidden="true" /> p95{" "}
        <span class="key-line p99" aria-hidden="true" /> p99
      </figcaption>
      <Chart
        lines={lines}
        span={spanOf(answer)}
        widthMs={width}
        zone="UTC"
        shown={["p50", "p95", "p99"]}
        mark={mark}
        summary="Latency over time. Arrow keys move."
        isOld={isOld}
      />
      {point !== undefined && at !== undefined && (
        <p class="small tabular latency-at">
          {localTime(at, "UTC", width)} UTC: {count(point.total_requests)}{" "}
          {point.total_requests === 1 ? "request" : "requests"}, {share(point.error_rate ?? 0)} failed, mean{" "}
          {latency(point.average_latency ?? 0)}, p50 {latency(point.p50_latency ?? 0)}, p95{" "}
          {latency(point.p95_latency ?? 0)}, p99 {latency(point.p99_latency ?? 0)}
          {point.partial && "; unfinished"}
        </p>
      )}
    </figure>
  );
}

export function OverTime({ answer, isOld }: { answer: RequestTimeline; isOld: boolean }) {
  if (answer.data.length === 0) return <p class="muted">No such request in this window.</p>;
  return (
    <div class={`over-time ${isOld ? "old" : ""}`}>
      <CountBars answer={answer} />
      <Latencies answer={answer} isOld={isOld} />
      {answer.approximate && (
        <p class="muted small">Some requests may be missing: more keys came than are counted one by one.</p>
      )}
    </div>
  );
}
