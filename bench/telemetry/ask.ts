/* Questions asked while a load runs: how long each took. */
import { setTimeout as pause } from "node:timers/promises";
import type { Figure } from "../scenario.ts";
import { rounded, type Spread, spreadOf } from "../statistics.ts";

export interface Question {
  what: string;
  path: string;
}

/** Asks each question in turn, ten a second in all, until `work` ends. A question that is refused is an error. */
export async function askWhile<T>(
  server: { fetch(path: string): Promise<Response> },
  questions: readonly Question[],
  work: () => Promise<T>,
): Promise<[T, Map<string, Spread>]> {
  const times = new Map<string, number[]>(questions.map(({ what }) => [what, []]));
  let isOver = false;
  const asking = (async () => {
    for (let i = 0; !isOver; i++) {
      const { what, path } = questions[i % questions.length] as Question;
      const startedAt = performance.now();
      const response = await server.fetch(path);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${what}: ${path} was answered ${response.status}.`);
      times.get(what)?.push(performance.now() - startedAt);
      await pause(100);
    }
  })();
  try {
    const result = await Promise.race([work(), asking.then(() => Promise.reject(new Error("nobody asks any more")))]);
    isOver = true;
    await asking;
    return [result, new Map([...times].map(([what, all]) => [what, spreadOf(all)]))];
  } finally {
    isOver = true;
  }
}

/** How long a question took while the load ran. */
export const answerFigure = (what: string, { p50, p99, count }: Spread): Figure => ({
  what: `${what}, meanwhile: p99`,
  unit: "ms",
  value: p99,
  rounds: [p99],
  aims: [{ of: "value", bound: "at most", value: 25 }],
  more: { "p50 ms": rounded(p50), asked: count },
});
