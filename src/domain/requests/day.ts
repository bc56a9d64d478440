/* What a request adds to its UTC day. Joined per day these parts are all that the history needs, and they leave with the
 * commit: a request that comes a year late adds to its day like any other. */
import { z } from "zod";
import { bucketStart } from "../bucket";
import type { Entry, Output } from "../ledger/reducer";
import { addToCell, type Cell, emptyCell, measuredOf, mergeCell } from "./cell";
import type { IntakeFact } from "./intake";
import { ERRORS_FROM, type LoggedRequest } from "./request";

export const REQUESTS_PURPOSE = "requests";

const Count = z.number().int().nonnegative();

export const DayPart = z.object({
  /** Who counted: `RequestIntake/<source>/0`. */
  object: z.string(),
  /** Start of the day, epoch ms. */
  day: z.number().int(),
  count: Count.positive(),
  errors: Count,
  /** How many say their latency; sum, least and greatest of it in µs (0 where none does). */
  timed: Count,
  us: Count,
  min: Count,
  max: Count,
  /** The sketch of latencies, requests per bin. A day at most is 25 powers of e, too few bins for any to be folded. */
  bins: z.record(z.string(), Count),
  sized: Count,
  bytes: Count,
});
export type DayPart = z.infer<typeof DayPart>;

const binsOf = ({ sketch }: Cell): Record<string, number> =>
  Object.fromEntries([...(sketch?.bins ?? [])].map(([key, count]) => [String(key), count]));

/** The figures of a part, to be added to others. */
export function cellOfDay({ count, timed, us, min, max, bins, sized, bytes }: Omit<DayPart, "object">): Cell {
  const counts = Object.entries(bins).map(([key, n]): [number, number] => [Number(key), n]);
  const sketch = counts.length === 0 ? undefined : { folds: 0, bins: new Map(counts) };
  return { count, timed, us, min, max, sketch, sized, bytes };
}

function partOf(object: string, day: number, errors: number, cell: Cell): DayPart {
  const { count, timed, us, min, max, sized, bytes } = cell;
  return { object, day, count, errors, timed, us, min, max, bins: binsOf(cell), sized, bytes };
}

/** One part per object and day. Associative and commutative: all figures are whole numbers. */
export function joinDays(parts: DayPart[]): DayPart[] {
  const days = new Map<string, { object: string; day: number; errors: number; cell: Cell }>();
  for (const part of parts) {
    const key = `${part.day} ${part.object}`;
    const known = days.get(key);
    if (known === undefined) {
      days.set(key, { object: part.object, day: part.day, errors: part.errors, cell: cellOfDay(part) });
      continue;
    }
    known.errors += part.errors;
    mergeCell(known.cell, cellOfDay(part));
  }
  return [...days.values()].map(({ object, day, errors, cell }) => partOf(object, day, errors, cell));
}

/** @param object as in the cursors */
export const daysOf = (object: string): Output<IntakeFact> => ({
  purpose: REQUESTS_PURPOSE,
  parts({ type, data }: Entry<IntakeFact>): DayPart[] {
    if (type !== "request") return [];
    const request = data as LoggedRequest;
    const cell = emptyCell();
    addToCell(cell, measuredOf(request));
    const errors = request.status_code >= ERRORS_FROM ? 1 : 0;
    return [partOf(object, bucketStart(request.timestamp, "day"), errors, cell)];
  },
  join: (parts) => joinDays(parts as DayPart[]),
});
