/* Forgets a node. Asked once more. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { call, segment } from "../api/client";
import { type Problem, sentenceOf } from "../api/problem";

export function DeleteDialog({ id, close }: { id: string; close(): void }) {
  const box = useRef<HTMLDialogElement>(null);
  const busy = useSignal(false);
  const problem = useSignal<Problem | undefined>(undefined);
  const { route } = useLocation();
  useEffect(() => box.current?.showModal(), []);
  const remove = async () => {
    busy.value = true;
    const answer = await call<unknown>(`/nodes/${segment(id)}`, { method: "DELETE" });
    busy.value = false;
    if (answer.ok) route("/nodes");
    else problem.value = answer.problem;
  };
  return (
    <dialog ref={box} class="dialog" aria-labelledby="delete-title" onClose={close}>
      <h2 id="delete-title">Delete {id}?</h2>
      <p>
        It leaves the wall at once, and nobody is told when it is silent. Its history stays. Its next beat registers it
        again, with defaults.
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
        <button type="button" class="button danger" disabled={busy.value} onClick={remove}>
          {busy.value ? "Deleting…" : "Delete the node"}
        </button>
      </div>
    </dialog>
  );
}
