/* A posted batch, whatever it is about: from a body to one request per owning object, and from their answers to one
 * outcome. What a domain adds is in its own posting.ts. */
import type { z } from "zod";
import type { ErrorCode, FieldError } from "./error";
import type { AppendAnswer, AppendEvent, AppendRequest, Receipt } from "./ledger/append";
import { fieldErrors, jsonPointer } from "./problem";
import { err, ok, type Result } from "./result";

export const MAX_EVENTS = 1_000;

type Parsed<T> = { success: true; data: T } | { success: false; error: z.ZodError };

/** One object or an array of them. Every bad field of every event is named; with one of them nothing is accepted.
 * @param check what a schema cannot say, asked of the event as it came: the field, and what is wrong with it */
export function parseEvents<T>(
  body: unknown,
  parse: (event: unknown) => Parsed<T>,
  check: (event: unknown) => { field: string; detail: string } | undefined,
): Result<T[], FieldError[]> {
  const events = Array.isArray(body) ? body : [body];
  const prefix = (i: number) => (Array.isArray(body) ? [i] : []);
  const parsed: T[] = [];
  const errors: FieldError[] = [];
  events.forEach((event, i) => {
    const result = parse(event);
    const wrong = check(event);
    if (result.success) parsed.push(result.data);
    else errors.push(...fieldErrors(result.error, prefix(i)));
    if (wrong !== undefined) errors.push({ pointer: jsonPointer([...prefix(i), wrong.field]), detail: wrong.detail });
  });
  return errors.length > 0 ? err(errors) : ok(parsed);
}

/** One object's share of a batch; `indexes` are the events' places in it. */
export interface Share<T> {
  request: AppendRequest<T>;
  indexes: number[];
}

/** Shares by the owner's name. Events of one object keep their order.
 * @param place the owner's name, and what it is to append */
export function shareOut<E, T>(
  events: readonly E[],
  { key, hash }: { key: string; hash: string },
  place: (event: E) => { owner: string; event: AppendEvent<T> },
): Map<string, Share<T>> {
  const shares = new Map<string, Share<T>>();
  events.forEach((posted, i) => {
    const { owner, event } = place(posted);
    let share = shares.get(owner);
    if (share === undefined) {
      share = { request: { key, hash, events: [] }, indexes: [] };
      shares.set(owner, share);
    }
    share.request.events.push(event);
    share.indexes.push(i);
  });
  return shares;
}

/** An owner's answer, or why there is none. */
export type ShareAnswer = AppendAnswer | { ok: false; code: ErrorCode; detail: string; receipts: Receipt[] };

/** Of a call to an owner: where no answer came, there are no receipts. */
export const answerOf = (called: Result<ShareAnswer, { code: ErrorCode; detail: string }>): ShareAnswer =>
  called.ok ? called.value : { ok: false, receipts: [], ...called.error };

export interface Answered<T> {
  share: Share<T>;
  answer: ShareAnswer;
}

/** The worst that happened. */
export interface Trouble {
  code: ErrorCode;
  detail: string;
  errors: FieldError[];
}

/** The receipt of an event that was stored; otherwise what became of it. An object takes its share whole or not at all:
 * what came along with a conflict fails with it, and coming again as it is would not help. */
export function receiptOf({ answer }: Answered<unknown>, i: number): Receipt | "conflict" | "unavailable" {
  const receipt = answer.receipts[i];
  if (answer.ok && receipt !== undefined) return receipt;
  return !answer.ok && answer.code === "conflict" ? "conflict" : "unavailable";
}

/** Undefined when all is well. Whatever is more than a conflict comes first: sending again may help there.
 * @param pointerOf of the event at a place of the batch */
export function troubleOf(
  answers: readonly Answered<unknown>[],
  pointerOf: (index: number) => string,
): Trouble | undefined {
  const failed = answers.flatMap(({ answer }) => (answer.ok ? [] : [answer]));
  const worst = failed.find((answer) => answer.code !== "conflict") ?? failed[0];
  if (worst === undefined) return undefined;
  return { code: worst.code, detail: worst.detail, errors: errorsOf(answers, pointerOf) };
}

function errorsOf(answers: readonly Answered<unknown>[], pointerOf: (index: number) => string): FieldError[] {
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
  return errors.sort((a, b) => a[0] - b[0]).map(([index, detail]) => ({ pointer: pointerOf(index), detail }));
}
