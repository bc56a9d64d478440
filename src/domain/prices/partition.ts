/* Which object owns a symbol. One per symbol, or a fixed number of partitions for the life of an installation. */
import { fingerprint } from "../ledger/fingerprint";

/** The name of the `PriceFeed` that owns the symbol. */
export function partitionOf(symbol: string, partitions: number | undefined): string {
  if (partitions === undefined) return symbol;
  return `partition-${fingerprint(symbol) % partitions}-of-${partitions}`;
}
