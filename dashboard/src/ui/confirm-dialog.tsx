/* Asks once more before what cannot be taken back. Open while it is in the page. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Answer } from "../api/client";
import { type Problem, sentenceOf } from "../api/problem";

interface ConfirmDialogProps {
  title: ComponentChildren;
  /** What it means. */
  children: ComponentChildren;
  /** On the button that does it, and while it is being done. */
  words: { act: string; acting: string };
  act(): Promise<Answer<unknown>>;
  /** It was done. */
  done(): void;
  /** It was closed, by whatever means. */
  close(): void;
}

export function ConfirmDialog({ title, children, words, act, done, close }: ConfirmDialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const busy = useSignal(false);
  const problem = useSignal<Problem | undefined>(undefined);
  useEffect(() => box.current?.showModal(), []);
  const confirm = async () => {
    busy.value = true;
    const answer = await act();
    busy.value = false;
    if (answer.ok) done();
    else problem.value = answer.problem;
  };
  return (
    <dialog ref={box} class="dialog" aria-labelledby={titleId} onClose={close}>
      <h2 id={titleId}>{title}</h2>
      <p>{children}</p>
      {problem.value !== undefined && (
        <p class="field-problem" role="alert">
          {sentenceOf(problem.value)}
        </p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => box.current?.close()}>
          Keep it
        </button>
        <button type="button" class="button danger" disabled={busy.value} onClick={confirm}>
          {busy.value ? words.acting : words.act}
        </button>
      </div>
    </dialog>
  );
}
