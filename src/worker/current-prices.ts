/* Current prices from their owners, one call per object. Where an owner cannot be reached, the newest stored value stands
 * in, marked stale, unless the caller has seen something newer. */
import { comparePositions, type Position } from "../domain/ledger/position";
import type { CurrentPrice, CurrentPrices } from "../domain/prices/answers";
import { newestStored, rolledUpAt, type StoredPrice } from "../storage/queries/prices";
import { byOwner, callFeed, feedName, PRICE_FEED_CLASS } from "./feeds";

const CANDLES = "candles";

export async function currentPrices(
  env: Env,
  symbols: Iterable<string>,
  floors: ReadonlyMap<string, Position>,
): Promise<CurrentPrices> {
  const owners = [...byOwner(env, symbols)];
  const answers = await Promise.all(owners.map(([name, owned]) => callFeed(env, name, (feed) => feed.latest(owned))));
  const found: CurrentPrices = { prices: [], missing: [], unavailable: [] };
  const unreached: string[] = [];
  answers.forEach((answer, i) => {
    const owned = owners[i]?.[1] ?? [];
    if (!answer.ok) unreached.push(...owned);
    for (const symbol of answer.ok ? owned : []) {
      const latest = answer.ok ? answer.value[symbol] : undefined;
      if (latest === undefined) found.missing.push(symbol);
      else if (isBelow(latest, floors.get(symbol))) found.unavailable.push(symbol);
      else found.prices.push(latest);
    }
  });
  await standIn(env, unreached, floors, found);
  return found;
}

const isBelow = (position: Position, floor: Position | undefined): boolean =>
  floor !== undefined && comparePositions(position, floor) < 0;

async function standIn(env: Env, symbols: string[], floors: ReadonlyMap<string, Position>, found: CurrentPrices) {
  const stored = await newestStored(env.DB, symbols);
  for (const symbol of symbols) {
    const price = stored.get(symbol);
    if (price === undefined || isBelow(price, floors.get(symbol))) found.unavailable.push(symbol);
    else found.prices.push(await staleOf(env, price));
  }
}

async function staleOf(env: Env, { symbol, price, timestamp, epoch, seq }: StoredPrice): Promise<CurrentPrice> {
  const at = await rolledUpAt(env.DB, `${PRICE_FEED_CLASS}/${feedName(env, symbol)}`, CANDLES);
  return {
    symbol,
    price,
    volume: null,
    timestamp: new Date(timestamp).toISOString(),
    received_at: null,
    epoch,
    seq,
    stale: true,
    as_of: new Date(at ?? timestamp).toISOString(),
  };
}
