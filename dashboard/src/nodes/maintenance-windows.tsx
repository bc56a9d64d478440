/* The maintenance windows of a form: those there are, one from now on, or any. */
import { type Signal, useSignal } from "@preact/signals";
import { HOUR_MS } from "../../../src/domain/units";
import { serverNow, time } from "../ui/clock";
import { dateTime } from "../ui/format";
import { type Draft, utcOf } from "./settings";

const FROM_NOW = [1, 4, 24];

export function MaintenanceWindows({ draft }: { draft: Signal<Draft> }) {
  const start = useSignal("");
  const end = useSignal("");
  const { windows } = draft.value;
  const change = (next: Draft["windows"]) => {
    draft.value = { ...draft.peek(), windows: next };
  };
  const [from, to] = [utcOf(start.value), utcOf(end.value)];
  const isComplete = from !== undefined && to !== undefined && to > from;
  return (
    <div class="windows">
      {windows.length === 0 && <p class="muted small">No window is set.</p>}
      <ul>
        {windows.map((window) => (
          <li key={`${window.start} ${window.end}`}>
            <span class="tabular">
              {dateTime(window.start)} to {dateTime(window.end)}
            </span>
            {window.end <= time.value && <span class="muted"> over</span>}
            <button type="button" class="button small" onClick={() => change(windows.filter((w) => w !== window))}>
              Remove<span class="visually-hidden"> the window from {dateTime(window.start)}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="windows-quick">
        From now for
        {FROM_NOW.map((hours) => (
          <button
            key={hours}
            type="button"
            class="button small"
            onClick={() => change([...windows, { start: serverNow(), end: serverNow() + hours * HOUR_MS }])}
          >
            {hours} h
          </button>
        ))}
      </p>
      <div class="windows-new">
        {[
          { id: "window-start", label: "Start", text: start },
          { id: "window-end", label: "End", text: end },
        ].map(({ id, label, text }) => (
          <div key={id} class="field">
            <label for={id}>{label}</label>
            <input
              id={id}
              type="datetime-local"
              value={text.value}
              onInput={(event) => {
                text.value = event.currentTarget.value;
              }}
            />
          </div>
        ))}
        <button
          type="button"
          class="button"
          disabled={!isComplete}
          onClick={() => isComplete && change([...windows, { start: from, end: to }])}
        >
          Add the window
        </button>
      </div>
    </div>
  );
}
