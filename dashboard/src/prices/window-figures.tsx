/* The figures of the sliding window, read every second, with the moment they stand for. */
import { useSignal } from "@preact/signals";
import type { WindowAnswer } from "../../../src/domain/prices/price";
import { segment } from "../api/client";
import { count, dateTime, figure, momentOf } from "../ui/format";
import { Loading, ProblemNotice } from "../ui/notice";
import { usePolled } from "../ui/polled";

const EVERY_MS = 1_000;
const WINDOWS = [
  { ms: 1_000, label: "1 s" },
  { ms: 30_000, label: "30 s" },
  { ms: 60_000, label: "1 min" },
  { ms: 300_000, label: "5 min" },
  { ms: 3_600_000, label: "1 h" },
] as const;

const FIGURES = [
  ["transactions", "Transactions"],
  ["volume", "Volume"],
  ["last_price", "Last price"],
  ["min_price", "Lowest"],
  ["max_price", "Highest"],
  ["avg_price_trans", "Mean per transaction"],
  ["avg_price_volume", "Mean by volume"],
] as const satisfies readonly (readonly [keyof WindowAnswer, string])[];

function Figures({ answer }: { answer: WindowAnswer }) {
  return (
    <dl class="figures">
      {FIGURES.map(([name, label]) => (
        <div key={name}>
          <dt>{label}</dt>
          <dd class="tabular">{name === "transactions" ? count(answer.transactions) : figure(answer[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

export function WindowFigures({ symbol }: { symbol: string }) {
  const windowMs = useSignal<number>(60_000);
  const path = `/prices/${segment(symbol)}/window?window_ms=${windowMs.value}`;
  const { state } = usePolled<WindowAnswer>(path, EVERY_MS);
  const { value, problem } = state.value;
  return (
    <section class="panel" aria-labelledby="window">
      <div class="panel-head">
        <h2 id="window">Sliding window</h2>
        <label class="inline">
          <span class="visually-hidden">Length of the window</span>
          <select
            value={windowMs.value}
            onChange={(event) => {
              windowMs.value = Number(event.currentTarget.value);
            }}
          >
            {WINDOWS.map(({ ms, label }) => (
              <option key={ms} value={ms}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {value === undefined && problem === undefined && <Loading what="the window" />}
      {value !== undefined && (
        <div class={problem === undefined ? "" : "old"}>
          <Figures answer={value} />
        </div>
      )}
      {value !== undefined && (
        <p class="muted small">
          Up to <span class="tabular">{dateTime(momentOf(value.at))}</span> UTC
          {value.truncated === true && "; more prices than the window keeps, so the oldest are left out"}.
        </p>
      )}
      {problem !== undefined && <ProblemNotice problem={problem} />}
    </section>
  );
}
