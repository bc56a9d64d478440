/* GET /prices/{symbol}: the current price, revalidated by its position. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { comparePositions, formatPosition, type Position, parsePosition } from "../../../domain/ledger/position";
import { CurrentPrice } from "../../../domain/prices/answers";
import { Symbol as PriceSymbol } from "../../../domain/prices/price";
import { currentPrices } from "../../current-prices";
import { requireSymbols } from "../../middleware/scope";
import { route } from "../../route";

export const SymbolParam = z.object({ symbol: PriceSymbol.describe("`BTC/USD` is written `BTC%2FUSD`") });

/** `<epoch>:<seq>`, as in `?min=` and `?after=`. */
export const PositionText = z.string().transform((text, ctx): Position => {
  const position = parsePosition(text);
  if (position !== undefined) return position;
  ctx.addIssue("must be <epoch>:<seq>");
  return z.NEVER;
});

export const current = route(
  {
    method: "GET",
    path: "/:symbol",
    summary: "The current price of a symbol",
    detail:
      "When its owner cannot be reached: the newest stored value with `stale: true`, never older than `min` or If-None-Match.",
    params: SymbolParam,
    query: z.object({ min: PositionText.optional().describe("What the caller has already seen, `<epoch>:<seq>`") }),
    headers: { "If-None-Match": "The ETag of an earlier answer" },
    answers: {
      200: { description: "With an ETag made of epoch and seq", schema: CurrentPrice },
      304: { description: "Nothing newer than If-None-Match" },
    },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { symbol }, query }) => {
    requireSymbols(c, [symbol]);
    const tags = c.req.header("if-none-match");
    const shown = tagsOf(tags);
    const isAny = tags?.trim() === "*";
    const floor = highest(query.min === undefined ? shown : [...shown, query.min]);
    const floors = new Map(floor === undefined ? [] : [[symbol, floor]]);
    const { prices, missing } = await currentPrices(c.env, [symbol], floors);
    if (missing.length > 0) throw new AppError("not_found", `No price of ${symbol} is known.`);
    const price = prices[0];
    if (price === undefined) throw new AppError("unavailable", `${reasonFor(symbol, floor)} Try again.`);
    const tag = formatPosition(price);
    const headers = { etag: `"${tag}"`, "cache-control": "private, no-cache" };
    const isKnown = isAny || shown.some((position) => formatPosition(position) === tag);
    return isKnown ? new Response(null, { status: 304, headers }) : c.json(price, 200, headers);
  },
);

/** The positions in an If-None-Match list; tags that are none of ours are ignored. */
function tagsOf(header: string | undefined): Position[] {
  const tags = header?.matchAll(/"([^"]*)"/g) ?? [];
  return Array.from(tags, (match) => parsePosition(match[1] as string)).filter((p) => p !== undefined);
}

/** Why neither the owner's price nor a stored one will do. */
function reasonFor(symbol: string, floor: Position | undefined): string {
  if (floor === undefined) return `The owner of ${symbol} cannot be reached.`;
  return `What can be read of ${symbol} now is older than ${formatPosition(floor)}, which you have seen.`;
}

const highest = (positions: Position[]): Position | undefined => positions.toSorted(comparePositions).at(-1);
