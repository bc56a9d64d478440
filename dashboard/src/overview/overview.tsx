/* What is live now, and whether everything that was accepted is accounted for. Each domain adds its cards here. */
import { useEffect } from "preact/hooks";
import type { Overview as OverviewAnswer } from "../../../src/domain/audit";
import { filter } from "../alerts/choices";
import { isEverything } from "../alerts/filter";
import { canaryAt, isLoaded, real, silent } from "../alerts/store";
import { isCurrent as areAlertsCurrent } from "../alerts/watch";
import { isLive } from "../live/connection";
import { connection, delays, follow, frames } from "../live/feed";
import { isCurrent, nodes, watchNodes } from "../nodes/store";
import { countsOf, summaryOf } from "../nodes/wall";
import { symbols, ticks, topicOf } from "../prices/store";
import { Card } from "../ui/card";
import { now, time } from "../ui/clock";
import { age, count, milliseconds, momentOf } from "../ui/format";
import { Loading, ProblemNotice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { type Polling, usePolled } from "../ui/polled";
import { AuditPanel } from "./audit-panel";
import { Bars } from "./bars";
import { EmptyPage } from "./empty-page";
import { TelemetryCards } from "./telemetry-cards";

const EVERY_MS = 3_000;
/** Leaves room on the socket for what other pages follow. */
const FOLLOWED = 150;
const LAST = " when heard last";

/** Alerts that may not arrive are worse than any number of them. */
function AlertCards() {
  const { active, upcoming } = real.value;
  const canary = canaryAt.value;
  const isFiltered = !isEverything(filter.value.value);
  const isOld = isLoaded.value && !areAlertsCurrent.value;
  return (
    <>
      <Card
        label={isFiltered ? "Active alerts, by your filter" : "Active alerts"}
        value={isLoaded.value ? count(active.length) : "–"}
        {...(active.length > 0 ? { tone: "bad" as const } : {})}
        isOld={isOld}
      >
        <a href="/alerts">{upcoming.length === 0 ? "See them" : `See them, ${count(upcoming.length)} upcoming`}</a>
        {isOld && LAST}
      </Card>
      <Card
        label="Alert canary"
        value={canary === undefined ? "–" : age(time.value - canary)}
        {...(silent.value ? { tone: "bad" as const } : {})}
      >
        {silent.value ? "alerts may not arrive" : canary === undefined ? "none heard yet" : "ago; one a minute"}
      </Card>
    </>
  );
}

function NodeCard() {
  const all = nodes.value;
  const counts = countsOf(all ?? []);
  return (
    <Card
      label="Nodes"
      value={all === undefined ? "–" : counts.down > 0 ? `${count(counts.down)} down` : count(all.length)}
      {...(counts.down > 0 ? { tone: "bad" as const } : {})}
      isOld={all !== undefined && !isCurrent.value}
    >
      {all?.length === 0 ? (
        <a href="/nodes">Add the first one</a>
      ) : (
        <a href="/nodes">{summaryOf({ ...counts, down: 0 }) || "See them"}</a>
      )}
      {all !== undefined && !isCurrent.value && LAST}
    </Card>
  );
}

function LiveCards({ overview }: { overview: OverviewAnswer | undefined }) {
  const at = now.value;
  const known = symbols.value?.length ?? overview?.symbols;
  const isHeard = isLive(connection.value);
  const delay = isHeard ? delays.quantile(0.5) : undefined;
  return (
    <>
      <Card label="Symbols" value={known === undefined ? "–" : count(known)} isOld={!isHeard}>
        <a href="/prices">See the live table</a>
      </Card>
      <Card label="Ticks per second" value={isHeard ? ticks.perSecond(at).toFixed(1) : "–"}>
        {known !== undefined && known > FOLLOWED ? `of the first ${FOLLOWED} symbols` : "seen by this page"}, over 5 s
      </Card>
      <Card label="Delay to this page" value={milliseconds(delay)}>
        {delay === undefined
          ? isHeard
            ? "no frame yet"
            : "not live"
          : `median; 99 % within ${milliseconds(delays.quantile(0.99))}`}
      </Card>
    </>
  );
}

function StoreCards({ overview, isOld }: { overview: OverviewAnswer; isOld: boolean }) {
  const rolledUp = overview.last_rollup_at === null ? undefined : momentOf(overview.last_rollup_at);
  const dead = overview.dead_letters;
  return (
    <>
      <Card label="Last rollup" value={rolledUp === undefined ? "never" : age(time.value - rolledUp)} isOld={isOld}>
        {rolledUp === undefined ? "candles leave after a minute" : "ago, the last write to the database"}
        {dead === 0 && "; nothing failed for good"}
      </Card>
      {dead > 0 && (
        <Card label="Dead letters" value={count(dead)} tone="bad" isOld={isOld}>
          parked, waiting to be applied again
        </Card>
      )}
    </>
  );
}

function LivePanel({ overview }: { overview: Polling<OverviewAnswer> }) {
  const { value, problem } = overview.state.value;
  return (
    <section aria-labelledby="live">
      <h2 id="live" class="visually-hidden">
        Live now
      </h2>
      {problem !== undefined && <ProblemNotice problem={problem} retry={overview.again} />}
      <dl class="cards">
        <AlertCards />
        <NodeCard />
        <LiveCards overview={value} />
        <TelemetryCards />
        {value !== undefined && <StoreCards overview={value} isOld={problem !== undefined} />}
      </dl>
      <div class="panel">
        <div class="panel-head">
          <h3>Frames in the last minute</h3>
          <span class="muted small tabular">{frames.perSecond(now.value).toFixed(1)} per second</span>
        </div>
        <Bars values={frames.history(now.value)} label="Frames received per second over the last minute" />
      </div>
    </section>
  );
}

export function Overview() {
  const overview = usePolled<OverviewAnswer>("/overview", EVERY_MS);
  usePageTitle("Overview");
  useEffect(watchNodes, []);
  const known = symbols.value;
  const topics = (known ?? []).slice(0, FOLLOWED).map(topicOf).join("\n");
  useEffect(() => (topics === "" ? undefined : follow(topics.split("\n"))), [topics]);
  return (
    <section class="page">
      <h1>Overview</h1>
      {known === undefined && overview.state.value.problem === undefined && <Loading what="what is live" />}
      {known?.length === 0 ? (
        <>
          <dl class="cards">
            <AlertCards />
            <NodeCard />
            <TelemetryCards />
          </dl>
          <EmptyPage />
          <AuditPanel />
        </>
      ) : (
        <>
          <LivePanel overview={overview} />
          <AuditPanel />
        </>
      )}
    </section>
  );
}
