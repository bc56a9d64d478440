/* The history: one row per UTC day, both ends included, from what each object has counted. */
import { RESOLUTIONS } from "../bucket";
import { quantile } from "../telemetry/sketch";
import type { HistoryDay, RequestFigures } from "./answers";
import { type Cell, emptyCell, mergeCell } from "./cell";
import { cellOfDay, type DayPart } from "./day";

const MICROS = 1_000;

const dateOf = (day: number): string => new Date(day).toISOString().slice(0, 10);

/** @param first start of the first day, @param last of the last one
 * @param parts of any objects, several of the same day and object where not all is in D1 yet */
export function historyOf(first: number, last: number, parts: readonly DayPart[]): HistoryDay[] {
  const days = new Map<number, { cell: Cell; errors: number }>();
  for (const part of parts) {
    const day = days.get(part.day) ?? { cell: emptyCell(), errors: 0 };
    days.set(part.day, day);
    mergeCell(day.cell, cellOfDay(part));
    day.errors += part.errors;
  }
  const rows: HistoryDay[] = [];
  for (let at = first; at <= last; at += RESOLUTIONS.day) {
    const { cell, errors } = days.get(at) ?? { cell: emptyCell(), errors: 0 };
    rows.push({ date: dateOf(at), ...figuresOf(cell, errors) });
  }
  return rows;
}

/** The figures of a set of requests. */
export function figuresOf(cell: Cell, errors: number): RequestFigures {
  const { count, timed, us, min, max, sketch, sized, bytes } = cell;
  const at = (q: number): number | null => {
    const value = sketch === undefined ? undefined : quantile(sketch, q);
    return value === undefined ? null : Math.min(max, Math.max(min, value)) / MICROS;
  };
  return {
    total_requests: count,
    average_latency: timed === 0 ? null : us / timed / MICROS,
    p50_latency: at(0.5),
    p95_latency: at(0.95),
    p99_latency: at(0.99),
    max_latency: timed === 0 ? null : max / MICROS,
    error_rate: count === 0 ? null : errors / count,
    bytes: sized === 0 ? null : bytes,
  };
}
