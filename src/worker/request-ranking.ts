/* The largest of a window over all objects. One object alone ranks its own rows: to hand thousands of them over for ten that
 * are shown would hold everyone up. */
import { type Ranking, rank } from "../domain/requests/rank";
import { emptySummary, mergeSummary } from "../domain/requests/summary";
import type { WindowQuestion } from "../domain/requests/window";
import { askEach } from "./ask-each";
import { callRequestIntake, type RequestDoor, requestIntakes } from "./request-intakes";

export async function rankIntakes(
  env: Env,
  now: number,
  question: WindowQuestion,
  k: number,
): Promise<{ ranking: Ranking; unavailable: string[] }> {
  const names = await requestIntakes(env, now);
  const ask = <T>(call: (intake: RequestDoor) => Promise<T>) =>
    askEach(names, (name) => callRequestIntake(env, name, call));
  if (names.length === 1) {
    const { answers, unavailable } = await ask((intake) => intake.ranking(question, k));
    return { ranking: answers[0]?.value ?? rank(emptySummary(), question.metric, k), unavailable };
  }
  const { answers, unavailable } = await ask((intake) => intake.summary(question));
  const [summary = emptySummary(), ...others] = answers.map(({ value }) => value);
  for (const other of others) mergeSummary(summary, other);
  return { ranking: rank(summary, question.metric, k), unavailable };
}
