import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { paced } from "../../dashboard/src/ui/paced";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** How often it ran after each of these waits, with many asking after each. */
function ranAfter(...waits: number[]): number[] {
  const run = vi.fn();
  const ask = paced(run, 200);
  return waits.map((ms) => {
    vi.advanceTimersByTime(ms);
    for (let i = 0; i < 1_000; i++) ask();
    return run.mock.calls.length;
  });
}

it("runs at once, seldom in a burst, and always after the last time it was asked for", () => {
  expect(ranAfter(0, 50, 50, 99, 1, 199, 1, 1_000)).toEqual([1, 1, 1, 1, 2, 2, 3, 5]);
});

it("does not wait for a clock that was set back", () => {
  const run = vi.fn();
  const ask = paced(run, 200);
  ask();
  vi.setSystemTime(Date.now() - 3_600_000);
  ask();
  vi.advanceTimersByTime(200);
  expect(run).toHaveBeenCalledTimes(2);
});
