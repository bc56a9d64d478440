/* Something the person must read. */
import type { ComponentChildren } from "preact";
import { type Problem, sentenceOf } from "../api/problem";
import { connection } from "../live/feed";
import { CheckIcon, WarningIcon } from "./icons";

interface NoticeProps {
  kind: "info" | "warning" | "error";
  title?: string;
  children: ComponentChildren;
}

export function Notice({ kind, title, children }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={kind === "error" ? "alert" : "status"}>
      {kind === "info" ? <CheckIcon /> : <WarningIcon />}
      <div>
        {title !== undefined && <strong>{title}. </strong>}
        {children}
      </div>
    </div>
  );
}

/** A refusal of the API, with what to do and the number to quote. */
export function ProblemNotice({ problem, retry }: { problem: Problem; retry?: () => void }) {
  if (problem.status === 0 && connection.value.state !== "live") {
    // The header says it already; here only that this part is concerned as well.
    return <p class="muted small">Not updated while the server cannot be reached.</p>;
  }
  return (
    <Notice kind="error">
      {sentenceOf(problem)}
      {problem.requestId !== undefined && <span class="muted"> Request {problem.requestId}.</span>}
      {retry !== undefined && (
        <button type="button" class="button small" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

/** Work that takes a moment. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      <span class="loading-bar" aria-hidden="true" />
      Loading {what}…
    </p>
  );
}
