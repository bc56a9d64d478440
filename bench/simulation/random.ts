/* Seeded randomness: a run that failed is repeated by its seed. */

/** Numbers in [0, 1). */
export type Random = () => number;

/** Mulberry32: 32 bits of state are plenty for choosing faults and latencies. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Span {
  from: number;
  to: number;
}

export const within = ({ from, to }: Span, random: Random): number => from + random() * (to - from);
