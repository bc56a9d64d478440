/* Says what a filter hides. Nobody must believe that there are no alerts because of a filter that was forgotten. */
import { filter } from "./choices";
import { CHOICES, EVERYTHING, isEverything, withoutLocation } from "./filter";
import { FilterIcon } from "./icons";

function Place({ name }: { name: string }) {
  return (
    <li class="chip">
      <bdi>{name}</bdi>
      <button
        type="button"
        aria-label={`Do not filter by ${name}`}
        onClick={() => filter.choose(withoutLocation(filter.value.peek(), name))}
      >
        ×
      </button>
    </li>
  );
}

export function FilterNotice() {
  const chosen = filter.value.value;
  if (isEverything(chosen)) return null;
  const severities = chosen.severities.length === 0 ? CHOICES : chosen.severities;
  return (
    <div class="filter-notice" role="status" data-filtered>
      <FilterIcon />
      <div class="filter-words">
        <strong>Showing only some alerts.</strong>{" "}
        {chosen.locations.length > 0 && (
          <>
            Places:{" "}
            <ul class="chips">
              {chosen.locations.map((name) => (
                <Place key={name} name={name} />
              ))}
            </ul>
          </>
        )}
        {severities.length < CHOICES.length && <span>Severities: {severities.join(", ")}, or not given.</span>}
        <span> All others are hidden and silent.</span>
      </div>
      <button type="button" class="button" onClick={() => filter.choose(EVERYTHING)}>
        Show all alerts
      </button>
    </div>
  );
}
