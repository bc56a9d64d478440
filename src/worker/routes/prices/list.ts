/* GET /prices: the current prices of the symbols asked for, or without any the list of known symbols. */
import * as z from "zod";
import { scopeAllows } from "../../../domain/access/scope";
import { type Position, parsePosition } from "../../../domain/ledger/position";
import { CurrentPrices, KnownSymbols } from "../../../domain/prices/answers";
import { Symbol as PriceSymbol } from "../../../domain/prices/price";
import { type KnownSymbol, listSymbols } from "../../../storage/queries/prices";
import type { AppContext } from "../../context";
import { currentPrices } from "../../current-prices";
import { requireSymbols } from "../../middleware/scope";
import { newSymbols } from "../../new-symbols";
import { pageOf } from "../../page";
import { cursorNamed, limit, route } from "../../route";

const MAX_SYMBOLS = 200;

const SymbolList = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(PriceSymbol).min(1).max(MAX_SYMBOLS));

const Floors = z
  .string()
  .max(MAX_SYMBOLS * 64)
  .transform((text, ctx) =>
    text.split(",").map((part): Position | undefined => {
      const position = parsePosition(part);
      if (part !== "" && position === undefined)
        ctx.addIssue("must be <epoch>:<seq> for each symbol, or nothing for it");
      return position;
    }),
  );

const Query = z.object({
  symbols: SymbolList.optional().describe("At most 200, separated by commas"),
  min: Floors.optional().describe("What the caller has seen of each symbol, `<epoch>:<seq>,…` in the same order"),
  limit: limit(1_000, 10_000),
  cursor: cursorNamed(PriceSymbol),
});

export const list = route(
  {
    method: "GET",
    path: "/",
    summary: "Current prices of many symbols, or the list of known symbols",
    detail:
      "With `symbols`: their prices, those never posted in `missing`, those whose owner cannot be reached in " +
      "`unavailable` (or, where something newer than `min` is stored, in `prices` with `stale: true`). " +
      "Without: known symbols by name; the list is read from the registry and may lag by a second.",
    query: Query,
    answers: { 200: { description: "Prices, or a page of symbols", schema: z.union([CurrentPrices, KnownSymbols]) } },
    errors: ["invalid_request"],
  },
  async (c, { query }) => {
    if (query.symbols === undefined) return c.json(await known(c, query.cursor ?? "", query.limit));
    const floors = new Map<string, Position>();
    query.symbols.forEach((symbol, i) => {
      const floor = query.min?.[i];
      if (floor !== undefined) floors.set(symbol, floor);
    });
    const symbols = new Set(query.symbols);
    requireSymbols(c, symbols);
    return c.json(await currentPrices(c.env, symbols, floors));
  },
);

async function known(c: AppContext, after: string, count: number): Promise<z.infer<typeof KnownSymbols>> {
  const { scope } = c.get("principal");
  const now = Date.now();
  const rows = await listSymbols(c.env.DB, after, scope?.symbols ?? null, count + 1);
  const fresh = newSymbols(c.env, now)
    .filter(([symbol]) => symbol > after && scopeAllows(scope, "symbols", symbol))
    .map(([symbol, at]) => ({ symbol, registered_at: at }));
  const { page, next_cursor } = pageOf(merged(rows, fresh), count, ({ symbol }) => symbol);
  return {
    symbols: page.map((row) => ({ symbol: row.symbol, registered_at: new Date(row.registered_at).toISOString() })),
    next_cursor,
    as_of: new Date(now).toISOString(),
  };
}

/** By symbol, each once, D1's row first. */
function merged(rows: KnownSymbol[], fresh: KnownSymbol[]): KnownSymbol[] {
  const bySymbol = new Map([...fresh, ...rows].map((row) => [row.symbol, row]));
  return [...bySymbol.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}
