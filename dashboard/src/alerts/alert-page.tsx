/* One alert: where it stands, the events it is made of, and how far its frames came. */

import { useEffect } from "preact/hooks";
import { useRoute } from "preact-iso/router";
import type { AlertDetail, AlertEventRow, ReachRow } from "../../../src/domain/alerts/answers";
import { segment } from "../api/client";
import { time } from "../ui/clock";
import { count, momentOf } from "../ui/format";
import { BackIcon } from "../ui/icons";
import { Loading, Notice, ProblemNotice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { usePolled } from "../ui/polled";
import { Scroller } from "../ui/scroller";
import { TableHead } from "../ui/table-head";
import { AlertCard } from "./alert-card";
import { AlertsFrame } from "./frame";
import { localMoment, localSpan } from "./moments";
import { Ending } from "./past-list";
import { SeverityMark } from "./severity";
import { frameDataOf, type Shown, shownOf } from "./shown";
import { shown } from "./store";

const EVERY_MS = 5_000;

function EventRow({ event }: { event: AlertEventRow }) {
  return (
    <tr>
      <td class="tabular">{localMoment(momentOf(event.accepted_at))}</td>
      <td>
        <bdi>{event.type}</bdi>
        {event.text !== null && (
          <p class="muted small" dir="auto">
            {event.text}
          </p>
        )}
      </td>
      <td>
        <SeverityMark severity={event.severity} />
      </td>
      <td class="tabular">{localSpan(momentOf(event.start_time), momentOf(event.end_time), time.value)}</td>
    </tr>
  );
}

function Events({ events }: { events: AlertEventRow[] }) {
  return (
    <section class="panel flush" aria-labelledby="events">
      <div class="panel-head">
        <h2 id="events">Events</h2>
        <span class="muted small">{count(events.length)}, as accepted; local times</span>
      </div>
      <Scroller label="Events of this alert">
        <table class="alert-events">
          <TableHead names={["Accepted", "Type", "Severity", "Start–end"]} />
          <tbody>
            {events.map((event) => (
              <EventRow key={`${event.epoch} ${event.seq}`} event={event} />
            ))}
          </tbody>
        </table>
      </Scroller>
    </section>
  );
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? "" : ` (${((part / whole) * 100).toFixed(part === whole ? 0 : 1)} %)`;

/** Above some thousands of listeners only a sample is asked: then the figure says of how many. */
function Acknowledged({ row }: { row: ReachRow }) {
  return (
    <>
      {count(row.acknowledged)}
      <span class="muted">
        {row.asked < row.registered ? ` of ${count(row.asked)} asked` : ""}
        {percent(row.acknowledged, row.asked)}
      </span>
    </>
  );
}

/** Hubs tell what they have counted some seconds after a frame. */
const COUNTED_MS = 60_000;

/** @param newsAt when the alert's last event was accepted */
function Reach({ reach, newsAt }: { reach: ReachRow[]; newsAt: number }) {
  return (
    <section class="panel flush" aria-labelledby="reach">
      <div class="panel-head">
        <h2 id="reach">Reach</h2>
        <span class="muted small">from acceptance to the sockets, per frame</span>
      </div>
      {reach.length === 0 ? (
        <p class="muted nothing">
          {time.value - newsAt < COUNTED_MS
            ? "Not counted yet: the figures come some seconds after a frame."
            : "Nobody was counted: no page or client listened, or a restart lost the count."}
        </p>
      ) : (
        <Scroller label="Reach of this alert">
          <table class="alert-events">
            <TableHead names={["Frame", "Listening", "Flushed", "Acknowledged", "p50", "p99"]} texts={1} />
            <tbody>
              {reach.map((row) => (
                <tr key={`${row.epoch} ${row.seq}`} data-reach={row.seq}>
                  <td>
                    {row.event_type} <span class="muted tabular">#{row.seq}</span>
                  </td>
                  <td class="number">{count(row.registered)}</td>
                  <td class="number">{count(row.flushed)}</td>
                  <td class="number">
                    <Acknowledged row={row} />
                  </td>
                  <td class="number">{row.p50_ms} ms</td>
                  <td class="number">{row.p99_ms} ms</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </section>
  );
}

const STATE_WORDS = { active: "Active", upcoming: "Upcoming", closed: "Over" } as const;

function Summary({ alert }: { alert: Shown }) {
  usePageTitle(`${alert.drill ? "DRILL " : ""}${alert.location} · Alerts`);
  if (alert.state !== "closed") return <AlertCard alert={alert} level={2} />;
  return (
    <article class={`alert-card closed severity-${alert.severity}`} data-alert={alert.id} data-state="closed">
      <div class="alert-band">
        {alert.drill && <strong class="drill-word">DRILL</strong>}
        <SeverityMark severity={alert.severity} />
        <span class="alert-count">{STATE_WORDS.closed}</span>
      </div>
      <div class="alert-body">
        <h2 class="alert-place" dir="auto">
          {alert.location}
        </h2>
        <p class="alert-times tabular">
          <span>{localSpan(alert.start, alert.end, time.value)}</span>
          <Ending alert={alert} />
        </p>
      </div>
    </article>
  );
}

export function AlertPage() {
  const id = useRoute().params.id ?? "";
  const { state, again } = usePolled<AlertDetail>(`/alerts/${segment(id)}`, EVERY_MS);
  const { value, problem } = state.value;
  const live = shown.value.find((alert) => alert.id === id);
  const revision = live?.revision;
  // News of this alert: what is stored of it is read again at once.
  useEffect(() => {
    if (revision !== undefined && state.peek().value !== undefined) again();
  }, [revision]);
  const stored = value === undefined ? undefined : shownOf(frameDataOf(value), time.value);
  const alert = live ?? stored;
  return (
    <AlertsFrame>
      <div>
        <a class="back" href="/alerts">
          <BackIcon /> Alerts
        </a>
        <h1>
          {alert?.drill && <strong class="drill-word">DRILL</strong>} Alert
          {alert !== undefined && (
            <>
              {" "}
              for <bdi>{alert.location}</bdi>
            </>
          )}
        </h1>
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} retry={again} />}
      {value?.stale && <Notice kind="warning">Its owner cannot be reached: this is what was stored last.</Notice>}
      {alert === undefined && problem === undefined && <Loading what="the alert" />}
      {alert !== undefined && <Summary alert={alert} />}
      {value !== undefined && (
        <>
          <Events events={value.events} />
          <Reach
            reach={value.reach}
            newsAt={Math.max(...value.events.map(({ accepted_at }) => momentOf(accepted_at)))}
          />
          <p class="muted small">
            Alert <code>{id}</code>, revision {alert?.revision}.{" "}
            <a href={`/api/v1/alerts/${segment(id)}/cap.xml`}>CAP 1.2 document</a>
          </p>
        </>
      )}
    </AlertsFrame>
  );
}
