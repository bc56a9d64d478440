/* Choosing what to see: places, with suggestions of those that were heard of, and severities. */
import { computed, useSignal } from "@preact/signals";
import { filter } from "./choices";
import { CHOICES, MAX_LOCATIONS, withLocations, withSeverity } from "./filter";
import { history } from "./history";
import { Names } from "./names";
import { shown } from "./store";

const MOST_SUGGESTED = 300;

const heardOf = new Names();
/** Looks at what is shown now as well, whenever it is read. */
const names = computed(() => ({ heard: heardOf.hear(shown.value).hear(history.value.alerts) }));

function Severities() {
  const { severities } = filter.value.value;
  return (
    <fieldset class="severities">
      <legend>Severities</legend>
      {CHOICES.map((severity) => (
        <label key={severity} class="check">
          <input
            type="checkbox"
            checked={severities.length === 0 || severities.includes(severity)}
            onChange={(event) =>
              filter.choose(withSeverity(filter.value.peek(), severity, event.currentTarget.checked))
            }
          />
          {severity}
        </label>
      ))}
      <p class="muted small">Alerts whose severity is not given always show.</p>
    </fieldset>
  );
}

export function FilterForm() {
  const typed = useSignal("");
  const isFull = filter.value.value.locations.length >= MAX_LOCATIONS;
  const add = (event: Event) => {
    event.preventDefault();
    filter.choose(withLocations(filter.value.peek(), typed.peek(), names.peek().heard.all));
    typed.value = "";
  };
  return (
    <form class="filter-form" onSubmit={add}>
      <div class="filter-places">
        <label for="place">Places</label>
        <div class="field-row">
          <input
            id="place"
            type="search"
            dir="auto"
            list="places"
            autocomplete="off"
            spellcheck={false}
            disabled={isFull}
            aria-describedby="place-hint"
            value={typed.value}
            onInput={(event) => {
              typed.value = event.currentTarget.value;
            }}
          />
          <button type="submit" class="button" disabled={isFull || typed.value.trim() === ""}>
            Add
          </button>
        </div>
        <datalist id="places">
          {names.value.heard.holding(typed.value, MOST_SUGGESTED).map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <p class="muted small" id="place-hint">
          {isFull
            ? `No more than ${MAX_LOCATIONS} places fit.`
            : "A name, or its beginning with * (Tel*). Several with commas, in quotes where a name holds one. Kept on this device."}
        </p>
      </div>
      <Severities />
    </form>
  );
}
