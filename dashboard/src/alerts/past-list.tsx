/* What is over, latest end first. */

import { time } from "../ui/clock";
import { count } from "../ui/format";
import { Loading, ProblemNotice } from "../ui/notice";
import { hrefOf } from "./alert-card";
import { filter } from "./choices";
import { isEverything } from "./filter";
import { history, loadAgain, loadMore } from "./history";
import { localSpan } from "./moments";
import { SeverityMark } from "./severity";
import type { Shown } from "./shown";
import { refusal } from "./store";
import { Types } from "./types";

/** Why it is over, where its end is not the reason. */
export function Ending({ alert }: { alert: Pick<Shown, "cancelled" | "supersededBy"> }) {
  if (alert.supersededBy !== undefined) {
    return (
      <span class="tag">
        became part of <a href={hrefOf(alert.supersededBy)}>another alert</a>
      </span>
    );
  }
  return alert.cancelled ? <span class="tag cancelled">cancelled</span> : null;
}

function PastRow({ alert }: { alert: Shown }) {
  return (
    <li class={`past-row severity-${alert.severity}`} data-alert={alert.id} data-state="closed">
      <span class="past-place">
        <a href={hrefOf(alert.id)}>
          <bdi>{alert.location}</bdi>
        </a>
        {alert.drill && <strong class="drill-word small">DRILL</strong>}
      </span>
      <span class="past-type">
        <Types alert={alert} /> <Ending alert={alert} />
      </span>
      <span class="past-severity">
        <SeverityMark severity={alert.severity} />
      </span>
      <span class="past-count tabular">
        {count(alert.count)} {alert.count === 1 ? "event" : "events"}
      </span>
      <span class="past-times tabular muted">{localSpan(alert.start, alert.end, time.value)}</span>
    </li>
  );
}

export function PastList({ alerts }: { alerts: Shown[] }) {
  return (
    <ul class="past-list">
      {alerts.map((alert) => (
        <PastRow key={alert.id} alert={alert} />
      ))}
    </ul>
  );
}

export function HistoryPanel({ alerts }: { alerts: Shown[] }) {
  const { next, problem, isBusy } = history.value;
  if (refusal.value !== undefined) return null; // The page has said so above.
  return (
    <section class="panel" aria-labelledby="history">
      <div class="panel-head">
        <h2 id="history">History</h2>
        <span class="muted small">latest end first</span>
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} retry={loadAgain} />}
      {next === undefined && problem === undefined && <Loading what="the history" />}
      {alerts.length === 0 && next === null && (
        <p class="muted">{isEverything(filter.value.value) ? "No alert has ended yet." : "None that you chose."}</p>
      )}
      <PastList alerts={alerts} />
      {typeof next === "string" && (
        <button type="button" class="button more" disabled={isBusy} onClick={loadMore}>
          {isBusy ? "Loading…" : "Load more"}
        </button>
      )}
    </section>
  );
}
