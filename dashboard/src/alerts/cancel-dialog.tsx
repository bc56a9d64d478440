/* Ends an alert before its time. Asked once more, because everybody is told at once. */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { call, segment } from "../api/client";
import { type Problem, sentenceOf } from "../api/problem";
import type { Shown } from "./shown";
import { Types } from "./types";

/** The alert whose cancelling is asked about. */
export const toCancel = signal<Shown | undefined>(undefined);

function close(): void {
  toCancel.value = undefined;
}

function Question({ alert }: { alert: Shown }) {
  const box = useRef<HTMLDialogElement>(null);
  const busy = useSignal(false);
  const problem = useSignal<Problem | undefined>(undefined);
  useEffect(() => box.current?.showModal(), []);
  const cancel = async () => {
    busy.value = true;
    const answer = await call<unknown>(`/alerts/${segment(alert.id)}/cancel`, { method: "POST", body: {} });
    busy.value = false;
    if (answer.ok) close();
    else problem.value = answer.problem;
  };
  return (
    <dialog ref={box} class="dialog" aria-labelledby="cancel-title" onClose={close}>
      <h2 id="cancel-title">
        Cancel the {alert.drill ? "drill" : "alert"} for <bdi>{alert.location}</bdi>?
      </h2>
      <p>
        <Types alert={alert} />, {alert.count} {alert.count === 1 ? "event" : "events"}. It ends now for everybody and
        is marked as cancelled. This cannot be taken back; a new event opens a new alert.
      </p>
      {problem.value !== undefined && (
        <p class="field-problem" role="alert">
          {sentenceOf(problem.value)}
        </p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => box.current?.close()}>
          Keep it
        </button>
        <button type="button" class="button danger" disabled={busy.value} onClick={cancel}>
          {busy.value ? "Cancelling…" : "Cancel the alert"}
        </button>
      </div>
    </dialog>
  );
}

export function CancelDialog() {
  const alert = toCancel.value;
  return alert === undefined ? null : <Question key={alert.id} alert={alert} />;
}
