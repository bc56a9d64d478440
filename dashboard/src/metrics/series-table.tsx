/* The series of the picture: which colour is which, what each was at the moment looked at, and how to add or remove one. */
import { useSignal } from "@preact/signals";
import type { Labels } from "../../../src/domain/telemetry/sample";
import { count } from "../ui/format";
import { Scroller } from "../ui/scroller";
import { type Line, localTime, type Point } from "./plot";
import type { SeriesState } from "./readings";
import { commonLabels, MOST_SERIES, suggestionsOf } from "./view";
import { brief, roughly } from "./words";

export const labelOf = (filter: string): string => (filter === "" ? "all series" : filter);

const COLUMNS: [key: Exclude<keyof Point, "start" | "partial">, label: string][] = [
  ["avg", "Average"],
  ["min", "Min"],
  ["max", "Max"],
  ["p50", "p50"],
  ["p95", "p95"],
  ["p99", "p99"],
  ["count", "Samples"],
];

interface RowProps {
  line: Line;
  state: SeriesState | undefined;
  point: Point | undefined;
  isRaw: boolean;
  remove: (() => void) | undefined;
}

function standingOf(state: SeriesState | undefined): string | undefined {
  if (state?.problem?.status === 404) return "no such series";
  if (state?.at === undefined) return state?.problem === undefined ? "loading" : "not read";
  if (state.points.length === 0) return "no samples in this range";
  return undefined;
}

function Row({ line, state, point, isRaw, remove }: RowProps) {
  const standing = standingOf(state);
  return (
    <tr class={`series-${line.colour}`} data-row={line.filter}>
      <th scope="row">
        <span class="swatch" aria-hidden="true" />
        {line.label}
        {(state?.series ?? 0) > 1 && <span class="muted small"> {count(state?.series ?? 0)} series, merged</span>}
      </th>
      {standing !== undefined ? (
        <td class="muted" colSpan={isRaw ? 1 : COLUMNS.length}>
          {standing}
        </td>
      ) : isRaw ? (
        <td class="number">{point === undefined ? "–" : brief(point.avg)}</td>
      ) : (
        COLUMNS.map(([key]) => (
          <td key={key} class="number">
            {point === undefined ? "–" : key.startsWith("p") ? roughly(point[key]) : brief(point[key])}
          </td>
        ))
      )}
      <td class="number">
        {remove !== undefined && (
          <button type="button" class="button small" aria-label={`Remove ${line.label}`} onClick={remove}>
            Remove
          </button>
        )}
      </td>
    </tr>
  );
}

interface TableProps {
  lines: Line[];
  states: ReadonlyMap<string, SeriesState>;
  /** The moment looked at; undefined: the latest of each. */
  mark: number | undefined;
  widthMs: number;
  zone: string;
  remove(filter: string): void;
}

export function SeriesTable({ lines, states, mark, widthMs, zone, remove }: TableProps) {
  const isRaw = widthMs === 0;
  const last = Math.max(...lines.map(({ points }) => points.at(-1)?.start ?? Number.NEGATIVE_INFINITY));
  const at = mark ?? last;
  const isPartial = lines.some(({ points }) => points.find(({ start }) => start === at)?.partial);
  return (
    <>
      <p class="muted small tabular series-at">
        {Number.isFinite(at) ? `${localTime(at, zone, widthMs)} ${zone}` : "Nothing to show"}
        {isPartial && ", unfinished: it may still change"}
      </p>
      <Scroller label="Series" class="scroll-x">
        <table class="audit series-table">
          <thead>
            <tr>
              <th scope="col">Series</th>
              {(isRaw ? [["avg", "Value"] as const] : COLUMNS).map(([key, label]) => (
                <th key={key} scope="col" class="number">
                  {label}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <Row
                key={line.filter}
                line={line}
                state={states.get(line.filter)}
                point={line.points.find(({ start }) => start === at)}
                isRaw={isRaw}
                remove={lines.length > 1 ? () => remove(line.filter) : undefined}
              />
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  );
}

/** Labels that are one press away; the others are a matter of typing. */
const OFFERED = 8;

interface AddProps {
  present: string[];
  known: Labels[];
  add(filter: string): void;
}

export function AddSeries({ present, known, add }: AddProps) {
  const typed = useSignal("");
  const filter = typed.value.replace(/\s*([,=])\s*/g, "$1").trim();
  const isWrong = filter !== "" && !filter.startsWith("{") && !filter.includes("=");
  const isThere = present.includes(filter);
  const offered = commonLabels(known, present, OFFERED);
  if (present.length >= MOST_SERIES)
    return <p class="muted small">{MOST_SERIES} series are shown, the most there can be.</p>;
  return (
    <form
      class="field-row add-series"
      onSubmit={(event) => {
        event.preventDefault();
        if (isWrong || isThere) return;
        add(filter);
        typed.value = "";
      }}
    >
      <label for="series-filter">Add a series by its labels</label>
      <input
        id="series-filter"
        list="series-known"
        autocomplete="off"
        spellcheck={false}
        placeholder="host=web-1, or nothing for all"
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
      />
      <datalist id="series-known">
        {suggestionsOf(known, present).map((text) => (
          <option key={text} value={text} />
        ))}
      </datalist>
      <button type="submit" class="button" disabled={isWrong || isThere}>
        Add
      </button>
      <p class="muted small">
        {isWrong ? "Write it like host=web-1, disk=sda." : isThere && filter !== "" ? "It is shown already." : ""}
      </p>
      {offered.length > 0 && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would be a form of its own.
        <div class="offered" role="group" aria-label="Add one of these">
          {offered.map((text) => (
            <button key={text} type="button" class="button small" onClick={() => add(text)}>
              {text}
            </button>
          ))}
        </div>
      )}
    </form>
  );
}
