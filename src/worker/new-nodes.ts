/* How many nodes a key may register by their first beat. Each isolate counts its own: a bound on what one wild script can
 * leave behind, not a quota. */
import { AppError } from "../domain/error";
import { HOUR_MS } from "../domain/units";
import { BoundedCache } from "./bounded-cache";
import { remembered } from "./remembered";

const countedIn = remembered(() => new BoundedCache<{ nodes: number }>(10_000, HOUR_MS));

/** Whether this key may register another node now. */
export function mayRegister(env: Env, key: string, limit: number, now: number): boolean {
  return (countedIn(env).get(key, now)?.nodes ?? 0) < limit;
}

export const tooManyNodes = (): AppError =>
  new AppError(
    "too_many_requests",
    "This key has registered as many nodes as it may within an hour. Known nodes are heard.",
    {
      retry_after_s: HOUR_MS / 1_000,
    },
  );

export function noteRegistered(env: Env, key: string, nodes: number, now: number): void {
  const counted = countedIn(env);
  const count = counted.get(key, now);
  if (count !== undefined) count.nodes += nodes;
  else if (nodes > 0) counted.set(key, { nodes }, now);
}
