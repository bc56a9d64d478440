/* When a job that runs by a cron expression is due. The expressions and the time zones are croner's; days of 23 and 25 hours
 * are right there. */
import { Cron } from "croner";

const parsed = new Map<string, Cron>();
const MAX_PARSED = 1_000;

function cronOf(expression: string, timeZone: string): Cron {
  const key = `${timeZone} ${expression}`;
  let cron = parsed.get(key);
  if (cron === undefined) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    cron = new Cron(expression, { timezone: timeZone, mode: "5-part" });
    parsed.set(key, cron);
  }
  return cron;
}

/** The first run after a moment, epoch ms; undefined when there is none. Throws on a bad expression or zone. */
export const nextRun = (expression: string, timeZone: string, after: number): number | undefined =>
  cronOf(expression, timeZone).nextRun(new Date(after))?.getTime();

/** What is wrong with an expression and its zone; undefined when nothing is. */
export function cronProblem(expression: string, timeZone: string): string | undefined {
  try {
    return nextRun(expression, timeZone, 0) === undefined ? "never comes" : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
