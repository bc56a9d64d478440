/* Miniflare and the workerd under it: started, watched, ended. */

import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import type { D1Database } from "@cloudflare/workers-types";
import type { MiniflareOptions, Miniflare as Runner } from "miniflare";
import { MINUTE_MS } from "../../src/domain/units.ts";
import { type Configuration, databaseOptions } from "./configuration.ts";
import { Log, LogLevel, Miniflare } from "./packages.ts";
import { reasonOf } from "./refusal.ts";

/** More deaths than this within a minute are not bad luck, and starting again would only hide them. */
const RESTARTS_PER_MINUTE = 3;

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
  readonly #onFailure: () => void;

  constructor(onFailure: () => void) {
    super(LogLevel.ERROR);
    this.#onFailure = onFailure;
  }

  override error(error: Error): void {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ERR_RUNTIME_FAILURE") this.#onFailure();
    else console.error(error.stack ?? error.message);
  }
}

const printWorkerLog = ({ level, message }: { level: string; message: string }) => {
  if (level === "error" || level === "warn") console.error(message);
  else console.log(message);
};

/** Keeps a runtime up. Miniflare starts a dead workerd again by itself, but gives up on one that dies while it starts. */
export class Runtime {
  readonly #options: MiniflareOptions;
  readonly #onEnd: (reason: string) => void;
  readonly #budget = new RestartBudget();
  #miniflare: Runner | undefined;
  #isDisposed = false;

  constructor(options: MiniflareOptions, onEnd: (reason: string) => void) {
    this.#options = options;
    this.#onEnd = onEnd;
  }

  async start(): Promise<void> {
    const log = new QuietLog(() => void this.#replace());
    const miniflare = new Miniflare({
      ...this.#options,
      log,
      handleStructuredLogs: printWorkerLog,
      unsafeHandleRuntimeRestart: () => void this.#mayGoOn(),
    });
    this.#miniflare = miniflare;
    await miniflare.ready;
  }

  /** Fires a cron. Resolves with the outcome that the runtime reports. */
  async fire(cron: string, at: Date): Promise<string> {
    const worker = await this.#miniflare?.getWorker();
    const result = await worker?.scheduled({ cron, scheduledTime: at });
    return result?.outcome ?? "not running";
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await disposeQuietly(this.#miniflare);
  }

  #mayGoOn(): boolean {
    if (this.#isDisposed) return false;
    if (this.#budget.isSpentAt(Date.now())) {
      this.#onEnd(`it ended more than ${RESTARTS_PER_MINUTE} times within a minute`);
      return false;
    }
    console.error("The runtime ended unexpectedly and was started again.");
    return true;
  }

  /** A new Miniflare for one that gave up, as often as the budget allows: this one may be killed while it starts as well. */
  async #replace(): Promise<void> {
    while (this.#mayGoOn()) {
      await disposeQuietly(this.#miniflare);
      try {
        return await this.start();
      } catch (error) {
        console.error(`The runtime did not start: ${reasonOf(error)}`);
      }
    }
  }
}

export interface Watch {
  /** It died too often and no longer serves. */
  onEnd: (reason: string) => void;
}

export async function startRuntime(options: MiniflareOptions, { onEnd }: Watch): Promise<Runtime> {
  const runtime = new Runtime(options, onEnd);
  await runtime.start();
  return runtime;
}

/** Disposing of a Miniflare whose workerd never started fails with the reason of that, which has been told already. */
async function disposeQuietly(miniflare: Runner | undefined): Promise<void> {
  await miniflare?.dispose().catch(() => undefined);
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
