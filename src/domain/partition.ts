/* Which object owns a stream. One per stream, or a fixed number of partitions for the life of an installation. */
import { fingerprint } from "./ledger/fingerprint";

/** The name of the object that owns the stream named `key` (a symbol, a place). */
export function partitionOf(key: string, partitions: number | undefined): string {
  if (partitions === undefined) return key;
  return `partition-${fingerprint(key) % partitions}-of-${partitions}`;
}

/** Whether an object of this name owns many streams. */
export const isPartition = (name: string): boolean => /^partition-\d+-of-\d+$/.test(name);
