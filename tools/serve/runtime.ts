/* Miniflare and the workerd under it: started, watched, ended. */

import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import type { D1Database } from "@cloudflare/workers-types";
import { Log, LogLevel, Miniflare, type MiniflareOptions } from "miniflare";
import { type Configuration, databaseOptions } from "./configuration.ts";
import { reasonOf } from "./refusal.ts";

/** More deaths than this within a minute are not bad luck, and starting again would only hide them. */
const RESTARTS_PER_MINUTE = 3;
const MINUTE_MS = 60_000;

/** Counts restarts; true when the one at `now` is one too many. */
export class RestartBudget {
  #recent: number[] = [];

  isSpentAt(now: number): boolean {
    this.#recent = [...this.#recent.filter((at) => now - at < MINUTE_MS), now];
    return this.#recent.length > RESTARTS_PER_MINUTE;
  }
}

/** Miniflare does not tell workerd's pid; Node announces every child it makes. */
export function onRuntimeSpawn(listener: (pid: number) => void): void {
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    child.once("spawn", () => {
      if (child.pid !== undefined && /workerd/.test(child.spawnfile)) listener(child.pid);
    });
  });
}

/** Miniflare's own remarks are not for the operator, except that it could not start workerd again. */
class QuietLog extends Log {
  readonly #onFailure: (reason: string) => void;

  constructor(onFailure: (reason: string) => void) {
    super(LogLevel.ERROR);
    this.#onFailure = onFailure;
  }

  override error(error: Error): void {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ERR_RUNTIME_FAILURE") this.#onFailure(reasonOf(error.cause ?? error));
    else console.error(error.stack ?? error.message);
  }
}

const printWorkerLog = ({ level, message }: { level: string; message: string }) => {
  if (level === "error" || level === "warn") console.error(message);
  else console.log(message);
};

export interface Watch {
  /** The runtime died too often or could not be started again; it no longer serves. */
  onEnd: (reason: string) => void;
}

export async function startRuntime(options: MiniflareOptions, { onEnd }: Watch): Promise<Miniflare> {
  const budget = new RestartBudget();
  const miniflare = new Miniflare({
    ...options,
    log: new QuietLog(onEnd),
    handleStructuredLogs: printWorkerLog,
    unsafeHandleRuntimeRestart: () => {
      if (budget.isSpentAt(Date.now())) onEnd(`it ended more than ${RESTARTS_PER_MINUTE} times within a minute`);
      else console.error("The runtime ended unexpectedly and was started again.");
    },
  });
  await miniflare.ready;
  return miniflare;
}

/** A runtime with the database and nothing else, for as long as `use` takes. */
export async function withDatabase(
  configuration: Configuration,
  storage: string,
  use: (db: D1Database) => Promise<void>,
): Promise<void> {
  const miniflare = new Miniflare({ ...databaseOptions(configuration, storage), log: new Log(LogLevel.NONE) });
  try {
    await use((await miniflare.getD1Database(configuration.database.binding)) as D1Database);
  } finally {
    await miniflare.dispose();
  }
}
