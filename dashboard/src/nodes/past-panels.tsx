/* A node's past: its last hours, its downtimes, its events. */
import type { NodeEventItem } from "../../../src/domain/nodes/posting";
import { HOUR_MS } from "../../../src/domain/units";
import { time } from "../ui/clock";
import { clockTime, count, dateTime } from "../ui/format";
import { Loading, ProblemNotice } from "../ui/notice";
import { Scroller } from "../ui/scroller";
import { TableHead } from "../ui/table-head";
import { duration } from "./durations";
import type { History } from "./history";
import { isStatus } from "./look";
import { LookMark } from "./look-mark";
import { DAY_HOURS, type Downtime, downtimesOf, hoursOf, spansOf } from "./spans";
import { StatusBar } from "./status-bar";

export const SPAN_MS = DAY_HOURS * HOUR_MS;
const MOST_DOWNTIMES = 50;

export function LastDay({ history }: { history: History }) {
  const { events, next } = history.log.value;
  const { value, at } = history.polled.value;
  // The end of what is known, by the server's clock.
  const to = value === undefined || at === undefined ? time.value : Date.parse(value.as_of);
  const hours = hoursOf(events, to, next === null);
  return (
    <section class="panel" aria-labelledby="last-day">
      <div class="panel-head">
        <h2 id="last-day">{hours === 1 ? "The last hour" : `The last ${hours} hours`}</h2>
        {value !== undefined && <span class="muted small tabular">up to {clockTime(to)} UTC</span>}
      </div>
      {next === undefined ? (
        history.polled.value.problem === undefined && <Loading what="its history" />
      ) : (
        <StatusBar spans={spansOf(events, to - hours * HOUR_MS, to, next === null)} hours={hours} />
      )}
    </section>
  );
}

const endOf = ({ to, ended }: Downtime): string =>
  to === undefined ? "lasts" : ended === undefined ? dateTime(to) : `${dateTime(to)}, ${ended}`;

function DowntimeRow({ downtime }: { downtime: Downtime }) {
  const { from, to, isDown } = downtime;
  return (
    <tr data-downtime={isDown ? "down" : "brief"}>
      <td class="tabular">{dateTime(from)}</td>
      <td class="tabular">{endOf(downtime)}</td>
      <td class="number">{duration((to ?? Math.max(from, time.value)) - from)}</td>
      <td>{isDown ? <LookMark look="down" /> : <span class="muted">back in time</span>}</td>
    </tr>
  );
}

export function Downtimes({ history, awaySince }: { history: History; awaySince: string | null | undefined }) {
  const { events, next } = history.log.value;
  const since = typeof awaySince === "string" ? Date.parse(awaySince) : undefined;
  const downtimes = downtimesOf(events, since).slice(0, MOST_DOWNTIMES);
  if (next === undefined) return null;
  return (
    <section class="panel flush" aria-labelledby="downtimes">
      <div class="panel-head">
        <h2 id="downtimes">Downtimes</h2>
        <span class="muted small">newest first, UTC</span>
      </div>
      {downtimes.length === 0 ? (
        <p class="muted nothing">{next === null ? "None since it is known." : "None in the events loaded below."}</p>
      ) : (
        <Scroller label="Downtimes">
          <table class="node-table">
            <thead>
              <tr>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col" class="number">
                  Lasted
                </th>
                <th scope="col">Kind</th>
              </tr>
            </thead>
            <tbody>
              {downtimes.map((downtime) => (
                <DowntimeRow key={downtime.from} downtime={downtime} />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </section>
  );
}

const EVENT_WORDS: Partial<Record<NodeEventItem["event"], string>> = {
  resumed: "Back in time",
  began: "Run began",
  finished: "Run finished",
  link: "Connection noted",
  healthy: "Healthy again",
};
const wordOf = (event: NodeEventItem["event"]): string =>
  EVENT_WORDS[event] ?? event.charAt(0).toUpperCase() + event.slice(1);

function EventRow({ event }: { event: NodeEventItem }) {
  return (
    <tr data-event={event.event}>
      <td class="tabular">{dateTime(Date.parse(event.at))}</td>
      <td>
        <span class={event.severity === "critical" ? "bad-row" : ""}>{wordOf(event.event)}</span>
        {event.downtime_s !== null && <span class="muted"> after {duration(event.downtime_s * 1_000)}</span>}
        {event.message !== null && (
          <p class="muted small event-message" dir="auto">
            {event.message}
          </p>
        )}
      </td>
      <td>{event.event !== "deleted" && isStatus(event.status) && <LookMark look={event.status} />}</td>
    </tr>
  );
}

export function Events({ history }: { history: History }) {
  const { events, next } = history.log.value;
  const problem = history.problem.value ?? history.polled.value.problem;
  return (
    <section class="panel flush" aria-labelledby="node-history">
      <div class="panel-head">
        <h2 id="node-history">History</h2>
        <span class="muted small tabular">{count(events.length)} events, newest first, UTC</span>
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} retry={history.again} />}
      <Scroller label="History of this node">
        <table class="node-table">
          <TableHead names={["When", "What", "Then"]} />
          <tbody>
            {events.map((event) => (
              <EventRow key={`${event.epoch} ${event.seq}`} event={event} />
            ))}
          </tbody>
        </table>
      </Scroller>
      {typeof next === "string" && (
        <p class="panel-foot">
          <button type="button" class="button small" disabled={history.isBusy.value} onClick={history.more}>
            {history.isBusy.value ? "Loading…" : "Load more"}
          </button>
        </p>
      )}
    </section>
  );
}
