/* What leaves an object of requests for D1 and Analytics Engine: days, with every commit, and when minutes close the cells of
 * their endpoints. */
import * as z from "zod";
import type { Entry, Output } from "../ledger/reducer";
import { quantile } from "../telemetry/sketch";
import { type Cell, emptyCell, mergeCell } from "./cell";
import { DayPart, type DayPiece, daysOf, joinDays } from "./day";
import type { IntakeFact, OpenMinute } from "./intake";
import { methodOf, statusOf } from "./method";
import { endpointParts } from "./minute";
import { ERRORS_FROM } from "./request";

const Count = z.number().nonnegative();

/** The requests of a minute to an endpoint, by method and status; it becomes a point. */
export const CellPart = z.object({
  kind: z.literal("cell"),
  start: z.number().int(),
  endpoint: z.string(),
  method: z.string(),
  status: z.number().int(),
  requests: Count,
  errors: Count,
  /** How many say their latency; their sum and 95th percentile in ms, 0 where none does. */
  timed: Count,
  latency_ms: Count,
  p95_ms: Count,
  bytes: Count,
});
export type CellPart = z.infer<typeof CellPart>;

export const RequestPart = z.discriminatedUnion("kind", [DayPart, CellPart]);
export type RequestPart = z.infer<typeof RequestPart>;

/** Cells of a minute; the rest of it is one cell per method and status. */
const CELLS_MAX = 250;
/** What that rest is called; a route begins with a slash. */
export const OTHER_ENDPOINTS = "(other)";
const P95 = 0.95;
const MICROS = 1_000;

function partOf(start: number, endpoint: string, code: number, { count, timed, us, sketch, bytes }: Cell): CellPart {
  const status = statusOf(code);
  return {
    kind: "cell",
    start,
    endpoint,
    method: methodOf(code),
    status,
    requests: count,
    errors: status >= ERRORS_FROM ? count : 0,
    timed,
    latency_ms: us / MICROS,
    p95_ms: sketch === undefined ? 0 : (quantile(sketch, P95) ?? 0) / MICROS,
    bytes,
  };
}

/** The most frequent cells of a minute that is over, and the others added up: every request is in one of them. */
export function closedCells({ start, facets: { endpoint: table } }: OpenMinute): CellPart[] {
  const all = [...table.groups].flatMap(([key, { codes, cells }]) =>
    codes.map((code, i) => ({ endpoint: endpointParts(key).endpoint, code, cell: cells[i] as Cell })),
  );
  all.sort((a, b) => b.cell.count - a.cell.count || (a.endpoint < b.endpoint ? -1 : 1));
  const rest = new Map<number, Cell>();
  const addToRest = (code: number, cell: Cell) => {
    const into = rest.get(code) ?? emptyCell();
    rest.set(code, into);
    mergeCell(into, cell);
  };
  for (const { code, cell } of all.slice(CELLS_MAX)) addToRest(code, cell);
  table.lost.codes.forEach((code, i) => {
    addToRest(code, table.lost.cells[i] as Cell);
  });
  return [
    ...all.slice(0, CELLS_MAX).map(({ endpoint, code, cell }) => partOf(start, endpoint, code, cell)),
    ...[...rest].map(([code, cell]) => partOf(start, OTHER_ENDPOINTS, code, cell)),
  ];
}

/** @param object as in the cursors
 * @param closed what the entry that is asked about has closed: an entry names its minutes only */
export function requestParts(object: string, closed: () => readonly OpenMinute[]): Output<IntakeFact> {
  const days = daysOf(object);
  return {
    ...days,
    parts: (entry: Entry<IntakeFact>) => (entry.type === "closed" ? closed().flatMap(closedCells) : days.parts(entry)),
    join(parts) {
      const cells = (parts as RequestPart[]).filter((part) => part.kind === "cell");
      const others = cells.length === 0 ? parts : (parts as RequestPart[]).filter((part) => part.kind !== "cell");
      return [...joinDays(others as DayPiece[]), ...cells];
    },
  };
}
