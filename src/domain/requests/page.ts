/* A page of single requests, put together from what several places saw of them: the logs of objects, and the archive. Each
 * says up to where it saw all; what lies beyond the nearest of these ends is for the next page, since something may belong
 * in between. A request that is still in a log and already in the archive is one. */
import { comparePlaces, type Found, type Place } from "./kept";

/** What one look found. */
export interface Look {
  found: Found[];
  /** Everything up to and with this place was seen; undefined: everything there is. */
  to: Place | undefined;
}

export interface Page {
  rows: Found[];
  /** The next page comes after it; undefined: there is nothing more. */
  next: Place | undefined;
}

const inOrder = (a: Found, b: Found): number => comparePlaces(a.place, b.place);

/** The nearer end; undefined is the farthest. */
function nearer(a: Place | undefined, b: Place | undefined): Place | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePlaces(a, b) <= 0 ? a : b;
}

/** The first so many, in order, each once. */
export function firstOf(found: readonly Found[], count: number): Found[] {
  const sorted = found.toSorted(inOrder);
  const isFirst = (one: Found, i: number): boolean => i === 0 || inOrder(sorted[i - 1] as Found, one) !== 0;
  return sorted.filter(isFirst).slice(0, count);
}

/** What several looks saw together, no more of it than tells a page and whether there is more. */
export function joinLooks(looks: readonly Look[], limit: number): Look {
  const to = looks.reduce<Place | undefined>((least, look) => nearer(least, look.to), undefined);
  const isSeen = ({ place }: Found): boolean => to === undefined || comparePlaces(place, to) <= 0;
  const seen = looks.flatMap(({ found }) => found.filter(isSeen));
  return { found: firstOf(seen, limit + 1), to };
}

export function pageOf(looks: readonly Look[], limit: number): Page {
  const { found, to } = joinLooks(looks, limit);
  const rows = found.slice(0, limit);
  return { rows, next: found.length > limit ? rows.at(-1)?.place : to };
}
