/* Prices in an installation: what a source posts, and what the Worker does for it. The topic of symbols, hubs and reads are
 * not in it: they are bounded by symbols or listeners and not by ticks. */
import type { AppendEvent } from "../../src/domain/ledger/append";
import { partitionOf } from "../../src/domain/partition";
import { candles, feed, type PriceFact, type PriceState } from "../../src/domain/prices/feed";
import { sharesOf } from "../../src/domain/prices/posting";
import type { PriceCommand, PriceInput } from "../../src/domain/prices/price";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { introduceSymbols } from "../../src/durable-objects/symbols";
import { Installation } from "./installation";

/** As in wrangler.toml. */
const OUTBOX_DELAY_MS = 60_000;

export class PriceInstallation extends Installation {
  readonly #partitions: number | undefined;

  /** @param partitions as PRICE_PARTITIONS; undefined is one object per symbol */
  constructor(start: number, partitions?: number) {
    super(start);
    this.#partitions = partitions;
  }

  /** Ticks that D1 has in its minute candles. */
  get rolledUp(): number {
    const sum = "SELECT coalesce(sum(count), 0) AS n FROM candles WHERE resolution = 'minute'";
    return this.d1.rows<{ n: number }>(sum)[0]?.n ?? 0;
  }

  async post(prices: PriceInput[]): Promise<void> {
    this.counted.requests++;
    this.counted.events += prices.length;
    const sender = { principal: "bench", key: `request-${this.counted.requests}`, hash: "" };
    const shares = sharesOf(prices, sender, (symbol) => partitionOf(symbol, this.#partitions));
    for (const [name, { request }] of shares) {
      this.counted.object_calls++;
      const answer = await this.#feed(name).append(request as { events: AppendEvent<PriceCommand>[] } & typeof request);
      if (!answer.ok) throw new Error(`An append was refused: ${answer.detail}`);
    }
  }

  #feed(name: string): Ledger<PriceState, PriceCommand, PriceFact> {
    return this.ledger(
      `PriceFeed/${name}`,
      ({ ctx, ...surroundings }) =>
        new Ledger<PriceState, PriceCommand, PriceFact>(ctx, {
          ...surroundings,
          reducer: feed,
          outputs: [candles],
          delayMs: OUTBOX_DELAY_MS,
          deliver: async () => ({ have: {} }),
          introduce: (births) => introduceSymbols(this.env, name, births),
        }),
    );
  }
}
