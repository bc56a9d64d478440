/* One minute of requests, by everything they can be ranked by. Hours and days are the same, merged. */
import { measuredOf } from "./cell";
import {
  addToLargest,
  emptyLargest,
  type Largest,
  loadLargest,
  mergeLargest,
  type SavedLargest,
  saveLargest,
  splitLargest,
} from "./largest";
import { codeOf, countedMethod } from "./method";
import type { LoggedRequest } from "./request";
import {
  addToTable,
  emptyTable,
  LIMITS,
  loadTable,
  mergeTable,
  type SavedTable,
  saveTable,
  splitTable,
  type Table,
} from "./table";

export interface Facets {
  endpoint: Table;
  user: Table;
  ids: Largest;
}
export type Facet = keyof Facets;
export const FACETS = ["endpoint", "user", "ids"] as const satisfies Facet[];

export interface SavedFacets {
  endpoint: SavedTable;
  user: SavedTable;
  ids: SavedLargest;
}

export const emptyFacets = (): Facets => ({ endpoint: emptyTable(), user: emptyTable(), ids: emptyLargest() });

/** `GET /presentations/:id`; the route alone where the log does not say a method. */
export const endpointKey = ({ method, route }: LoggedRequest): string =>
  method === undefined ? route : `${countedMethod(method)} ${route}`;

/** The parts of an endpoint's key: a route begins with a slash. */
export function endpointParts(key: string): { method: string | null; endpoint: string } {
  const slash = key.indexOf("/");
  return { method: slash === 0 ? null : key.slice(0, slash - 1), endpoint: key.slice(slash) };
}

export function addToFacets(facets: Facets, request: LoggedRequest, limits = LIMITS): void {
  const code = codeOf(request.method, request.status_code);
  const measured = measuredOf(request);
  addToTable(facets.endpoint, endpointKey(request), code, measured, limits);
  if (request.user_id !== undefined) addToTable(facets.user, request.user_id, code, measured, limits);
  addToLargest(facets.ids, request.request_id, code, measured);
}

export const sizeOf = ({ endpoint, user, ids }: Facets): number => endpoint.size + user.size + ids.codes.size;

/** Of stored rows: the platform takes 2 MB, and compression may do nothing. */
const PIECE_BYTES = 1_500_000;

interface FacetDoor<V, S> {
  empty(): V;
  merge(into: V, other: V): void;
  /** As stored, in pieces that fit a row each. */
  save(value: V): S[];
  load(pieces: S[]): V;
  /** Things in it: what a bound on memory counts. */
  size(value: V): number;
}

const table: FacetDoor<Table, SavedTable> = {
  empty: emptyTable,
  merge: mergeTable,
  save: (value) => splitTable(saveTable(value), PIECE_BYTES),
  load: loadTable,
  size: ({ size }) => size,
};

/** How each facet is merged and stored. */
export const FACET: { [F in Facet]: FacetDoor<Facets[F], SavedFacets[F]> } = {
  endpoint: table,
  user: table,
  ids: {
    empty: emptyLargest,
    merge: mergeLargest,
    save: (value) => splitLargest(saveLargest(value)),
    load: loadLargest,
    size: ({ codes }) => codes.size,
  },
};

export const saveFacets = ({ endpoint, user, ids }: Facets): SavedFacets => ({
  endpoint: saveTable(endpoint),
  user: saveTable(user),
  ids: saveLargest(ids),
});

export const loadFacets = ({ endpoint, user, ids }: SavedFacets): Facets => ({
  endpoint: loadTable([endpoint]),
  user: loadTable([user]),
  ids: loadLargest([ids]),
});
