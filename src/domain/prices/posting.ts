/* A posted batch: from a body to one request per owning object, and from their answers to one result per event. */
import type { ErrorCode, FieldError } from "../error";
import type { AppendAnswer, AppendEvent, AppendRequest, Receipt } from "../ledger/append";
import { fingerprint } from "../ledger/fingerprint";
import { fieldErrors, jsonPointer } from "../problem";
import { err, ok, type Result } from "../result";
import type { PostedPrices, PriceResult } from "./answers";
import { plainPrice } from "./plain-price";
import { LIES_AHEAD, liesAhead, type PriceCommand, PriceInput } from "./price";

export const MAX_EVENTS = 1_000;

/** One object or an array of them. Every bad field of every event is named; with one of them nothing is accepted. */
export function parsePrices(body: unknown, now: number): Result<PriceInput[], FieldError[]> {
  const events = Array.isArray(body) ? body : [body];
  const prefix = (i: number) => (Array.isArray(body) ? [i] : []);
  const parsed: PriceInput[] = [];
  const errors: FieldError[] = [];
  events.forEach((event, i) => {
    const plain = plainPrice(event);
    const result = plain === undefined ? PriceInput.safeParse(event) : { success: true as const, data: plain };
    if (!result.success) errors.push(...fieldErrors(result.error, prefix(i)));
    else if (liesAhead(result.data.timestamp, now)) {
      errors.push({ pointer: jsonPointer([...prefix(i), "timestamp"]), detail: LIES_AHEAD });
    } else parsed.push(result.data);
  });
  return errors.length > 0 ? err(errors) : ok(parsed);
}

/** One object's share of a batch; `indexes` are the events' places in it. */
export interface Share {
  request: AppendRequest<PriceCommand>;
  indexes: number[];
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
): Map<string, Share> {
  const shares = new Map<string, Share>();
  events.forEach((event, i) => {
    const owner = ownerOf(event.symbol);
    let share = shares.get(owner);
    if (share === undefined) {
      share = { request: { key: sender.key, hash: sender.hash, events: [] }, indexes: [] };
      shares.set(owner, share);
    }
    share.request.events.push(eventOf(event, sender.principal));
    share.indexes.push(i);
  });
  return shares;
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

/** An owner's answer, or why there is none. */
export type ShareAnswer = AppendAnswer | { ok: false; code: ErrorCode; detail: string; receipts: Receipt[] };

export interface Outcome {
  body: PostedPrices;
  /** The worst that happened: undefined when all is well. */
  problem?: { code: ErrorCode; detail: string; errors: FieldError[] };
}

export interface Answered {
  share: Share;
  answer: ShareAnswer;
}

/** One result per event, in the order sent. */
export function outcomeOf(events: PriceInput[], answers: Answered[]): Outcome {
  const results = new Array<PriceResult>(events.length);
  for (const { share, answer } of answers) {
    share.indexes.forEach((index, i) => {
      const { symbol } = events[index] as PriceInput;
      results[index] = resultOf(symbol, answer.receipts[i], answer.ok ? undefined : answer.code);
    });
  }
  const duplicates = results.filter((result) => result.duplicate).length;
  const stored = results.filter((result) => result.status !== "conflict" && result.status !== "unavailable").length;
  const body = { accepted: stored - duplicates, duplicates, results };
  const worst = worstOf(answers);
  if (worst === undefined) return { body };
  return { body, problem: { code: worst.code, detail: worst.detail, errors: problemsOf(answers) } };
}

/** Whatever is more than a conflict comes first: sending again may help there. */
function worstOf(answers: Answered[]): { code: ErrorCode; detail: string } | undefined {
  const failed = answers.flatMap(({ answer }) => (answer.ok ? [] : [answer]));
  return failed.find((answer) => answer.code !== "conflict") ?? failed[0];
}

function resultOf(symbol: string, receipt: Receipt | undefined, code: ErrorCode | undefined): PriceResult {
  // An object takes its share whole or not at all: what came along with a conflict fails with it, and coming again
  // as it is would not help, which is what `unavailable` would say.
  if (code !== undefined || receipt === undefined) {
    const status = code === "conflict" ? "conflict" : "unavailable";
    return { symbol, epoch: null, seq: null, duplicate: false, status };
  }
  const { epoch, seq, duplicate, status } = receipt;
  return { symbol, epoch, seq, duplicate, status, ...(receipt.late ? { late: true as const } : {}) };
}

function problemsOf(answers: Answered[]): FieldError[] {
  const errors: [index: number, detail: string][] = [];
  for (const { share, answer } of answers) {
    if (answer.ok) continue;
    share.indexes.forEach((index, i) => {
      if (answer.code !== "conflict") errors.push([index, "not stored; send it again"]);
      else if (answer.receipts[i]?.status === "unavailable")
        errors.push([index, "not stored, because of the conflict"]);
      else errors.push([index, "came before with other content"]);
    });
  }
  return errors.sort((a, b) => a[0] - b[0]).map(([index, detail]) => ({ pointer: `/${index}`, detail }));
}
