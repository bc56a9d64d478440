/* GET /prices/{symbol}/events: the entries after a position, or the snapshot that stands for them. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import type { RangeAnswer } from "../../../domain/ledger/append";
import { PriceEvents } from "../../../domain/prices/answers";
import { callOwner } from "../../feeds";
import { requireSymbols } from "../../middleware/scope";
import { limit, route } from "../../route";
import { PositionText, SymbolParam } from "./current";

export const events = route(
  {
    method: "GET",
    path: "/:symbol/events",
    summary: "What happened to a symbol after a position",
    detail:
      "Complete and in order. Go on from the last event's epoch and seq while `more` is true; `<epoch>:0` is the beginning " +
      "of an epoch. A snapshot instead where the range is no longer kept, and for who has no position yet.",
    params: SymbolParam,
    query: z.object({
      after: PositionText.optional().describe("`<epoch>:<seq>`; the event at this position is not included"),
      limit: limit(100, 1_000),
    }),
    answers: { 200: { description: "The range or a snapshot", schema: PriceEvents } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { symbol }, query }) => {
    requireSymbols(c, [symbol]);
    const range = await callOwner(c.env, symbol, (feed) => feed.range(symbol, query.after ?? null, query.limit));
    if (!range.ok) throw new AppError(range.error.code, range.error.detail);
    if (range.value.status === "unknown") throw new AppError("not_found", `No price of ${symbol} is known.`);
    return new Response(bodyOf(symbol, range.value), { headers: { "content-type": "application/json" } });
  },
);

/** Frames are JSON texts already: they are put together as they are, so that every reader gets the same bytes. */
function bodyOf(symbol: string, answer: Exclude<RangeAnswer, { status: "unknown" }>): string {
  const { epoch, seq } = answer.head;
  const head = JSON.stringify({ symbol, status: answer.status, epoch, seq }).slice(0, -1);
  if (answer.status === "range") return `${head},"events":[${answer.frames.join(",")}],"more":${answer.more}}`;
  return `${head},"events":[],"snapshot":${answer.snapshot},"more":false}`;
}
