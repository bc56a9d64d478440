/* The partition schemes: which objects own which streams. They are fixed with the first start, because a stream that
 * moved to another object would begin a second history there. A new domain is a line here. */

export interface Scheme {
  /** Its fact in D1. */
  fact: string;
  variable: "PRICE_PARTITIONS" | "AREA_PARTITIONS" | "NODE_PARTITIONS" | "INTAKE_PARTITIONS" | "REQUEST_PARTITIONS";
  /** How the fact says that there are no partitions, and how people do. */
  unset: string;
  spoken: string;
}

export const SCHEMES: readonly Scheme[] = [
  { fact: "prices.partitions", variable: "PRICE_PARTITIONS", unset: "per-symbol", spoken: "one object per symbol" },
  { fact: "alerts.partitions", variable: "AREA_PARTITIONS", unset: "per-location", spoken: "one object per location" },
  { fact: "nodes.partitions", variable: "NODE_PARTITIONS", unset: "per-node", spoken: "one object per node" },
  {
    fact: "requests.partitions",
    variable: "REQUEST_PARTITIONS",
    unset: "per-source",
    spoken: "one object per source",
  },
  { fact: "metrics.partitions", variable: "INTAKE_PARTITIONS", unset: "10", spoken: "10 objects per source" },
];

/** As the fact stores it. */
export const schemeText = (scheme: Scheme, partitions: number | undefined): string =>
  partitions === undefined ? scheme.unset : String(partitions);

/** One clear line, or undefined when both agree. */
export function schemeMismatch(scheme: Scheme, configured: string, stored: string): string | undefined {
  if (configured === stored) return undefined;
  const spoken = (text: string) => (text === scheme.unset ? `unset (${scheme.spoken})` : text);
  return `${scheme.variable} is ${spoken(configured)}, but this installation began with ${spoken(stored)}. Set it back, or move to a new installation (docs/operations.md).`;
}
