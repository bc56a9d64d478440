/* What an operator expects of a node: the whole of it, sent at once. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { NodeConfig } from "../../../src/domain/nodes/node";
import type { NodeDetail } from "../../../src/domain/nodes/posting";
import { call, segment } from "../api/client";
import { type Problem, sentenceOf } from "../api/problem";
import { MaintenanceWindows } from "./maintenance-windows";
import { type Draft, draftOf, inputOf } from "./settings";

type DraftSignal = Signal<Draft>;
type TextField = { [K in keyof Draft]: Draft[K] extends string ? K : never }[keyof Draft];
type FlagField = { [K in keyof Draft]: Draft[K] extends boolean ? K : never }[keyof Draft];

interface FieldProps<F> {
  draft: DraftSignal;
  field: F;
  label: string;
}

function Text({ draft, field, label, isNumber }: FieldProps<TextField> & { isNumber?: boolean }) {
  const id = `setting-${field}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        inputMode={isNumber ? "decimal" : "text"}
        autocomplete="off"
        spellcheck={false}
        value={draft.value[field]}
        onInput={(event) => {
          draft.value = { ...draft.peek(), [field]: event.currentTarget.value };
        }}
      />
    </div>
  );
}

function Flag({ draft, field, label }: FieldProps<FlagField>) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={draft.value[field]}
        onChange={(event) => {
          draft.value = { ...draft.peek(), [field]: event.currentTarget.checked };
        }}
      />
      {label}
    </label>
  );
}

const Group = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <fieldset class="settings-group">
    <legend>{name}</legend>
    {children}
  </fieldset>
);

function Rhythm({ draft }: { draft: DraftSignal }) {
  return (
    <Group name="Beats">
      <Flag draft={draft} field="isCron" label="By a cron expression" />
      <div class="field-grid">
        {draft.value.isCron ? (
          <>
            <Text draft={draft} field="cron" label="Cron expression" />
            <Text draft={draft} field="timeZone" label="Time zone" />
          </>
        ) : (
          <Text draft={draft} field="interval" label="Every, seconds" isNumber />
        )}
        <Text draft={draft} field="suspectAfter" label="Suspect after, seconds" isNumber />
        <Text draft={draft} field="downAfter" label="Down after, seconds" isNumber />
        <Text draft={draft} field="grace" label="Reconnects within, seconds" isNumber />
      </div>
    </Group>
  );
}

function Silence({ draft }: { draft: DraftSignal }) {
  return (
    <Group name="Silence">
      <Flag draft={draft} field="expectedOffline" label="It may be offline: silence is no failure" />
      <Flag draft={draft} field="ephemeral" label="It may go for good, and is forgotten then" />
      {draft.value.ephemeral && <Text draft={draft} field="forgetAfter" label="Forgotten after, seconds" isNumber />}
    </Group>
  );
}

type Outcome = { problem: Problem } | "saved" | undefined;

export function SettingsForm({ id, config, saved }: { id: string; config: NodeConfig; saved(): void }) {
  const draft = useSignal(draftOf(config));
  const busy = useSignal(false);
  const outcome = useSignal<Outcome>(undefined);
  const save = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    const answer = await call<NodeDetail>(`/nodes/${segment(id)}`, { method: "PUT", body: inputOf(draft.peek()) });
    busy.value = false;
    outcome.value = answer.ok ? "saved" : { problem: answer.problem };
    if (!answer.ok) return;
    draft.value = draftOf(answer.value.config);
    saved();
  };
  return (
    <form class="settings" onSubmit={save} noValidate>
      <div class="field-grid">
        <Text draft={draft} field="name" label="Name" />
        <Text draft={draft} field="pool" label="Pool" />
      </div>
      <Rhythm draft={draft} />
      <Group name="Maintenance, UTC">
        <MaintenanceWindows draft={draft} />
      </Group>
      <Silence draft={draft} />
      <div class="settings-actions">
        <button type="submit" class="button primary" disabled={busy.value}>
          {busy.value ? "Saving…" : "Save"}
        </button>
        <p role="status">{outcome.value === "saved" && "Saved."}</p>
        <p class="field-problem" role="alert">
          {typeof outcome.value === "object" && sentenceOf(outcome.value.problem)}
        </p>
      </div>
    </form>
  );
}
