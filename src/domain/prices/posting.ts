/* A posted batch of prices: from a body to one request per owning object, and from their answers to one result per event. */
import type { FieldError } from "../error";
import type { AppendEvent } from "../ledger/append";
import { fingerprint } from "../ledger/fingerprint";
import { plainly } from "../plain";
import { type Answered, parseEvents, receiptOf, type Share, shareOut, type Trouble, troubleOf } from "../posting";
import type { Result } from "../result";
import { aheadOf } from "../time";
import type { PostedPrices, PriceResult } from "./answers";
import { plainPrice } from "./plain-price";
import { type PriceCommand, PriceInput } from "./price";

export type PriceShare = Share<PriceCommand>;

export function parsePrices(body: unknown, now: number): Result<PriceInput[], FieldError[]> {
  return parseEvents(body, plainly(plainPrice, PriceInput), (event) => aheadOf(event, now));
}

export interface Sender {
  /** The default source. */
  principal: string;
  key: string;
  hash: string;
}

/** Shares by the owner's name. Events of one object keep their order. */
export function sharesOf(
  events: PriceInput[],
  sender: Sender,
  ownerOf: (symbol: string) => string,
): Map<string, PriceShare> {
  return shareOut(events, sender, (input) => ({
    owner: ownerOf(input.symbol),
    event: eventOf(input, sender.principal),
  }));
}

function eventOf(input: PriceInput, principal: string): AppendEvent<PriceCommand> {
  const body: PriceCommand = { type: "price", price: input.price, timestamp: input.timestamp };
  if (input.volume !== undefined) body.volume = input.volume;
  const event: AppendEvent<PriceCommand> = { stream: input.symbol, source: input.source ?? principal, body };
  if (input.id !== undefined) {
    event.id = input.id;
    event.hash = contentHash(input);
  }
  if (input.source_seq !== undefined) event.seq = input.source_seq;
  if (input.source_session !== undefined) event.session = input.source_session;
  return event;
}

/** What must be the same when an id comes again. A number of the source is not: a restarted source counts anew. */
const contentHash = (e: PriceInput): string =>
  fingerprint(JSON.stringify([e.symbol, e.price, e.timestamp, e.volume ?? null])).toString(36);

export interface Outcome {
  body: PostedPrices;
  /** Undefined when all is well. */
  problem?: Trouble;
}

/** One result per event, in the order sent. */
export function outcomeOf(events: PriceInput[], answers: Answered<PriceCommand>[]): Outcome {
  const results = new Array<PriceResult>(events.length);
  for (const answered of answers) {
    answered.share.indexes.forEach((index, i) => {
      const { symbol } = events[index] as PriceInput;
      results[index] = resultOf(symbol, receiptOf(answered, i));
    });
  }
  const duplicates = results.filter((result) => result.duplicate).length;
  const stored = results.filter((result) => result.status !== "conflict" && result.status !== "unavailable").length;
  const body = { accepted: stored - duplicates, duplicates, results };
  const problem = troubleOf(answers, (index) => `/${index}`);
  return problem === undefined ? { body } : { body, problem };
}

function resultOf(symbol: string, receipt: ReturnType<typeof receiptOf>): PriceResult {
  if (typeof receipt === "string") return { symbol, epoch: null, seq: null, duplicate: false, status: receipt };
  const { epoch, seq, duplicate, status } = receipt;
  return { symbol, epoch, seq, duplicate, status, ...(receipt.late ? { late: true as const } : {}) };
}
