/* Storing requests: one call per owning object, all at once. */
import { type Answered, answerOf } from "../domain/posting";
import type { RequestShare } from "../domain/requests/posting";
import type { RequestCommand } from "../domain/requests/request";
import { appendBatch } from "./call-object";
import { callRequestIntake, notePosted } from "./request-intakes";

export type RequestAnswer = Answered<RequestCommand>;

/** Stores each object's share, whole or not at all. */
export function deliverRequests(env: Env, shares: ReadonlyMap<string, RequestShare>): Promise<RequestAnswer[]> {
  return Promise.all(
    Array.from(shares, async ([name, share]): Promise<RequestAnswer> => {
      const called = await callRequestIntake(env, name, (intake) => appendBatch(intake, share.request));
      if (called.ok && called.value.ok) notePosted(env, name, Date.now());
      return { share, answer: answerOf(called) };
    }),
  );
}

/** The same, counted. */
export async function storeRequests(env: Env, shares: ReadonlyMap<string, RequestShare>) {
  const answers = await deliverRequests(env, shares);
  const receipts = answers.flatMap(({ answer }) => (answer.ok ? answer.receipts : []));
  const duplicates = receipts.filter(({ duplicate }) => duplicate).length;
  return { accepted: receipts.length - duplicates, duplicates, failed: answers.filter(({ answer }) => !answer.ok) };
}
