/* Whether what is polled is the present, and since when not. */
import { now } from "./clock";
import { clockTime } from "./format";
import type { Polled } from "./polled";

/** So long without an answer, and what is shown is not the present. */
const STALE_MS = 6_000;

export const isStale = ({ at, problem }: Pick<Polled<unknown>, "at" | "problem">, moment: number): boolean =>
  problem !== undefined || (at !== undefined && moment - at > STALE_MS);

/** Whoever calls renders again when it becomes true. */
export const useIsStale = (polled: Pick<Polled<unknown>, "at" | "problem">): boolean => isStale(polled, now.value);

/** @param asOf up to when it is known, by the server's clock */
export function LiveWord({ asOf, isOld }: { asOf: number; isOld: boolean }) {
  if (!isOld) {
    return (
      <span class="live-word up small tabular" data-live="yes">
        live, up to {clockTime(asOf)} UTC
      </span>
    );
  }
  return (
    <span class="live-word stale-word small tabular" role="status" data-live="no">
      not live since {clockTime(asOf)} UTC
    </span>
  );
}
