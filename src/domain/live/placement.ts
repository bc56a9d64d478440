/* Placement: which hub takes a socket. Hubs are named `<region>-<i>`, i below H; H doubles when hubs are found full. */

/** Tries per socket: two at random, then one among the hubs that doubling has added, then one more anywhere. */
export const MAX_TRIES = 4;
const TRIES_BEFORE_GROWTH = 2;

export const hubName = (region: string, i: number): string => `${region}-${i}`;

/** Continents as Cloudflare names them, and where an object near them is asked to live. */
const HINTS: Readonly<Record<string, DurableObjectLocationHint>> = {
  AF: "afr",
  AS: "apac",
  EU: "weur",
  NA: "enam",
  OC: "oc",
  SA: "sam",
};

export interface Region {
  name: string;
  hint: DurableObjectLocationHint | undefined;
}

/** @param continent `request.cf.continent`; absent where there is no edge in front */
export function regionOf(continent: string | undefined): Region {
  const hint = continent === undefined ? undefined : HINTS[continent];
  return hint === undefined ? { name: "local", hint } : { name: (continent as string).toLowerCase(), hint };
}

export interface Placing {
  /** Number of hubs in the region. */
  hubs: number;
  /** Those that refused this socket. */
  refused: readonly number[];
}

/** The next hub to try, and the number of hubs there are then; undefined when the region is full.
 * @param random in [0, 1) */
export function nextHub(
  { hubs, refused }: Placing,
  max: number,
  random: number,
): { i: number; hubs: number } | undefined {
  if (refused.length >= MAX_TRIES) return undefined;
  // Once for each socket: where the new ones refuse as well, more of them would not help.
  const mustGrow = refused.length === Math.min(TRIES_BEFORE_GROWTH, hubs);
  if (mustGrow && hubs < max) {
    const grown = Math.min(hubs * 2, max);
    return { i: hubs + Math.floor(random * (grown - hubs)), hubs: grown };
  }
  const free = Array.from({ length: hubs }, (_, i) => i).filter((i) => !refused.includes(i));
  const i = free[Math.floor(random * free.length)];
  return i === undefined ? undefined : { i, hubs };
}

/** So many sockets of a region are asked to acknowledge soon, about: enough to know how far a frame came. */
const ASKED_SOCKETS = 10_000;

/** The share of new sockets that are asked. The number of hubs alone says little, for it never shrinks; but sockets are
 * spread evenly, so a hub that has `sockets` of them knows how many the region has. */
export const askedShare = (sockets: number, hubs: number): number => Math.min(1, ASKED_SOCKETS / (sockets * hubs));
