/* The reducer of request logs: one stream per object. Every request is an entry; minutes (by the requests' own time) are
 * open in memory until soon after their end, then an entry of the clock closes them and the object moves them to its
 * tiers. A request that comes later opens its minute again, and what is in it then is added to what is there. */
import { bucketEnd, bucketStart } from "../bucket";
import type { Entry, Reducer } from "../ledger/reducer";
import { addToFacets, emptyFacets, type Facets, loadFacets, type SavedFacets, saveFacets, sizeOf } from "./minute";
import type { LoggedRequest, RequestCommand } from "./request";

/** A minute waits so long for requests that are late, each time that it is opened. */
export const CLOSE_AFTER_MS = 15_000;
/** More cells than these are moved out at once: about 60 MB. */
const CELLS_MAX = 60_000;
/** What a minute weighs besides its cells. */
const MINUTE_CELLS = 8;
/** Minutes of one entry: each becomes some rows of the same transaction. */
export const CLOSED_MAX = 500;

export type IntakeFact = { type: "request"; data: LoggedRequest } | { type: "closed"; data: { minutes: number[] } };

export interface OpenMinute {
  start: number;
  /** When it is to be closed, epoch ms. */
  due: number;
  facets: Facets;
}

export interface IntakeState {
  minutes: Map<number, OpenMinute>;
  /** When the first of them is due. */
  due: number | undefined;
  cells: number;
  /** What the last entry closed: the object's to store. Not saved. */
  leaving: OpenMinute[];
}

const emptyState = (): IntakeState => ({ minutes: new Map(), due: undefined, cells: 0, leaving: [] });

/** Facts that close these minutes, in order of time. */
function closing(starts: number[]): IntakeFact[] {
  const facts: IntakeFact[] = [];
  for (let i = 0; i < starts.length; i += CLOSED_MAX) {
    facts.push({ type: "closed", data: { minutes: starts.slice(i, i + CLOSED_MAX) } });
  }
  return facts;
}

const inOrder = (starts: Iterable<number>): number[] => [...starts].sort((a, b) => a - b);

function takeIn(state: IntakeState, request: LoggedRequest, at: number): void {
  const start = bucketStart(request.timestamp, "minute");
  let minute = state.minutes.get(start);
  if (minute === undefined) {
    minute = { start, due: Math.max(bucketEnd(start, "minute"), at) + CLOSE_AFTER_MS, facets: emptyFacets() };
    state.minutes.set(start, minute);
    state.cells += MINUTE_CELLS;
    if (state.due === undefined || minute.due < state.due) state.due = minute.due;
  }
  const before = sizeOf(minute.facets);
  addToFacets(minute.facets, request);
  state.cells += sizeOf(minute.facets) - before;
}

function close(state: IntakeState, starts: number[]): void {
  state.leaving = starts.flatMap((start) => state.minutes.get(start) ?? []);
  for (const { start, facets } of state.leaving) {
    state.minutes.delete(start);
    state.cells -= sizeOf(facets) + MINUTE_CELLS;
  }
  state.due = undefined;
  for (const { due } of state.minutes.values()) if (state.due === undefined || due < state.due) state.due = due;
}

/** @param cellsMax more open cells than these are closed early */
export const intakeOf = (cellsMax = CELLS_MAX): Reducer<IntakeState, RequestCommand, IntakeFact> => ({
  version: 1,
  topic: "requests",
  empty: emptyState,
  decide: (state, { request }) => [
    ...(state.cells > cellsMax ? closing(inOrder(state.minutes.keys())) : []),
    { type: "request", data: request },
  ],
  isOwn: ({ type }) => type === "request",
  deadline: ({ due }) => due,
  tick: ({ minutes }, now) =>
    closing(inOrder([...minutes.values()].filter(({ due }) => due <= now).map((m) => m.start))),
  apply(state, { type, data, at }: Entry<IntakeFact>) {
    if (type === "request") takeIn(state, data as LoggedRequest, at);
    else close(state, (data as { minutes: number[] }).minutes);
    return state;
  },
  snapshot: ({ minutes }) => ({ open_minutes: minutes.size }),
  save: ({ minutes }) => [...minutes.values()].map(({ start, due, facets }) => [start, due, saveFacets(facets)]),
  load(saved) {
    const state = emptyState();
    for (const [start, due, saved_] of saved as [number, number, SavedFacets][]) {
      const facets = loadFacets(saved_);
      state.minutes.set(start, { start, due, facets });
      state.cells += sizeOf(facets) + MINUTE_CELLS;
      if (state.due === undefined || due < state.due) state.due = due;
    }
    return state;
  },
});
