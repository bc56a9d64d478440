/* Which object has a series: by its source and its group. */
import { partitionOf } from "../partition";

const POOL = "pool:";

/** The metrics of a pool of nodes are one source. */
export const poolSource = (pool: string): string => `${POOL}${pool}`;

/** The pool whose metrics an object of this name has. */
export const poolOf = (object: string): string => object.slice(POOL.length, object.lastIndexOf("/"));

/** A thousand nodes have thirty thousand series: a pool is spread wider than other sources. */
const POOL_TIMES = 10;

/** @param group of the series (groupOf)
 * @param partitions objects per source */
export const intakeOf = (source: string, group: string, partitions: number): string =>
  `${source}/${partitionOf(group, source.startsWith(POOL) ? POOL_TIMES * partitions : partitions)}`;
