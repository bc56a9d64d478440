/* What is looked at: range, resolution, figures, time zone. Each choice is an address. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { serverNow, time } from "../ui/clock";
import { SegmentedControl } from "../ui/segmented-control";
import { localOfMoment, momentOfLocal } from "./plot";
import {
  FIGURES,
  type Figure,
  fits,
  isNow,
  RANGE_NAMES,
  RANGES,
  RESOLUTION_CHOICES,
  resolutionOf,
  spanOf,
  type View,
  zonesFor,
} from "./view";

interface ControlProps {
  view: View;
  change(view: Partial<View>): void;
}

const FIGURE_WORDS: Record<Figure, string> = { band: "min–max", p50: "p50", p95: "p95", p99: "p99" };
const BROWSER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** Chosen in the list where the range is by hand. */
const BY_HAND = "by-hand";

function Labelled({ id, label, children }: { id: string; label: string; children: ComponentChildren }) {
  return (
    <div class="control">
      <label for={id}>{label}</label>
      {children}
    </div>
  );
}

function Range({ view, change }: ControlProps) {
  return (
    <Labelled id="range" label="Range">
      <select
        id="range"
        value={typeof view.range === "string" ? view.range : BY_HAND}
        onChange={(event) => {
          const name = RANGE_NAMES.find((range) => range === event.currentTarget.value);
          const { from, to } = spanOf(view, serverNow());
          change({ range: name ?? { from, to } });
        }}
      >
        {RANGE_NAMES.map((name) => (
          <option key={name} value={name}>
            the last {RANGES[name].words}
          </option>
        ))}
        <option value={BY_HAND}>from … to</option>
      </select>
    </Labelled>
  );
}

function ByHand({ view, change }: ControlProps) {
  const span = spanOf(view, time.value);
  const typed = useSignal({ from: localOfMoment(span.from, view.zone), to: localOfMoment(span.to, view.zone) });
  const [from, to] = [momentOfLocal(typed.value.from, view.zone), momentOfLocal(typed.value.to, view.zone)];
  const isRight = from < to;
  return (
    <form
      class="by-hand"
      onSubmit={(event) => {
        event.preventDefault();
        if (isRight) change({ range: { from, to } });
      }}
    >
      {(["from", "to"] as const).map((end) => (
        <Labelled key={end} id={`range-${end}`} label={end === "from" ? "From" : "To"}>
          <input
            id={`range-${end}`}
            type="datetime-local"
            aria-invalid={!isRight}
            value={typed.value[end]}
            onInput={(event) => {
              typed.value = { ...typed.peek(), [end]: event.currentTarget.value };
            }}
          />
        </Labelled>
      ))}
      <button type="submit" class="button" disabled={!isRight}>
        Show
      </button>
      <p class="field-problem" role="alert">
        {!isRight && "The end must be later than the beginning."}
      </p>
    </form>
  );
}

function ResolutionChoice({ view, change }: ControlProps) {
  return (
    <SegmentedControl
      legend="Resolution"
      name="metric-resolution"
      options={RESOLUTION_CHOICES}
      chosen={resolutionOf(view)}
      choose={(resolution) => change({ resolution })}
      obstacle={(name) => (fits(view, name) ? undefined : "Too many buckets for this range")}
    />
  );
}

function Shown({ view, change }: ControlProps) {
  return (
    <fieldset class="shown">
      <legend class="visually-hidden">Beside the average</legend>
      {FIGURES.map((figure) => (
        <label key={figure} class="check">
          <input
            type="checkbox"
            checked={view.shown.includes(figure)}
            onChange={(event) => {
              const isWanted = event.currentTarget.checked;
              change({ shown: FIGURES.filter((name) => (name === figure ? isWanted : view.shown.includes(name))) });
            }}
          />
          <span class={`key-line ${figure}`} aria-hidden="true" />
          {FIGURE_WORDS[figure]}
        </label>
      ))}
    </fieldset>
  );
}

function Zone({ view, change }: ControlProps) {
  const { zones, isBrowserLeftOut } = zonesFor(view, BROWSER_ZONE, time.value);
  return (
    <Labelled id="zone" label="Time zone">
      <select id="zone" value={view.zone} onChange={(event) => change({ zone: event.currentTarget.value })}>
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone.replaceAll("_", " ")}
          </option>
        ))}
      </select>
      {isBrowserLeftOut && (
        <span class="muted small">{BROWSER_ZONE} is not whole hours from UTC: its hours and days are not kept.</span>
      )}
    </Labelled>
  );
}

export function Controls({ view, change }: ControlProps) {
  const isRaw = resolutionOf(view) === "raw";
  return (
    <div class="controls">
      <Range view={view} change={change} />
      <ResolutionChoice view={view} change={change} />
      {!isRaw && <Shown view={view} change={change} />}
      <Zone view={view} change={change} />
      {!isNow(view) && <ByHand key={JSON.stringify([view.range, view.zone])} view={view} change={change} />}
    </div>
  );
}
