/* The other end of load processes: forked, asked, ended with whoever forked them. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { OpenLoopJob, OpenLoopLog } from "./open-loop.ts";
import type { Crowd, CrowdAnswer, CrowdProgress, CrowdRequest } from "./subscribers.ts";

function start(file: string, mode: string): ChildProcess {
  // Typed arrays travel as they are.
  return fork(new URL(file, import.meta.url), [mode], { serialization: "advanced" });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  if (child.connected) child.disconnect();
  await exited;
}

/** The next message of a child; rejects when it ends instead. */
async function reply<T>(child: ChildProcess): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([
      once(child, "message", { signal: over.signal }).then(([message]) => message as T),
      once(child, "exit", { signal: over.signal }).then(() => {
        throw new Error("A load process ended before it answered; what it wrote is above.");
      }),
    ]);
  } finally {
    over.abort();
  }
}

/** Runs one job in a process of its own. */
export async function openLoop(job: OpenLoopJob): Promise<OpenLoopLog> {
  const child = start("./open-loop.ts", "serve-open-loop");
  try {
    const log = reply<OpenLoopLog>(child);
    child.send(job);
    return await log;
  } finally {
    await end(child);
  }
}

/** Sockets in a process of their own. */
export class Subscribers {
  readonly #child: ChildProcess;
  #awaited: ((answer: CrowdAnswer) => void) | undefined;
  #refused: ((error: Error) => void) | undefined;
  /** Called for each tick that has reached every socket. */
  onProgress: () => void = () => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: CrowdAnswer | CrowdProgress) => {
      if ("reached" in message) this.onProgress();
      else this.#awaited?.(message);
    });
    child.once("exit", () => this.#refused?.(new Error("The subscribers ended; what they wrote is above.")));
  }

  /** Resolves when every socket has what was there before. */
  static async open(crowd: Crowd): Promise<Subscribers> {
    const subscribers = new Subscribers(start("./subscribers.ts", "serve-subscribers"));
    try {
      await subscribers.#ask({ do: "open", crowd });
      return subscribers;
    } catch (error) {
      await subscribers.close();
      throw error;
    }
  }

  /** What was received since the last report. */
  report(): Promise<CrowdAnswer> {
    return this.#ask({ do: "report" });
  }

  async close(): Promise<void> {
    this.#refused = undefined;
    await end(this.#child);
  }

  #ask(request: CrowdRequest): Promise<CrowdAnswer> {
    return new Promise((resolve, reject) => {
      this.#awaited = (answer) => (answer.error === undefined ? resolve(answer) : reject(new Error(answer.error)));
      this.#refused = reject;
      this.#child.send(request);
    });
  }
}
