/* What stays in view on every page of alerts: whether they arrive, whether some are hidden, whether there is a drill. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { spoken } from "./announce";
import { CancelDialog } from "./cancel-dialog";
import { FilterNotice } from "./filter-notice";
import { SilenceWarning } from "./silence-warning";
import { StatusStrip } from "./status-strip";
import { drills, watch } from "./store";

function DrillBanner() {
  const { length } = drills.value.active;
  if (length === 0) return null;
  return (
    <p class="drill-banner" role="status" data-drill-banner>
      <strong class="drill-word">DRILL</strong>
      <span>
        {length === 1 ? "A drill is" : `${length} drills are`} running. Drills are marked, stand apart and are no
        danger.
      </span>
    </p>
  );
}

export function AlertsFrame({ children }: { children: ComponentChildren }) {
  useEffect(watch, []);
  return (
    <section class="page alerts-page">
      <div class="vigil">
        <SilenceWarning />
        <StatusStrip />
      </div>
      <FilterNotice />
      <DrillBanner />
      <p class="visually-hidden" role="alert">
        {spoken.value}
      </p>
      {children}
      <CancelDialog />
    </section>
  );
}
