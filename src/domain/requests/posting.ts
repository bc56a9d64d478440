/* Posted requests: from a body to one share per owning object, and from their answers to one result per request. */
import type { FieldError } from "../error";
import type { AppendEvent } from "../ledger/append";
import { fingerprint } from "../ledger/fingerprint";
import { plainly } from "../plain";
import { type Answered, parseEvents, receiptOf, type Share, shareOut, type Trouble, troubleOf } from "../posting";
import type { Result } from "../result";
import { aheadOf } from "../time";
import type { PostedRequests, RequestResult } from "./answers";
import { type EndpointRule, routeOf } from "./endpoint";
import { plainRequest } from "./plain-request";
import { type LoggedRequest, type RequestCommand, RequestInput } from "./request";

export type RequestShare = Share<RequestCommand>;

/** Which object keeps a request: all of a source, or one of its partitions. */
export const intakeName = (source: string, requestId: string, partitions: number | undefined): string =>
  `${source}/${partitions === undefined ? 0 : fingerprint(requestId) % partitions}`;

export function parseRequests(body: unknown, now: number): Result<RequestInput[], FieldError[]> {
  return parseEvents(body, plainly(plainRequest, RequestInput), (event) => aheadOf(event, now));
}

export const loggedOf = (input: RequestInput, rules: readonly EndpointRule[]): LoggedRequest => ({
  ...input,
  route: routeOf(input.endpoint, rules),
});

export interface Sender {
  source: string;
  key: string;
  hash: string;
}

/** Shares by the owner's name.
 * @param own whether ids are the source's own: then each request has an identity beside that of the whole */
export function sharesOf(
  requests: readonly LoggedRequest[],
  { source, ...request }: Sender,
  partitions: number | undefined,
  own = true,
): Map<string, RequestShare> {
  return shareOut(requests, request, (logged) => {
    const owner = intakeName(source, logged.request_id, partitions);
    const event: AppendEvent<RequestCommand> = {
      stream: owner,
      source,
      body: { type: "request", request: logged },
      ...(own ? { id: logged.request_id, hash: contentHash(logged) } : {}),
    };
    return { owner, event };
  });
}

/** What must be the same when an id comes again. The rules may have changed meanwhile. */
function contentHash(request: LoggedRequest): string {
  const { timestamp, user_id, endpoint, method, status_code, latency_ms, bytes } = request;
  const fields = [timestamp, user_id, endpoint, method, status_code, latency_ms, bytes];
  return fingerprint(JSON.stringify(fields)).toString(36);
}

export interface Outcome {
  body: PostedRequests;
  /** Undefined when all is well. */
  problem?: Trouble;
}

/** One result per request, in the order sent. */
export function outcomeOf(requests: readonly RequestInput[], answers: Answered<RequestCommand>[]): Outcome {
  const results = new Array<RequestResult>(requests.length);
  for (const answered of answers) {
    answered.share.indexes.forEach((index, i) => {
      const { request_id } = requests[index] as RequestInput;
      const receipt = receiptOf(answered, i);
      if (typeof receipt === "string") results[index] = { request_id, status: receipt, duplicate: false };
      else
        results[index] = {
          request_id,
          status: receipt.duplicate ? "duplicate" : "accepted",
          duplicate: receipt.duplicate,
        };
    });
  }
  const accepted = results.filter(({ status }) => status === "accepted").length;
  const duplicates = results.filter(({ duplicate }) => duplicate).length;
  const body = { accepted, duplicates, results };
  const problem = troubleOf(answers, (index) => `/${index}`);
  return problem === undefined ? { body } : { body, problem };
}
