/* Time, as an argument: tests bring a clock that stands still. */

export interface Clock {
  /** The wall clock, epoch ms. It may jump. */
  now(): number;
  /** Milliseconds since the machine started. Never goes back, whatever the wall clock does. */
  elapsed(): number;
  /** Calls once, later. Returns what calls it off. */
  after(ms: number, act: () => void): () => void;
}

const NS_PER_MS = 1_000_000n;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => Number(process.hrtime.bigint() / NS_PER_MS),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
