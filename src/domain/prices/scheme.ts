/* The partition scheme of prices: which objects own which symbols. It is fixed with the first start, because a symbol
 * that moved to another object would begin a second history there. */

export const SCHEME_FACT = "prices.partitions";

/** As the fact stores it. */
export const schemeText = (partitions: number | undefined): string =>
  partitions === undefined ? "per-symbol" : String(partitions);

/** One clear line, or undefined when both agree. */
export function schemeMismatch(configured: string, stored: string): string | undefined {
  if (configured === stored) return undefined;
  return `PRICE_PARTITIONS is ${spoken(configured)}, but this installation began with ${spoken(stored)}. Set it back, or move to a new installation (docs/operations.md).`;
}

const spoken = (scheme: string): string => (scheme === "per-symbol" ? "unset (one object per symbol)" : scheme);
