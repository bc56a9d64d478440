/* POST /prices: the door for sources. One call per owning object, all at once; what one object refuses or cannot take
 * does not touch what another has stored. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { type Answered, answerOf, MAX_EVENTS } from "../../../domain/posting";
import { PostedPrices } from "../../../domain/prices/answers";
import { outcomeOf, type PriceShare, parsePrices, sharesOf } from "../../../domain/prices/posting";
import { type PriceCommand, PriceInput } from "../../../domain/prices/price";
import { appendBatch } from "../../call-object";
import type { AppContext } from "../../context";
import { callFeed, feedName } from "../../feeds";
import { requireSymbols } from "../../middleware/scope";
import { noteNewSymbols } from "../../new-symbols";
import { eventsIn, readJson } from "../../read-body";
import { requestKey } from "../../request-key";
import { route } from "../../route";

export const post = route(
  {
    method: "POST",
    path: "/",
    summary: "Post one price or an array of them",
    detail:
      "At most 1,000 prices and 1 MB, `Content-Encoding: gzip` taken, JSON whatever the Content-Type says. A 2xx means " +
      "stored durably. All or nothing per owning object; sending the whole batch again under the same ids or the same " +
      "Idempotency-Key is safe.",
    headers: { "Idempotency-Key": "Makes the whole request safe to repeat" },
    body: z.union([PriceInput, z.array(PriceInput).max(MAX_EVENTS)]),
    answers: { 200: { description: "Every price is stored", schema: PostedPrices } },
    errors: ["invalid_request", "too_large", "unsupported_encoding", "conflict", "unavailable"],
  },
  async (c) => {
    const { text, value } = await readJson(c);
    const events = eventsIn(value, "prices in one request", parsePrices);
    requireSymbols(c, symbolsOf(events));
    const sender = { principal: c.get("principal").id, ...requestKey(c, text) };
    const shares = sharesOf(events, sender, (symbol) => feedName(c.env, symbol));
    const answers = await Promise.all(Array.from(shares, ([name, share]) => deliver(c, name, share)));
    const { body, problem } = outcomeOf(events, answers);
    noteNewSymbols(c.env, body.results, Date.now());
    if (problem !== undefined) throw new AppError(problem.code, problem.detail, body, problem.errors);
    return c.json(body);
  },
);

function* symbolsOf(events: PriceInput[]): Generator<string> {
  for (const event of events) yield event.symbol;
}

async function deliver(c: AppContext, name: string, share: PriceShare): Promise<Answered<PriceCommand>> {
  const called = await callFeed(c.env, name, (feed) => appendBatch(feed, share.request));
  return { share, answer: answerOf(called) };
}
