/* GET /prices/{symbol}/window: seven figures over the last so many milliseconds. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { PriceWindow } from "../../../domain/prices/answers";
import { WINDOW_MS } from "../../../domain/prices/price";
import { callOwner } from "../../feeds";
import { requireSymbols } from "../../middleware/scope";
import { route, TimeText } from "../../route";
import { SymbolParam } from "./current";

export const window = route(
  {
    method: "GET",
    path: "/:symbol/window",
    summary: "Figures of a sliding window",
    detail:
      "Over [at − window, at], both edges included. Without `at` the right edge is the stream's clock, which runs on " +
      "between quotes, so that the window empties by itself. Figures that are undefined are omitted.",
    params: SymbolParam,
    query: z.object({
      window_ms: z.coerce.number().int().min(WINDOW_MS.min).max(WINDOW_MS.max).default(WINDOW_MS.default),
      at: TimeText.optional().describe("Another right edge: RFC 3339 or epoch ms"),
    }),
    answers: { 200: { description: "The figures", schema: PriceWindow } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { symbol }, query }) => {
    requireSymbols(c, [symbol]);
    const figures = await callOwner(c.env, symbol, (feed) => feed.window(symbol, query.window_ms, query.at ?? null));
    if (!figures.ok) throw new AppError(figures.error.code, figures.error.detail);
    if (figures.value === null) throw new AppError("not_found", `No price of ${symbol} is known.`);
    return c.json(figures.value);
  },
);
