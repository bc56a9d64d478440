/* Single requests, by their ids. An id comes once, so its figures are those of one request, and the hundred largest of a
 * minute are all that any window may need of it: exact, however many ids there are. */
import type { Measured } from "./cell";

/** The most rows a ranking has. */
export const K_MAX = 100;
/** Kept apart per method and status, so that a ranking of some of them is exact as well; at most so many of them. */
const CODES_MAX = 64;

type Item = [id: string, us: number | null, bytes: number | null];

/** By id (all have one request each, and ties go by id), by latency, by bytes: three short sorted lists. */
export const ORDERS = ["id", "latency", "bytes"] as const;
export type Order = (typeof ORDERS)[number];
type Lists = Record<Order, Item[]>;

export interface Largest {
  codes: Map<number, Lists>;
  /** More codes came than are kept apart: requests of some are missing here. */
  truncated: boolean;
}

export type SavedLargest = { truncated: boolean; codes: [code: number, ...lists: Item[][]][] };

export const emptyLargest = (): Largest => ({ codes: new Map(), truncated: false });

/** A missing figure is in no order: it ranks nowhere. */
const FIGURE: Record<Order, (item: Item) => number | null> = {
  id: () => 0,
  latency: ([, us]) => us,
  bytes: ([, , bytes]) => bytes,
};

const precedes = (order: Order, a: Item, b: Item): boolean => {
  const [x, y] = [FIGURE[order](a) ?? 0, FIGURE[order](b) ?? 0];
  return x > y || (x === y && a[0] < b[0]);
};

function insert(list: Item[], order: Order, item: Item): void {
  if (FIGURE[order](item) === null) return;
  const last = list[K_MAX - 1];
  if (last !== undefined && !precedes(order, item, last)) return;
  let low = 0;
  for (let high = list.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (precedes(order, item, list[middle] as Item)) high = middle;
    else low = middle + 1;
  }
  list.splice(low, 0, item);
  if (list.length > K_MAX) list.pop();
}

function listsOf(largest: Largest, code: number): Lists | undefined {
  let lists = largest.codes.get(code);
  if (lists !== undefined) return lists;
  if (largest.codes.size >= CODES_MAX) {
    largest.truncated = true;
    return undefined;
  }
  lists = { id: [], latency: [], bytes: [] };
  largest.codes.set(code, lists);
  return lists;
}

export function addToLargest(largest: Largest, id: string, code: number, { us, bytes }: Measured): void {
  const lists = listsOf(largest, code);
  if (lists === undefined) return;
  const item: Item = [id, us ?? null, bytes ?? null];
  for (const order of ORDERS) insert(lists[order], order, item);
}

/** Adds all of `other`, which stays as it is. */
export function mergeLargest(into: Largest, other: Largest): void {
  into.truncated ||= other.truncated;
  for (const [code, theirs] of other.codes) {
    const lists = listsOf(into, code);
    if (lists === undefined) continue;
    for (const order of ORDERS) for (const item of theirs[order]) insert(lists[order], order, item);
  }
}

export const saveLargest = ({ truncated, codes }: Largest): SavedLargest => ({
  truncated,
  codes: [...codes].map(([code, lists]) => [code, ...ORDERS.map((order) => lists[order])]),
});

/** It may come in pieces. */
export const loadLargest = (pieces: readonly SavedLargest[]): Largest => ({
  truncated: pieces.some(({ truncated }) => truncated),
  codes: new Map(
    pieces
      .flatMap(({ codes }) => codes)
      .map(([code, id = [], latency = [], bytes = []]) => [code, { id, latency, bytes }]),
  ),
});

/** Codes of one piece: their ids have at most about a megabyte. */
const PIECE_CODES = 8;

export function splitLargest({ truncated, codes }: SavedLargest): SavedLargest[] {
  const pieces = [{ truncated, codes: codes.slice(0, PIECE_CODES) }];
  for (let i = PIECE_CODES; i < codes.length; i += PIECE_CODES) {
    pieces.push({ truncated, codes: codes.slice(i, i + PIECE_CODES) });
  }
  return pieces;
}
