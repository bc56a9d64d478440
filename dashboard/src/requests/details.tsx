/* The bar that is open: what happened of it over time, and its requests as they were posted. */
import { useEffect, useRef } from "preact/hooks";
import type { KeptRequest, RequestTimeline } from "../../../src/domain/requests/answers";
import { segment } from "../api/client";
import { count, dateTime, preciseTime } from "../ui/format";
import { LiveWord, useIsStale } from "../ui/live-word";
import { Loading, ProblemNotice } from "../ui/notice";
import { usePolled } from "../ui/polled";
import { Scroller } from "../ui/scroller";
import { TableHead } from "../ui/table-head";
import { useLines } from "./kept-lines";
import type { Lines as LinesRead } from "./lines";
import { OverTime } from "./over-time";
import { linesPath, timelinePath, type View } from "./view";
import { bytes, latency } from "./words";

const EVERY_MS = 2_000;
const SINGLE_EVERY_MS = 5_000;

function Timeline({ path, isNow }: { path: string; isNow: boolean }) {
  const { state, again } = usePolled<RequestTimeline>(path, EVERY_MS);
  const { value, problem } = state.value;
  const isOld = useIsStale(state.value) && isNow;
  return (
    <>
      {value !== undefined && isNow && <LiveWord asOf={Date.parse(value.as_of)} isOld={isOld} />}
      {problem !== undefined && <ProblemNotice problem={problem} retry={again} />}
      {value === undefined && problem === undefined && <Loading what="its timeline" />}
      {value !== undefined && <OverTime answer={value} isOld={isOld} />}
    </>
  );
}

function LineTable({ lines }: { lines: readonly KeptRequest[] }) {
  return (
    <Scroller label="Requests" class="scroll-x scroll">
      <table class="audit lines">
        <TableHead names={["Time, UTC", "Method", "Address", "Status", "Latency", "Bytes", "User"]} />
        <tbody>
          {lines.map((line) => {
            const at = Date.parse(line.timestamp);
            return (
              <tr
                key={`${line.source} ${line.request_id} ${line.received_at}`}
                class={line.status_code >= 500 ? "bad-row" : ""}
              >
                <td class="tabular" title={`${dateTime(at)} UTC, id ${line.request_id}`}>
                  {dateTime(at).slice(5, 11)}
                  {preciseTime(at)}
                </td>
                <td>{line.method ?? "–"}</td>
                <td class="address">{line.endpoint}</td>
                <td class="number">{line.status_code}</td>
                <td class="number">{line.latency_ms === null ? "–" : latency(line.latency_ms)}</td>
                <td class="number">{line.bytes === null ? "–" : bytes(line.bytes)}</td>
                <td>{line.user_id ?? "–"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroller>
  );
}

function Looked({ lines: { rows, next, backTo, unread, asOf }, isHeld }: { lines: LinesRead; isHeld: boolean }) {
  return (
    <p class="muted small">
      {count(rows.length)} {rows.length === 1 ? "request" : "requests"}, received last first
      {isHeld && `, as of ${dateTime(Date.parse(asOf))} UTC`}
      {next !== null && "; there are more"}.{" "}
      {backTo === null
        ? "All that is kept was looked at."
        : `Up to here everything received after ${dateTime(Date.parse(backTo))} UTC was looked at.`}
      {unread.length > 0 && ` ${count(unread.length)} parts of the archive could not be read.`}
    </p>
  );
}

function Lines({ view }: { view: View }) {
  const { lines, problem, isBusy, isHeld, more, newest, again } = useLines(view);
  return (
    <>
      <h3>As they were posted</h3>
      {lines === undefined && problem === undefined && <Loading what="its requests" />}
      {lines !== undefined && (
        <>
          {lines.rows.length > 0 && <LineTable lines={lines.rows} />}
          <Looked lines={lines} isHeld={isHeld.value} />
        </>
      )}
      {problem !== undefined && <ProblemNotice problem={problem} retry={again} />}
      <div class="line-actions">
        {typeof lines?.next === "string" && (
          <button type="button" class="button small" disabled={isBusy.value} onClick={more}>
            {isBusy.value ? "Loading…" : "Show more"}
          </button>
        )}
        {isHeld.value && (
          <button type="button" class="button small" onClick={newest}>
            Show the newest
          </button>
        )}
      </div>
    </>
  );
}

function Single({ id }: { id: string }) {
  const { state } = usePolled<{ data: KeptRequest }>(`/requests/${segment(id)}`, SINGLE_EVERY_MS);
  const { value, problem } = state.value;
  if (problem !== undefined) return <ProblemNotice problem={problem} />;
  return value === undefined ? <Loading what="the request" /> : <LineTable lines={[value.data]} />;
}

export function Details({ view, close }: { view: View; close(): void }) {
  const { key = "", dimension } = view;
  const path = timelinePath(view);
  // Whatever the moment, the same question.
  const question = linesPath(view, { limit: 0, now: 0 });
  const panel = useRef<HTMLElement>(null);
  // Below a long ranking it would open unseen.
  useEffect(() => panel.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <section class="panel request-details" aria-labelledby="details" ref={panel}>
      <div class="panel-head">
        <h2 id="details">{dimension === "status_code" ? `Status ${key}` : key}</h2>
        <button type="button" class="button small" onClick={close}>
          Close
        </button>
      </div>
      {path === undefined ? <Single id={key} /> : <Timeline key={path} path={path} isNow={view.day === undefined} />}
      {question !== undefined && <Lines key={question} view={view} />}
    </section>
  );
}
