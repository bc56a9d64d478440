/* POST /requests: what a system's log says of the requests it answered. One call for the source's object (or one for each of
 * its partitions, at once). */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { MAX_EVENTS } from "../../../domain/posting";
import { PostedRequests } from "../../../domain/requests/answers";
import { loggedOf, outcomeOf, parseRequests, sharesOf } from "../../../domain/requests/posting";
import { RequestInput } from "../../../domain/requests/request";
import { type AppContext, settings } from "../../context";
import { eventsIn, readJson, readText } from "../../read-body";
import { requestKey } from "../../request-key";
import { route } from "../../route";
import { deliverRequests } from "../../store-requests";

export const post = route(
  {
    method: "POST",
    path: "/",
    summary: "Post one request or an array of them",
    detail:
      "At most 1,000 requests and 1 MB, gzip taken. With the Content-Type `application/x-ndjson` each line is one " +
      "request. A 2xx means stored durably. Sending the same again is safe: a request_id counts once.",
    headers: { "Idempotency-Key": "Makes the whole body safe to repeat" },
    body: z.union([RequestInput, z.array(RequestInput).max(MAX_EVENTS)]),
    answers: { 200: { description: "Every request is stored", schema: PostedRequests } },
    errors: ["invalid_request", "too_large", "unsupported_encoding", "conflict", "unavailable"],
  },
  async (c) => {
    const { text, value } = await readPosted(c);
    const inputs = eventsIn(value, "requests in one body", parseRequests);
    const { ENDPOINT_RULES, REQUEST_PARTITIONS } = settings(c);
    const sender = { source: c.get("principal").id, ...requestKey(c, text) };
    const logged = inputs.map((input) => loggedOf(input, ENDPOINT_RULES));
    const shares = sharesOf(logged, sender, REQUEST_PARTITIONS);
    const answers = await deliverRequests(c.env, shares);
    const { body, problem } = outcomeOf(inputs, answers);
    if (problem !== undefined) throw new AppError(problem.code, problem.detail, body, problem.errors);
    return c.json(body);
  },
);

const NDJSON = /^application\/(x-)?(ndjson|jsonl|json-lines|jsonlines)\b/i;
export const isNdjson = (c: AppContext): boolean => NDJSON.test(c.req.header("content-type") ?? "");

async function readPosted(c: AppContext): Promise<{ text: string; value: unknown }> {
  if (!isNdjson(c)) return readJson(c);
  const text = await readText(c);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const value = lines.map((line, i) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw new AppError("invalid_request", `Line ${i + 1} is not JSON.`, {}, [
        { pointer: `/${i}`, detail: 'must be JSON such as {"request_id":"1","timestamp":"2026-11-21T10:00:00Z",…}' },
      ]);
    }
  });
  return { text, value };
}
