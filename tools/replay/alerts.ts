/* Civil alerts again: each place's frames through the code that writes the history, beside what the installation shows. */

import type { AlertDetail } from "../../src/domain/alerts/answers";
import type { AlertFact } from "../../src/domain/alerts/area";
import { alertOf, eventOf, rowsOf } from "../../src/domain/alerts/history";
import { type AlertPart, type AreaPart, history } from "../../src/domain/alerts/part";
import { type ArchiveLine, entryOf } from "../../src/domain/archive/line";
import { type Ask, type Comparison, compare, newComparison, type Replayer, type ReplaySpan } from "./replayer";

export class AlertReplayer implements Replayer {
  readonly #span: ReplaySpan;
  readonly #parts: AlertPart[] = [];
  /** Alerts of which the first frame is in the archive. */
  readonly #whole = new Set<string>();

  constructor(span: ReplaySpan) {
    this.#span = span;
  }

  take(line: ArchiveLine): void {
    for (const part of history.parts(entryOf<AlertFact>(line)) as AreaPart[]) {
      if (part.kind === "canary") continue;
      this.#parts.push(part);
      if (part.data.aggregate.revision === 1) this.#whole.add(part.data.alert_id);
    }
  }

  /** Alerts that begin within the span. */
  async compare(ask: Ask): Promise<Comparison[]> {
    const alerts = newComparison("alerts");
    const events = newComparison("events of alerts");
    const rows = rowsOf(this.#parts);
    const { from, to } = this.#span;
    for (const [id, row] of rows.alerts) {
      if (!this.#whole.has(id) || row.start_time < from || row.start_time >= to) continue;
      const stored = (await ask(`/alerts/${encodeURIComponent(id)}`)) as AlertDetail | undefined;
      // Whether it is over by now is for the clock to say.
      const { state: _, ...archived } = alertOf(row, to);
      const {
        state: __,
        as_of: ___,
        reach: ____,
        stale: _____,
        events: told = [],
        ...shown
      } = stored ?? ({} as AlertDetail);
      compare(alerts, id, archived, shown);
      const byPlace = (a: { epoch: string; seq: number }, b: { epoch: string; seq: number }) =>
        a.epoch === b.epoch ? a.seq - b.seq : a.epoch < b.epoch ? -1 : 1;
      const own = rows.events.filter(({ alert_id }) => alert_id === id).map(eventOf);
      compare(events, id, own.sort(byPlace), [...told].sort(byPlace));
    }
    return [alerts, events];
  }
}
