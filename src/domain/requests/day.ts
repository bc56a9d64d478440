/* What a request adds to its UTC day. Joined per day these parts are all that the history needs, and they leave with the
 * commit: a request that comes a year late adds to its day like any other. */
import * as z from "zod";
import { bucketStart } from "../bucket";
import type { Entry, Output } from "../ledger/reducer";
import { keyOf } from "../telemetry/sketch";
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

/** A request that is yet to be added to its day. It stays in the object: parts are joined before they are written. */
interface OneRequest {
  kind: "one";
  object: string;
  day: number;
  isError: boolean;
  us: number | undefined;
  bytes: number | undefined;
}

/** What is joined to days. */
export type DayPiece = DayPart | OneRequest;

const emptyDay = (object: string, day: number): DayPart => ({
  ...{ kind: "day", object, day, count: 0, errors: 0 },
  ...{ timed: 0, us: 0, min: 0, max: 0, bins: {}, sized: 0, bytes: 0 },
});

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

function addOne(into: DayPart, { isError, us, bytes }: OneRequest): void {
  into.count++;
  if (isError) into.errors++;
  if (bytes !== undefined) {
    into.sized++;
    into.bytes += bytes;
  }
  if (us === undefined) return;
  into.min = into.timed === 0 ? us : Math.min(into.min, us);
  into.max = Math.max(into.max, us);
  into.timed++;
  into.us += us;
  const key = keyOf(us);
  into.bins[key] = (into.bins[key] ?? 0) + 1;
}

/** One part per object and day. Associative and commutative: all figures are whole numbers. */
export function joinDays(parts: readonly DayPiece[]): DayPart[] {
  const days = new Map<string, DayPart>();
  let last: DayPart | undefined;
  for (const part of parts) {
    const { day, object } = part;
    // Requests of a commit are of one day, as a rule.
    if (last?.day !== day || last.object !== object) {
      const key = `${day} ${object}`;
      last = days.get(key) ?? emptyDay(object, day);
      days.set(key, last);
    }
    if (part.kind === "day") addDay(last, part);
    else addOne(last, part);
  }
  return [...days.values()];
}

/** What one request adds. */
function oneOf(object: string, request: LoggedRequest): OneRequest {
  const day = bucketStart(request.timestamp, "day");
  return { kind: "one", object, day, isError: request.status_code >= ERRORS_FROM, ...measuredOf(request) };
}

/** The days that follow from requests. @param object as in the cursors */
export const daysOf = (object: string): Output<IntakeFact> => ({
  purpose: REQUESTS_PURPOSE,
  parts: ({ type, data }: Entry<IntakeFact>): OneRequest[] =>
    type === "request" ? [oneOf(object, data as LoggedRequest)] : [],
  join: (parts) => joinDays(parts as DayPiece[]),
});
