/* Does everything add up? What objects accepted = what is rolled up + parked + still on its way, and no holes. */
import { useSignal } from "@preact/signals";
import type { Audit, AuditRow } from "../../../src/domain/audit";
import { clockTime, count, momentOf } from "../ui/format";
import { CheckIcon, WarningIcon } from "../ui/icons";
import { Loading, ProblemNotice } from "../ui/notice";
import { usePolled } from "../ui/polled";
import { Scroller } from "../ui/scroller";

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
        <CheckIcon /> Balanced: every accepted event is rolled up, parked or on its way.
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

export function AuditPanel() {
  const { state, again } = usePolled<Audit>("/audit", EVERY_MS);
  const { value, problem } = state.value;
  return (
    <section class="panel" aria-labelledby="audit">
      <div class="panel-head">
        <h2 id="audit">Audit</h2>
        {value !== undefined && (
          <span class="muted small tabular">
            as of {clockTime(momentOf(value.as_of))} UTC
            {value.next_cursor !== null && `, the first ${count(value.objects.length)} objects`}
          </span>
        )}
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} retry={again} />}
      {value === undefined && problem === undefined && <Loading what="the audit" />}
      {value !== undefined && (
        <div class={problem === undefined ? "" : "old"}>
          <Verdict audit={value} />
          <Sum audit={value} />
          <Rows rows={value.objects} />
        </div>
      )}
    </section>
  );
}
