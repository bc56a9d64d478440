/* DELETE /prices/{symbol}: an entry like any other, after which the symbol is unknown. */
import { AppError } from "../../../domain/error";
import { DeletedPrice } from "../../../domain/prices/answers";
import { callOwner } from "../../feeds";
import { requireSymbols } from "../../middleware/scope";
import { forgetSymbol } from "../../new-symbols";
import { requestKey } from "../../request-key";
import { route } from "../../route";
import { SymbolParam } from "./current";

export const deleteSymbol = route(
  {
    method: "DELETE",
    path: "/:symbol",
    summary: "Delete a symbol",
    detail:
      "Readers get a frame `deleted`; state and candles go once that is confirmed. The next post begins a new epoch.",
    params: SymbolParam,
    answers: { 200: { description: "The position of the deletion", schema: DeletedPrice } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { symbol } }) => {
    requireSymbols(c, [symbol]);
    // Asked first: a deletion of something unknown would begin its stream.
    const known = await callOwner(c.env, symbol, (feed) => feed.latest([symbol]));
    if (!known.ok) throw new AppError(known.error.code, known.error.detail);
    if (known.value[symbol] === undefined) throw new AppError("not_found", `No price of ${symbol} is known.`);
    const event = { stream: symbol, source: c.get("principal").id, body: { type: "delete" as const } };
    const request = { ...requestKey(c, `DELETE ${symbol}`), events: [event] };
    const deleted = await callOwner(c.env, symbol, (feed) => feed.append(request));
    if (!deleted.ok) throw new AppError(deleted.error.code, deleted.error.detail);
    if (!deleted.value.ok) throw new AppError(deleted.value.code, deleted.value.detail);
    forgetSymbol(c.env, symbol);
    const receipt = deleted.value.receipts[0];
    return c.json({ symbol, epoch: receipt?.epoch ?? null, seq: receipt?.seq ?? null });
  },
);
