/* What is ranked, by what, over which time, and of which requests. Each choice is an address. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { SegmentedControl } from "../ui/segmented-control";
import {
  DIMENSION_NAMES,
  DIMENSION_WORDS,
  isStatus,
  METHODS,
  METRIC_NAMES,
  METRIC_WORDS,
  SIZES,
  type View,
  WINDOW_NAMES,
  WINDOW_WORDS,
} from "./view";

interface FilterProps {
  view: View;
  change(part: Partial<View>): void;
}

interface ChoiceProps {
  id: string;
  label: string;
  value: string;
  choose(value: string): void;
  children: ComponentChildren;
}

function Choice({ id, label, value, choose, children }: ChoiceProps) {
  return (
    <div class="control">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {children}
      </select>
    </div>
  );
}

/** A window's name cannot be that of a day. */
const DAY = "day";

function Window({ view, change }: FilterProps) {
  return (
    <Choice
      id="window"
      label="Over"
      value={view.day === undefined ? view.window : DAY}
      choose={(name) => {
        const window = WINDOW_NAMES.find((known) => known === name);
        if (window !== undefined) change({ window, day: undefined });
      }}
    >
      {WINDOW_NAMES.map((name) => (
        <option key={name} value={name}>
          the last {WINDOW_WORDS[name]}
        </option>
      ))}
      {view.day !== undefined && <option value={DAY}>{view.day}</option>}
    </Choice>
  );
}

function Status({ view, change }: FilterProps) {
  const typed = useSignal(view.status ?? "");
  const isWrong = typed.value !== "" && !isStatus(typed.value);
  return (
    <div class="control">
      <label for="status">Status</label>
      <input
        id="status"
        class="status-input"
        inputMode="numeric"
        autocomplete="off"
        placeholder="any"
        maxLength={3}
        aria-invalid={isWrong}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value.trim();
          if (typed.value === "" || isStatus(typed.value)) change({ status: typed.value || undefined });
        }}
      />
    </div>
  );
}

export function Filters({ view, change }: FilterProps) {
  return (
    <div class="controls">
      <SegmentedControl
        class="metric-switch"
        legend="Rank by"
        name="request-metric"
        options={METRIC_NAMES}
        chosen={view.metric}
        choose={(metric) => change({ metric })}
        label={(metric) => METRIC_WORDS[metric]}
      />
      <Choice
        id="dimension"
        label="Of"
        value={view.dimension}
        choose={(value) => {
          const dimension = DIMENSION_NAMES.find((name) => name === value);
          if (dimension !== undefined) change({ dimension });
        }}
      >
        {DIMENSION_NAMES.map((name) => (
          <option key={name} value={name}>
            {DIMENSION_WORDS[name]}
          </option>
        ))}
      </Choice>
      <Window view={view} change={change} />
      <Choice id="size" label="Show" value={String(view.k)} choose={(value) => change({ k: Number(value) })}>
        {SIZES.map((size) => (
          <option key={size} value={String(size)}>
            {size}
          </option>
        ))}
      </Choice>
      <Choice
        id="method"
        label="Method"
        value={view.method ?? ""}
        choose={(value) => change({ method: value || undefined })}
      >
        <option value="">any</option>
        {[...new Set([...METHODS, ...(view.method === undefined ? [] : [view.method])])].map((method) => (
          <option key={method} value={method}>
            {method}
          </option>
        ))}
      </Choice>
      <Status view={view} change={change} />
    </div>
  );
}
