/* Symbols that this isolate saw begin. D1's registry has them within about a second; until then they are added to the
 * lists this isolate answers, so that who posts a price finds it. */
import type { PriceResult } from "../domain/prices/answers";
import { BoundedCache } from "./bounded-cache";
import { remembered } from "./remembered";

const seenIn = remembered(() => new BoundedCache<number>(1_000, 60_000));

/** The first entry of a stream has seq 1. */
export function noteNewSymbols(env: Env, results: PriceResult[], now: number): void {
  const seen = seenIn(env);
  for (const { symbol, seq, status } of results) {
    if (seq === 1 && status === "accepted" && seen.get(symbol, now) === undefined) seen.set(symbol, now, now);
  }
}

export const forgetSymbol = (env: Env, symbol: string): void => seenIn(env).delete(symbol);

/** With the time each was first seen. */
export const newSymbols = (env: Env, now: number): [symbol: string, at: number][] => [...seenIn(env).live(now)];
