/* Prices again: the reducer that runs live, fed from the archive. Out come the candles, which must be those in D1 and in the
 * objects, and the figures at each minute's close, which must be those that were told then. */
import { type ArchiveLine, entryOf } from "../../src/domain/archive/line";
import { bucketEnd, RESOLUTION_NAMES, RESOLUTIONS, type Resolution } from "../../src/domain/bucket";
import type { Entry } from "../../src/domain/ledger/reducer";
import type { CandleRow, CurrentPrice } from "../../src/domain/prices/answers";
import { joinPriceParts, type PricePart } from "../../src/domain/prices/candle";
import {
  type CloseData,
  candles,
  feed,
  type PriceFact,
  type PriceState,
  windowFigures,
} from "../../src/domain/prices/feed";
import { WINDOW_MS } from "../../src/domain/prices/price";
import { seriesOf } from "../../src/domain/prices/series";
import {
  type Ask,
  type Comparison,
  compare,
  compareRows,
  newComparison,
  type Replayer,
  type ReplaySpan,
} from "./replayer";

const PARTS_MAX = 2_000;
/** The most that one question for candles is answered with. */
const BUCKETS_MAX = 5_000;
/** How far back a window reaches: before so much was replayed, its figures are not known. */
const REACH_MS = WINDOW_MS.max;

interface Symbol {
  state: PriceState;
  epoch: string;
  seq: number;
  /** From when on everything of it was replayed; −∞ from its beginning. */
  since: number;
  parts: PricePart[];
}

export class PriceReplayer implements Replayer {
  readonly #span: ReplaySpan;
  readonly #symbols = new Map<string, Symbol>();
  readonly #order = newComparison("entries without a gap");
  readonly #closes = newComparison("figures at the close of a minute");

  constructor(span: ReplaySpan) {
    this.#span = span;
  }

  take(line: ArchiveLine): void {
    const entry = entryOf<PriceFact>(line);
    const symbol = this.#symbolOf(entry);
    compare(this.#order, `${entry.stream} ${entry.epoch}`, symbol.seq + 1, entry.seq);
    if (entry.type === "close") this.#checkClose(symbol, entry);
    symbol.state = feed.apply(symbol.state, entry);
    symbol.seq = entry.seq;
    symbol.parts.push(...(candles.parts(entry) as PricePart[]));
    if (symbol.parts.length > PARTS_MAX) symbol.parts = joinPriceParts(symbol.parts);
  }

  #symbolOf({ stream, epoch, seq, at }: Entry<PriceFact>): Symbol {
    let symbol = this.#symbols.get(stream);
    if (symbol === undefined) {
      const since = seq === 1 ? Number.NEGATIVE_INFINITY : at;
      symbol = { state: feed.empty(stream), epoch, seq: seq - 1, since, parts: [] };
      this.#symbols.set(stream, symbol);
    } else if (symbol.epoch !== epoch) {
      // Born again after its deletion, or going on with what it knew after a restore.
      const state = symbol.state.deleted ? feed.empty(stream) : symbol.state;
      Object.assign(symbol, { state, epoch, seq: 0 });
    }
    return symbol;
  }

  #checkClose({ state, since }: Symbol, { stream, at, data }: Entry<PriceFact>): void {
    const { start, figures } = data as CloseData;
    if (at - since < REACH_MS) return;
    const { truncated: _, ...again } = windowFigures(state, WINDOW_MS.default, bucketEnd(Date.parse(start), "minute"));
    compare(this.#closes, `${stream} ${start}`, again, figures);
  }

  async compare(ask: Ask): Promise<Comparison[]> {
    const byResolution = RESOLUTION_NAMES.map((r) => [r, newComparison(`${r} candles`)] as const);
    const last = newComparison("last prices");
    for (const [name, symbol] of this.#symbols) {
      symbol.parts = joinPriceParts(symbol.parts);
      for (const [resolution, comparison] of byResolution) {
        await this.#compareCandles(ask, comparison, name, symbol, resolution);
      }
      await compareLast(ask, last, name, symbol);
    }
    return [this.#order, this.#closes, ...byResolution.map(([, comparison]) => comparison), last];
  }

  /** Whole buckets within the span. */
  async #compareCandles(ask: Ask, comparison: Comparison, name: string, symbol: Symbol, resolution: Resolution) {
    const width = RESOLUTIONS[resolution];
    const end = Math.floor(this.#span.to / width) * width;
    for (let from = Math.ceil(this.#span.from / width) * width; from < end; from += BUCKETS_MAX * width) {
      const to = Math.min(end, from + BUCKETS_MAX * width);
      const rows = seriesOf({ resolution, from, to, clock: to, withWindow: true }, [], symbol.parts);
      if (rows.length === 0 && symbol.state.deleted) continue;
      const path = `/prices/${encodeURIComponent(name)}/candles?resolution=${resolution}&from=${from}&to=${to}&fields=window`;
      const answer = (await ask(path)) as { candles: CandleRow[] } | undefined;
      const plain = ({ partial: _, ...row }: CandleRow) => row;
      compareRows(comparison, name, ({ start }) => start, rows.map(plain), (answer?.candles ?? []).map(plain));
    }
  }
}

/** Only where nothing came since. */
async function compareLast(
  ask: Ask,
  comparison: Comparison,
  name: string,
  { state, epoch, seq }: Symbol,
): Promise<void> {
  const now = (await ask(`/prices/${encodeURIComponent(name)}`)) as CurrentPrice | undefined;
  if (state.deleted && now === undefined) compare(comparison, name, undefined, undefined);
  if (now?.epoch !== epoch || now.seq !== seq || state.latest === undefined) return;
  const { price, volume, timestamp } = state.latest;
  compare(
    comparison,
    name,
    { price, volume, timestamp },
    { price: now.price, volume: now.volume, timestamp: now.timestamp },
  );
}
