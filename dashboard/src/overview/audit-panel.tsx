/* Does everything add up? What objects accepted = what is rolled up + parked + still on its way, and no holes. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Audit, AuditRow } from "../../../src/domain/audit";
import { call } from "../api/client";
import type { Problem } from "../api/problem";
import { clockTime, count, momentOf } from "../ui/format";
import { CheckIcon, WarningIcon } from "../ui/icons";
import { Loading, ProblemNotice } from "../ui/notice";
import { usePolled } from "../ui/polled";
import { Scroller } from "../ui/scroller";
import { joined, objectsOf } from "./audit-pages";

/** Each reading asks every object on the page of the audit: not more often than somebody can act on it. */
const EVERY_MS = 15_000;
const FIRST = 12;

const needsEyes = (row: AuditRow): boolean => row.status !== "ok" || row.balance !== 0 || row.holes.length > 0;

/** What needs eyes first, then the busiest. */
const byUrgency = (a: AuditRow, b: AuditRow): number =>
  Number(needsEyes(b)) - Number(needsEyes(a)) || b.accepted - a.accepted || a.object.localeCompare(b.object);

function Verdict({ audit }: { audit: Audit }) {
  const { totals, objects } = audit;
  const silent = objects.filter((row) => row.status !== "ok").length;
  if (audit.balanced && totals.holes === 0) {
    return (
      <p class="verdict good">
        <CheckIcon />
        {audit.next_cursor === null
          ? "Balanced: every accepted event is rolled up, parked or on its way."
          : `The first ${count(objectsOf(audit))} objects are balanced; the others are not looked at yet.`}
      </p>
    );
  }
  const reasons = [
    totals.balance !== 0 && `${count(totals.balance)} events are unaccounted for`,
    totals.holes > 0 && `${count(totals.holes)} holes are recorded`,
    silent > 0 && `${count(silent)} objects did not answer`,
  ].filter((reason) => reason !== false);
  return (
    <p class="verdict bad">
      <WarningIcon /> Not balanced: {reasons.length === 0 ? "see the rows below" : reasons.join(", ")}.
    </p>
  );
}

function Sum({ audit }: { audit: Audit }) {
  const { totals } = audit;
  const terms = [
    ["accepted", totals.accepted, ""],
    ["rolled up", totals.rolled_up, "="],
    ["parked", totals.parked, "+"],
    ["on its way", totals.pending, "+"],
  ] as const;
  return (
    <dl class="sum">
      {terms.map(([label, value, sign]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class="tabular">
            {sign !== "" && <span class="sign">{sign}</span>}
            {count(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Row({ row }: { row: AuditRow }) {
  const holes = row.holes.map((hole) => `after ${hole.after}: ${hole.reason}`).join("; ");
  return (
    <tr class={needsEyes(row) ? "bad-row" : ""}>
      <th scope="row">
        {row.object}
        {row.purpose !== "" && <span class="muted small"> {row.purpose}</span>}
      </th>
      <td class="number tabular">{count(row.accepted)}</td>
      <td class="number tabular">{count(row.rolled_up)}</td>
      <td class="number tabular">{count(row.parked)}</td>
      <td class="number tabular">{count(row.pending)}</td>
      <td class="number tabular" title={holes === "" ? undefined : holes}>
        {count(row.holes.length)}
      </td>
      <td>{row.status !== "ok" ? "no answer" : row.balance === 0 ? "balanced" : `${count(row.balance)} missing`}</td>
    </tr>
  );
}

function Rows({ rows }: { rows: AuditRow[] }) {
  const all = useSignal(false);
  const sorted = rows.toSorted(byUrgency);
  const shown = all.value ? sorted : sorted.slice(0, FIRST);
  return (
    <>
      <Scroller label="Audit by object" class="scroll-x">
        <table class="audit">
          <thead>
            <tr>
              <th scope="col">Object</th>
              {["Accepted", "Rolled up", "Parked", "On its way", "Holes"].map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
              <th scope="col">Balance</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={`${row.object} ${row.purpose}`} row={row} />
            ))}
          </tbody>
        </table>
      </Scroller>
      {sorted.length > FIRST && (
        <button
          type="button"
          class="button small more"
          onClick={() => {
            all.value = !all.value;
          }}
        >
          {all.value ? "Show fewer" : `Show all ${count(sorted.length)} rows`}
        </button>
      )}
    </>
  );
}

interface Whole {
  audit: Audit | undefined;
  isReading: boolean;
  problem: Problem | undefined;
}

/** Every page of it, once, when somebody asks. */
function useWhole() {
  const whole = useSignal<Whole>({ audit: undefined, isReading: false, problem: undefined });
  const gone = useRef(new AbortController());
  useEffect(() => () => gone.current.abort(), []);
  const read = async () => {
    let audit: Audit | undefined;
    whole.value = { audit, isReading: true, problem: undefined };
    do {
      const cursor = audit?.next_cursor == null ? "" : `?cursor=${encodeURIComponent(audit.next_cursor)}`;
      const answer = await call<Audit>(`/audit${cursor}`, { signal: gone.current.signal });
      if (gone.current.signal.aborted) return;
      if (!answer.ok) {
        whole.value = { audit, isReading: false, problem: answer.problem };
        return;
      }
      audit = audit === undefined ? answer.value : joined(audit, answer.value);
      whole.value = { audit, isReading: audit.next_cursor !== null, problem: undefined };
    } while (audit.next_cursor !== null);
  };
  return { whole, read };
}

/** What has more objects than a page of the audit is looked at as a whole only on demand: each object is asked. */
function AskWhole({ whole, read }: ReturnType<typeof useWhole>) {
  const { audit, isReading } = whole.value;
  return (
    <p class="audit-ask">
      <button type="button" class="button small" disabled={isReading} onClick={() => void read()}>
        {audit?.next_cursor === null ? "Check all objects again" : "Check all objects"}
      </button>
      <span class="muted small" role="status">
        {isReading && `${count(audit === undefined ? 0 : objectsOf(audit))} objects have answered…`}
        {audit?.next_cursor === null && `All ${count(objectsOf(audit))} were asked, once.`}
      </span>
    </p>
  );
}

export function AuditPanel() {
  const { state, again } = usePolled<Audit>("/audit", EVERY_MS);
  const all = useWhole();
  const whole = all.whole.value;
  const isWhole = whole.audit?.next_cursor === null;
  const value = isWhole ? whole.audit : state.value.value;
  const problem = whole.problem ?? state.value.problem;
  return (
    <section class="panel" aria-labelledby="audit">
      <div class="panel-head">
        <h2 id="audit">Audit</h2>
        {value !== undefined && (
          <span class="muted small tabular">
            as of {clockTime(momentOf(value.as_of))} UTC
            {value.next_cursor !== null && `, the first ${count(objectsOf(value))} objects`}
          </span>
        )}
      </div>
      {problem !== undefined && (
        <ProblemNotice problem={problem} retry={whole.problem === undefined ? again : () => void all.read()} />
      )}
      {value === undefined && problem === undefined && <Loading what="the audit" />}
      {value !== undefined && (
        <div class={problem === undefined ? "" : "old"}>
          <Verdict audit={value} />
          {(isWhole || value.next_cursor !== null) && <AskWhole {...all} />}
          <Sum audit={value} />
          <Rows rows={value.objects} />
        </div>
      )}
    </section>
  );
}
