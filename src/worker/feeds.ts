/* The door of PriceFeed objects: which one owns a symbol, and one call per object. */
import { partitionOf } from "../domain/partition";
import type { Result } from "../domain/result";
import { settingsOf } from "../domain/settings";
import type { PriceFeed } from "../durable-objects/price-feed";
import { callObject, type Unreachable } from "./call-object";

export const PRICE_FEED_CLASS = "PriceFeed";

/** The RPC of a PriceFeed as the class has it: the platform's own type of a stub turns tuples into arrays. */
export type FeedDoor = Pick<
  PriceFeed,
  "append" | "appendJson" | "latest" | "range" | "window" | "candles" | "audit" | "wake"
>;

export const feedName = (env: Env, symbol: string): string => partitionOf(symbol, settingsOf(env).PRICE_PARTITIONS);

export function callFeed<T>(
  env: Env,
  name: string,
  call: (feed: FeedDoor) => Promise<T>,
): Promise<Result<T, Unreachable>> {
  return callObject(() => env.PRICE_FEED.getByName(name) as unknown as FeedDoor, call);
}

/** The one who owns the symbol. */
export const callOwner = <T>(env: Env, symbol: string, call: (feed: FeedDoor) => Promise<T>) =>
  callFeed(env, feedName(env, symbol), call);

/** Symbols by the object that owns them. */
export function byOwner(env: Env, symbols: Iterable<string>): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const symbol of symbols) {
    const name = feedName(env, symbol);
    const owned = owners.get(name);
    if (owned === undefined) owners.set(name, [symbol]);
    else owned.push(symbol);
  }
  return owners;
}
