/* Fires the crons of wrangler.toml, which Miniflare never does, and runs one on request. */
import { existsSync } from "node:fs";
import { MINUTE_MS } from "../../src/domain/units.ts";
import { constantOf } from "./bundle.ts";
import { parseCron } from "./cron-expression.ts";
import { reasonOf } from "./refusal.ts";

/** Names and expressions as the Worker itself lists them; a Worker without a list has its expressions only. */
const SCHEDULE = "src/worker/schedule.ts";

export async function namedCrons(file = SCHEDULE): Promise<Record<string, string>> {
  if (!existsSync(file)) return {};
  return ((await constantOf(file, "CRONS")) ?? {}) as Record<string, string>;
}

/** A cron of the first minute. The runtime may die meanwhile, as at any time: it is started again, and the cron comes at its own time. */
export async function firstRun(name: string, run: (name: string) => Promise<unknown>): Promise<void> {
  await run(name).catch((error: unknown) => console.error(`Cron ${name} failed: ${reasonOf(error)}`));
}

export class CronTimer {
  readonly #due: (at: Date) => string[];
  readonly #fire: (cron: string, at: Date) => Promise<unknown>;
  #timer: NodeJS.Timeout | undefined;

  constructor(expressions: string[], fireCron: (cron: string, at: Date) => Promise<unknown>) {
    const crons = expressions.map((expression) => ({ expression, isDue: parseCron(expression) }));
    this.#due = (at) => crons.filter((cron) => cron.isDue(at)).map((cron) => cron.expression);
    this.#fire = fireCron;
  }

  /** Every start of a minute. A machine that slept fires the minute it wakes in, not those it missed. */
  start(): void {
    const next = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    this.#timer = setTimeout(() => {
      this.start();
      this.#run(new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS));
    }, next - Date.now());
  }

  /** What is under way fails with the runtime that goes, and there is nothing to say of that. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #run(at: Date): void {
    for (const cron of this.#due(at)) {
      this.#fire(cron, at).catch((error: unknown) => {
        if (this.#timer !== undefined) console.error(`Cron ${cron} failed: ${reasonOf(error)}`);
      });
    }
  }
}
