/* PriceFeed: one object per symbol, or per partition of symbols; named by partitionOf(symbol); woken by prices, by hubs
 * that listen, and by one alarm (the close of a minute, the outbox, frames not yet answered).
 * What a price means is domain/prices/feed.ts; order, exactly-once and everything that follows is the ledger. */
import type { Cursor } from "../domain/event";
import type { AppendAnswer, AppendRequest, RangeAnswer } from "../domain/ledger/append";
import type { Position } from "../domain/ledger/position";
import type { PricePart } from "../domain/prices/candle";
import { candles, feedOf, type PriceFact, type PriceState, streamClock, windowFigures } from "../domain/prices/feed";
import type { Latest, PriceCommand, WindowAnswer } from "../domain/prices/price";
import { QuoteBudget } from "../domain/prices/window";
import { Ledger } from "./ledger/ledger";
import { LedgerObject } from "./ledger-object";
import { archived, surroundings } from "./surroundings";
import { introduceSymbols } from "./symbols";

export class PriceFeed extends LedgerObject<PriceState, PriceCommand, PriceFact> {
  protected readonly ledger = new Ledger<PriceState, PriceCommand, PriceFact>(this.ctx, {
    ...surroundings(this.ctx, this.env, "PriceFeed"),
    reducer: feedOf(new QuoteBudget()),
    outputs: [candles, archived(this.env)],
    introduce: (births) => introduceSymbols(this.env, this.ctx.id.name ?? "", births),
  });

  append(request: AppendRequest<PriceCommand>): Promise<AppendAnswer> {
    return this.ledger.append(request);
  }

  /** The current price of each known symbol of those asked. */
  async latest(symbols: string[]): Promise<Record<string, Latest>> {
    const found: Record<string, Latest> = {};
    for (const symbol of symbols) {
      const stream = await this.ledger.stream(symbol);
      const latest = stream?.state.latest;
      if (stream && latest) found[symbol] = { symbol, ...latest, epoch: stream.epoch, seq: stream.seq };
    }
    return found;
  }

  range(symbol: string, after: Position | null, limit: number): Promise<RangeAnswer> {
    return this.ledger.range(symbol, after, limit);
  }

  /** The figures over [at − windowMs, at]; without `at`, up to the stream's clock. Null for an unknown symbol. */
  async window(symbol: string, windowMs: number, at: number | null): Promise<WindowAnswer | null> {
    const stream = await this.ledger.stream(symbol);
    if (stream === undefined) return null;
    const edge = at ?? streamClock(stream.state, Date.now());
    return {
      symbol,
      window_ms: windowMs,
      at: new Date(edge).toISOString(),
      ...windowFigures(stream.state, windowMs, edge),
    };
  }

  /** What D1 at cursor `from` does not have yet of [fromMs, toMs), and the stream's clock: together they are exact.
   * `parts` is null when D1 is further by now: read it again. Null for an unknown symbol. */
  async candles(
    symbol: string,
    from: Cursor,
    fromMs: number,
    toMs: number,
  ): Promise<{ parts: PricePart[] | null; clock: number } | null> {
    const stream = await this.ledger.stream(symbol);
    if (stream === undefined) return null;
    const clock = streamClock(stream.state, Date.now());
    const parts = (await this.ledger.partsAfter("candles", from)) as PricePart[] | undefined;
    if (parts === undefined) return { parts: null, clock };
    const isWanted = (p: PricePart) =>
      p.symbol === symbol && (p.kind === "deleted" || (p.start >= fromMs && p.start < toMs));
    return { parts: parts.filter(isWanted), clock };
  }
}
