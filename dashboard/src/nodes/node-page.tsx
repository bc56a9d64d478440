/* One node: how it stands, exactly; its last day; what is expected of it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useRoute } from "preact-iso/router";
import type { NodeDetail } from "../../../src/domain/nodes/posting";
import { segment } from "../api/client";
import { connection } from "../live/feed";
import { clockTime } from "../ui/format";
import { BackIcon } from "../ui/icons";
import { Loading, Notice, ProblemNotice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { type Polling, usePolled } from "../ui/polled";
import { Command } from "./command";
import { DeleteDialog } from "./delete-dialog";
import { Expected, Standing } from "./facts";
import { useHistory } from "./history";
import { LOOK_HINTS, LOOK_WORDS, lookOf } from "./look";
import { LookShape } from "./look-mark";
import { MetricPanels } from "./metric-panels";
import { Downtimes, Events, LastDay, SPAN_MS } from "./past-panels";
import { SettingsForm } from "./settings-form";
import { mayConfigure, wallNode, watchNodes } from "./store";

const EVERY_MS = 3_000;

/** The wall is told of a change first; what only the monitor knows follows. */
function Now({ id, polling }: { id: string; polling: Polling<NodeDetail> }) {
  const { value, at } = polling.state.value;
  const isLive = connection.value.state === "live";
  if (value === undefined || at === undefined) return null;
  const look = lookOf((isLive ? wallNode(id) : undefined) ?? value);
  const isCurrent = isLive && value.stale === undefined;
  return (
    <section class={`panel node-now look-${look} ${isCurrent ? "" : "old"}`} aria-label="Status" data-look={look}>
      <div class="node-verdict">
        <LookShape look={look} />
        <div>
          <p class="node-word">{LOOK_WORDS[look]}</p>
          <p class="muted small">{LOOK_HINTS[look]}</p>
        </div>
      </div>
      {!isLive && (
        <Notice kind="warning" title="Not live">
          This is how it stood at {clockTime(Date.parse(value.as_of))} UTC.
        </Notice>
      )}
      {value.stale && <Notice kind="warning">Its monitor cannot be reached: this is what was stored last.</Notice>}
      <Standing detail={value} readAt={at} isCurrent={isCurrent} />
    </section>
  );
}

function Addresses({ ping }: { ping: NonNullable<NodeDetail["ping"]> }) {
  return (
    <details class="panel fold">
      <summary>
        <h2>Addresses for scripts</h2>
      </summary>
      <Command title="Ping" text={ping.ping_url}>
        For cron jobs. <code>/start</code>, <code>/fail</code>, <code>/log</code> or an exit code may follow.
      </Command>
      <Command title="Push" text={`${ping.push_url}?status=up&msg=OK&ping=`}>
        For push monitors.
      </Command>
      {ping.by_name_url !== undefined && (
        <Command title="By name" text={ping.by_name_url}>
          One secret for every node: <code>?create=1</code> registers one that is not known.
        </Command>
      )}
    </details>
  );
}

function Operations({ detail, again }: { detail: NodeDetail; again(): void }) {
  const isAsking = useSignal(false);
  return (
    <>
      {detail.ping !== undefined && <Addresses ping={detail.ping} />}
      <details class="panel fold">
        <summary>
          <h2>Settings and maintenance</h2>
        </summary>
        <SettingsForm id={detail.node} config={detail.config} saved={again} />
      </details>
      <p>
        <button
          type="button"
          class="button"
          onClick={() => {
            isAsking.value = true;
          }}
        >
          Delete this node
        </button>
      </p>
      {isAsking.value && (
        <DeleteDialog
          id={detail.node}
          close={() => {
            isAsking.value = false;
          }}
        />
      )}
    </>
  );
}

function Content({ id }: { id: string }) {
  const polling = usePolled<NodeDetail>(`/nodes/${segment(id)}`, EVERY_MS);
  const history = useHistory(id, SPAN_MS);
  const { value, problem } = polling.state.value;
  const isGone = problem?.status === 404;
  const onWall = wallNode(id);
  // News of this node: what its monitor knows is read again at once.
  useEffect(() => {
    if (onWall === undefined || polling.state.peek().value === undefined) return;
    polling.again();
    history.again();
  }, [onWall]);
  const isKnown = value !== undefined && connection.value.state === "live";
  usePageTitle(`${isKnown ? `${LOOK_WORDS[lookOf(onWall ?? value)]} · ` : ""}${id} · Nodes`);
  return (
    <>
      <div>
        <a class="back" href="/nodes">
          <BackIcon /> Nodes
        </a>
        <h1>{value?.name ?? id}</h1>
        {value !== undefined && value.name !== id && <p class="muted">{id}</p>}
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} retry={polling.again} />}
      {value === undefined && problem === undefined && <Loading what="the node" />}
      {!isGone && <Now id={id} polling={polling} />}
      {value !== undefined && !isGone && (
        <>
          <LastDay history={history} />
          <MetricPanels id={id} />
          <Downtimes history={history} awaySince={value.away_since} />
          <section class="panel" aria-labelledby="expected">
            <div class="panel-head">
              <h2 id="expected">What is expected of it</h2>
            </div>
            <Expected config={value.config} configured={value.configured} />
          </section>
          {mayConfigure.value && <Operations detail={value} again={polling.again} />}
          <Events history={history} />
        </>
      )}
    </>
  );
}

export function NodePage() {
  const id = useRoute().params.id ?? "";
  useEffect(watchNodes, []);
  return (
    <section class="page" key={id}>
      <Content id={id} />
    </section>
  );
}
