/* Requests per UTC day. A day opens as the window of the page. */
import type { Signal } from "@preact/signals";
import type { History, HistoryDay } from "../../../src/domain/requests/answers";
import { count } from "../ui/format";
import { Loading, ProblemNotice } from "../ui/notice";
import type { Polling } from "../ui/polled";
import { Scroller } from "../ui/scroller";
import { SegmentedControl } from "../ui/segmented-control";
import { TableHead } from "../ui/table-head";
import { bytes, latency, share } from "./words";

export const SPANS = [30, 90, 366] as const;
const HEIGHT = 56;

const orNone = (value: number | null, show: (value: number) => string): string => (value === null ? "–" : show(value));

function DayBars({ days }: { days: HistoryDay[] }) {
  const most = Math.max(1, ...days.map(({ total_requests }) => total_requests));
  const step = 100 / days.length;
  return (
    <div class="bars" aria-hidden="true">
      <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {days.map(({ date, total_requests }, i) => {
          const height = total_requests === 0 ? 1 : Math.max(2, (HEIGHT * total_requests) / most);
          return (
            <rect
              key={date}
              class={total_requests === 0 ? "bar zero" : "bar"}
              x={i * step + step * 0.14}
              width={step * 0.72}
              y={HEIGHT - height}
              height={height}
            />
          );
        })}
      </svg>
      <div class="bars-axis muted small">
        <span>{days[0]?.date}</span>
        <span>most {count(most)} a day</span>
        <span>today</span>
      </div>
    </div>
  );
}

function DayRow({ day, isChosen, choose }: { day: HistoryDay; isChosen: boolean; choose(date: string): void }) {
  const { date } = day;
  return (
    <tr data-day={date}>
      <th scope="row">
        <button type="button" class="link-button" aria-pressed={isChosen} onClick={() => choose(date)}>
          {date}
        </button>
      </th>
      <td class="number">{count(day.total_requests)}</td>
      <td class="number">{orNone(day.error_rate, share)}</td>
      <td class="number">{orNone(day.average_latency, latency)}</td>
      <td class="number">{orNone(day.p50_latency, latency)}</td>
      <td class="number">{orNone(day.p95_latency, latency)}</td>
      <td class="number">{orNone(day.p99_latency, latency)}</td>
      <td class="number">{orNone(day.bytes, bytes)}</td>
    </tr>
  );
}

const COLUMNS = ["Day, UTC", "Requests", "Errors", "Mean", "p50", "p95", "p99", "Bytes"];

function Days({
  days,
  chosen,
  choose,
}: {
  days: HistoryDay[];
  chosen: string | undefined;
  choose(date: string): void;
}) {
  const busy = days.filter(({ total_requests }) => total_requests > 0).reverse();
  if (busy.length === 0) return <p class="muted">No request in these days.</p>;
  return (
    <>
      <DayBars days={days} />
      <Scroller label="Days" class="scroll-x scroll">
        <table class="audit days">
          <TableHead names={COLUMNS} texts={1} />
          <tbody>
            {busy.map((day) => (
              <DayRow key={day.date} day={day} isChosen={day.date === chosen} choose={choose} />
            ))}
          </tbody>
        </table>
      </Scroller>
      <p class="muted small">Days without requests are left out of the table. A day opens above.</p>
    </>
  );
}

interface PanelProps {
  history: Polling<History>;
  span: Signal<number>;
  chosen: string | undefined;
  choose(date: string): void;
}

export function HistoryPanel({ history, span, chosen, choose }: PanelProps) {
  const { value, problem } = history.state.value;
  return (
    <section class="panel" aria-labelledby="request-history">
      <div class="panel-head">
        <h2 id="request-history">By day</h2>
        <SegmentedControl
          legend="How many days"
          name="history-span"
          options={SPANS}
          chosen={span.value}
          choose={(days) => {
            span.value = days;
          }}
          label={(days) => `${days} days`}
        />
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} retry={history.again} />}
      {value === undefined && problem === undefined && <Loading what="the days" />}
      {value !== undefined && <Days days={value.data} chosen={chosen} choose={choose} />}
    </section>
  );
}
