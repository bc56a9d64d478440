/* The page of alerts: what is active now, what begins soon, what is over. Usable without a key. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { count } from "../ui/format";
import { usePageTitle } from "../ui/page-title";
import { AlertCard } from "./alert-card";
import { filter } from "./choices";
import { isEverything } from "./filter";
import { FilterForm } from "./filter-form";
import { AlertsFrame } from "./frame";
import { keepHistory, past, pastDrills } from "./history";
import { FilterIcon } from "./icons";
import { HistoryPanel, PastList } from "./past-list";
import { Quiet } from "./quiet";
import type { Shown } from "./shown";
import { drills, isLoaded, real, silent } from "./store";
import { Toggles } from "./toggles";
import { isCurrent } from "./watch";

/** The largest come first; a page with thousands of moving cards could not be read anyway. */
const FIRST = 120;
/** So many may take the room that is there; more are better seen together. */
const FEW = 9;

function Cards({ alerts, isLarge }: { alerts: Shown[]; isLarge?: boolean }) {
  const all = useSignal(false);
  const some = all.value ? alerts : alerts.slice(0, FIRST);
  return (
    <>
      <div class={isLarge ? "alert-cards large" : "alert-cards"}>
        {some.map((alert) => (
          <AlertCard key={alert.id} alert={alert} />
        ))}
      </div>
      {alerts.length > FIRST && (
        <button
          type="button"
          class="button more"
          aria-pressed={all.value}
          onClick={() => {
            all.value = !all.value;
          }}
        >
          {all.value ? `Show the ${FIRST} largest` : `Show all ${count(alerts.length)}`}
        </button>
      )}
    </>
  );
}

/** No number where none is known: a 0 would be believed. */
function Active() {
  const { active } = real.value;
  return (
    <section aria-labelledby="active" class="alert-section" data-section="active">
      <h2 id="active">
        Active now{" "}
        {(active.length > 0 || (isCurrent.value && !silent.value)) && (
          <span class="section-count tabular">{count(active.length)}</span>
        )}
      </h2>
      {active.length === 0 ? <Quiet /> : <Cards alerts={active} isLarge={active.length <= FEW} />}
    </section>
  );
}

function Upcoming() {
  const { upcoming } = real.value;
  if (upcoming.length === 0) return null;
  return (
    <section aria-labelledby="upcoming" class="alert-section" data-section="upcoming">
      <h2 id="upcoming">
        Upcoming <span class="section-count tabular">{count(upcoming.length)}</span>
      </h2>
      <Cards alerts={upcoming} />
    </section>
  );
}

function Drills() {
  const { active, upcoming } = drills.value;
  const over = pastDrills.value;
  const running = [...active, ...upcoming];
  if (running.length + over.length === 0) return null;
  return (
    <section aria-labelledby="drills" class="alert-section drills" data-section="drills">
      <h2 id="drills">
        <strong class="drill-word">DRILL</strong> Drills: no danger{" "}
        <span class="section-count tabular">{count(running.length)}</span>
      </h2>
      {running.length > 0 && <Cards alerts={running} />}
      {over.length > 0 && (
        <details>
          <summary>Past drills ({count(over.length)} loaded)</summary>
          <PastList alerts={over} />
        </details>
      )}
    </section>
  );
}

/** Above all: how one is told, and what one sees. */
function Toolbar() {
  const isFiltered = !isEverything(filter.value.value);
  return (
    <div class="alerts-toolbar">
      <Toggles />
      <details class="filter-box">
        <summary class="button">
          <FilterIcon /> {isFiltered ? "Filter is on" : "Filter"}
        </summary>
        <FilterForm />
      </details>
    </div>
  );
}

export function Alerts() {
  const { length } = real.value.active;
  const isOld = isLoaded.value && !isCurrent.value;
  usePageTitle(
    `${silent.value ? "⚠ " : ""}${isOld ? "not live · " : length === 0 ? "" : `${count(length)} active · `}Alerts`,
  );
  useEffect(keepHistory, []);
  return (
    <AlertsFrame>
      <div class="alerts-head">
        <h1>Alerts</h1>
        <Toolbar />
      </div>
      <Active />
      <Upcoming />
      <Drills />
      <HistoryPanel alerts={past.value} />
    </AlertsFrame>
  );
}
