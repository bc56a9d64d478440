/* The same question to several objects at once: what was answered, and by whom it was not. */
import type { Result } from "../domain/result";
import type { Unreachable } from "./call-object";

/** The answers of those that answered, and the names of those that did not; both in the order asked. */
export interface EachAnswer<T> {
  answers: { name: string; value: T }[];
  unavailable: string[];
}

/** One call per object, all at once. */
export async function askEach<T>(
  names: readonly string[],
  call: (name: string) => Promise<Result<T, Unreachable>>,
): Promise<EachAnswer<T>> {
  const each: EachAnswer<T> = { answers: [], unavailable: [] };
  const called = await Promise.all(names.map(async (name) => ({ name, answer: await call(name) })));
  for (const { name, answer } of called) {
    if (answer.ok) each.answers.push({ name, value: answer.value });
    else each.unavailable.push(name);
  }
  return each;
}
