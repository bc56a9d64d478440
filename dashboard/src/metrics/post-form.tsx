/* Posting a sample by hand. Its answer is shown as it came, and what is wrong beside its field. */
import { type Signal, useSignal } from "@preact/signals";
import { roleMay } from "../../../src/domain/access/roles";
import type { PostedMetrics } from "../../../src/domain/telemetry/posting";
import { role } from "../access/session";
import { call } from "../api/client";
import { type Problem, sentenceOf } from "../api/problem";
import { time } from "../ui/clock";
import { hrefOf } from "./names";
import { bodyOf, FIELDS, type Field, fieldProblems, labelsOf, type Typed } from "./sample-input";

interface Outcome {
  posted?: PostedMetrics;
  name?: string;
  problem?: Problem;
  fields: Partial<Record<Field, string>>;
}

const LABELS: Record<Field, { label: string; hint?: string; placeholder: string }> = {
  name: { label: "Name", placeholder: "room.temperature" },
  value: { label: "Value", placeholder: "21.5", hint: "Any number: 0 and below are values too." },
  timestamp: { label: "Timestamp", placeholder: "2026-01-05T14:30:00Z", hint: "Now, until you change it." },
  labels: { label: "Labels", placeholder: "room=kitchen, floor=1", hint: "May be left empty." },
};

interface InputProps {
  field: Field;
  typed: Signal<Typed>;
  /** Shown instead of what is typed while nothing is. */
  fallback?: string;
  wrong: string | undefined;
}

function Input({ field, typed, fallback, wrong }: InputProps) {
  const { label, hint, placeholder } = LABELS[field];
  const id = `sample-${field}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-hint`}
        value={typed.value[field] || fallback || ""}
        onInput={(event) => {
          typed.value = { ...typed.peek(), [field]: event.currentTarget.value };
        }}
      />
      <p id={`${id}-hint`} class={wrong === undefined ? "muted small" : "field-problem"}>
        {wrong ?? hint}
      </p>
    </div>
  );
}

function Answer({ outcome }: { outcome: Outcome }) {
  const { posted, name, problem, fields } = outcome;
  return (
    <div class="post-answer" role="status">
      {problem !== undefined && Object.keys(fields).length === 0 && <p class="field-problem">{sentenceOf(problem)}</p>}
      {posted !== undefined && (
        <>
          <p>
            Response: <a href={hrefOf(name ?? "")}>see {name}</a>
          </p>
          <pre class="answer">{JSON.stringify(posted)}</pre>
        </>
      )}
    </div>
  );
}

export function PostForm({ name, posted }: { name?: string; posted?(): void }) {
  const typed = useSignal<Typed>({ name: name ?? "", value: "", timestamp: "", labels: "" });
  const busy = useSignal(false);
  const outcome = useSignal<Outcome>({ fields: {} });
  // To the second: nobody reads more, and it would move under the hand.
  const timestamp = new Date(Math.floor(time.value / 1_000) * 1_000).toISOString().replace(".000", "");
  const send = async (event: Event) => {
    event.preventDefault();
    const all = { ...typed.peek(), timestamp: typed.peek().timestamp || new Date().toISOString() };
    if (labelsOf(all.labels) === undefined) {
      outcome.value = { fields: { labels: "must be like room=kitchen, floor=1, or a JSON object" } };
      return;
    }
    busy.value = true;
    const answer = await call<PostedMetrics>("/metrics", { method: "POST", body: bodyOf(all) });
    busy.value = false;
    outcome.value = answer.ok
      ? { posted: answer.value, name: all.name.trim(), fields: {} }
      : { problem: answer.problem, fields: fieldProblems(answer.problem) ?? {} };
    if (answer.ok) posted?.();
  };
  if (role.value !== undefined && !roleMay(role.value, "metrics:write")) {
    return <p class="muted">Admins and sources post samples. Sign in with such a key to post one here.</p>;
  }
  return (
    <form class="post-form" onSubmit={send} noValidate>
      {FIELDS.map((field) => (
        <Input
          key={field}
          field={field}
          typed={typed}
          wrong={outcome.value.fields[field]}
          {...(field === "timestamp" ? { fallback: timestamp } : {})}
        />
      ))}
      <button type="submit" class="button primary" disabled={busy.value}>
        {busy.value ? "Posting…" : "Post the sample"}
      </button>
      <Answer outcome={outcome.value} />
    </form>
  );
}
