/* Requests again: the days they add up to, by the code that sends them to D1, beside the history. */
import { type ArchiveLine, entryOf } from "../../src/domain/archive/line";
import { RESOLUTIONS } from "../../src/domain/bucket";
import type { HistoryDay } from "../../src/domain/requests/answers";
import { type DayPiece, daysOf, joinDays } from "../../src/domain/requests/day";
import { historyOf } from "../../src/domain/requests/history";
import type { IntakeFact } from "../../src/domain/requests/intake";
import { type Ask, type Comparison, compareRows, newComparison, type Replayer, type ReplaySpan } from "./replayer";

const PARTS_MAX = 2_000;
/** Days of one question. */
const DAYS_MAX = 90;

export class RequestReplayer implements Replayer {
  readonly #span: ReplaySpan;
  #parts: DayPiece[] = [];

  constructor(span: ReplaySpan) {
    this.#span = span;
  }

  take(line: ArchiveLine): void {
    const { parts } = daysOf(line.object);
    this.#parts.push(...(parts(entryOf<IntakeFact>(line)) as DayPiece[]));
    if (this.#parts.length > PARTS_MAX) this.#parts = joinDays(this.#parts);
  }

  /** Whole days within the span. */
  async compare(ask: Ask): Promise<Comparison[]> {
    const comparison = newComparison("days of requests");
    const days = joinDays(this.#parts);
    const { day } = RESOLUTIONS;
    const end = Math.floor(this.#span.to / day) * day;
    for (let first = Math.ceil(this.#span.from / day) * day; first < end; first += DAYS_MAX * day) {
      const last = Math.min(end, first + DAYS_MAX * day) - day;
      const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);
      const path = `/requests/history?start_date=${dateOf(first)}&end_date=${dateOf(last)}`;
      const answer = (await ask(path)) as { data: HistoryDay[] } | undefined;
      const inSpan = days.filter((part) => part.day >= first && part.day <= last);
      compareRows(comparison, "", ({ date }) => date, historyOf(first, last, inSpan), answer?.data ?? []);
    }
    return [comparison];
  }
}
