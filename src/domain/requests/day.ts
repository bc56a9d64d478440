/* What a request adds to its UTC day. Joined per day these parts are all that the history needs, and they leave with the
 * commit: a request that comes a year late adds to its day like any other. */
import { z } from "zod";
import { bucketStart } from "../bucket";
import type { Entry, Output } from "../ledger/reducer";
import { addToSketch, emptySketch } from "../telemetry/sketch";
import { type Cell, measuredOf } from "./cell";
import type { IntakeFact } from "./intake";
import { ERRORS_FROM, type LoggedRequest } from "./request";

const Count = z.number().int().nonnegative();

export const REQUESTS_PURPOSE = "requests";

export const DayPart = z.object({
  kind: z.literal("day"),
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

/** The figures of a part, to be added to others. */
export function cellOfDay({ count, timed, us, min, max, bins, sized, bytes }: Omit<DayPart, "kind" | "object">): Cell {
  const counts = Object.entries(bins).map(([key, n]): [number, number] => [Number(key), n]);
  const sketch = counts.length === 0 ? undefined : { folds: 0, bins: new Map(counts) };
  return { count, timed, us, min, max, sketch, sized, bytes };
}

/** Adds all of `other`, which stays as it is. */
function addDay(into: DayPart, other: DayPart): void {
  if (other.timed > 0) {
    into.min = into.timed === 0 ? other.min : Math.min(into.min, other.min);
    into.max = Math.max(into.max, other.max);
  }
  into.count += other.count;
  into.errors += other.errors;
  into.timed += other.timed;
  into.us += other.us;
  into.sized += other.sized;
  into.bytes += other.bytes;
  for (const key in other.bins) into.bins[key] = (into.bins[key] ?? 0) + (other.bins[key] as number);
}

/** One part per object and day. Associative and commutative: all figures are whole numbers. */
export function joinDays(parts: readonly DayPart[]): DayPart[] {
  const days = new Map<string, DayPart>();
  for (const part of parts) {
    const key = `${part.day} ${part.object}`;
    const known = days.get(key);
    if (known === undefined) days.set(key, { ...part, bins: { ...part.bins } });
    else addDay(known, part);
  }
  return [...days.values()];
}

/** What one request adds. */
function dayOf(object: string, request: LoggedRequest): DayPart {
  const { us, bytes } = measuredOf(request);
  const latency = us === undefined ? { timed: 0, us: 0, min: 0, max: 0 } : { timed: 1, us, min: us, max: us };
  return {
    kind: "day",
    object,
    day: bucketStart(request.timestamp, "day"),
    count: 1,
    errors: request.status_code >= ERRORS_FROM ? 1 : 0,
    ...latency,
    bins: us === undefined ? {} : { [binOf(us)]: 1 },
    sized: bytes === undefined ? 0 : 1,
    bytes: bytes ?? 0,
  };
}

/** The bin of a single value. */
function binOf(us: number): number {
  const sketch = emptySketch();
  addToSketch(sketch, us);
  return sketch.bins.keys().next().value as number;
}

/** The days that follow from requests. @param object as in the cursors */
export const daysOf = (object: string): Output<IntakeFact> => ({
  purpose: REQUESTS_PURPOSE,
  parts: ({ type, data }: Entry<IntakeFact>): DayPart[] =>
    type === "request" ? [dayOf(object, data as LoggedRequest)] : [],
  join: (parts) => joinDays(parts as DayPart[]),
});
