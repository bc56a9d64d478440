/* The other end of load processes: forked, asked, ended with whoever forked them. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type * as alerts from "./alert-crowd.ts";
import type { Crowd as AlertCrowd } from "./alert-socket.ts";
import type { BareAnswer, BareRequest } from "./bare-broadcast.ts";
import type { Fleet } from "./node-agent.ts";
import type { NodeCrowdAnswer, NodeCrowdRequest } from "./node-crowd.ts";
import type { OpenLoopJob, OpenLoopLog } from "./open-loop.ts";
import type { Crowd, CrowdAnswer, CrowdProgress, CrowdRequest } from "./subscribers.ts";

/** Whoever was to open; ended where it cannot. */
async function opened<T extends { close(): Promise<void> }>(
  crowd: T,
  open: (crowd: T) => Promise<unknown>,
): Promise<T> {
  try {
    await open(crowd);
    return crowd;
  } catch (error) {
    await crowd.close();
    throw error;
  }
}

/** A load process that is asked one thing at a time. */
class LoadProcess<Request extends object, Answer extends object> {
  readonly #child: ChildProcess;
  #awaited: ((answer: Answer) => void) | undefined;
  #refused: ((error: Error) => void) | undefined;

  /** @param onNews takes what the process says without being asked; true when it was that */
  constructor(file: string, mode: string, onNews: (message: object) => boolean = () => false) {
    // Typed arrays travel as they are.
    this.#child = fork(new URL(file, import.meta.url), [mode], { serialization: "advanced" });
    this.#child.on("message", (message: Answer) => onNews(message) || this.#awaited?.(message));
    this.#child.once("exit", () =>
      this.#refused?.(new Error("A load process ended before it answered; what it wrote is above.")),
    );
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#awaited = (answer) =>
        "error" in answer && answer.error !== undefined ? reject(new Error(String(answer.error))) : resolve(answer);
      this.#refused = reject;
      this.#child.send(request, (error) => error && reject(error));
    });
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#refused = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    if (child.connected) child.disconnect();
    await exited;
  }
}

/** Runs one job in a process of its own. */
export async function openLoop(job: OpenLoopJob): Promise<OpenLoopLog> {
  const loop = new LoadProcess<OpenLoopJob, OpenLoopLog>("./open-loop.ts", "serve-open-loop");
  try {
    return await loop.ask(job);
  } finally {
    await loop.close();
  }
}

/** Sockets in a process of their own. */
export class Subscribers {
  readonly #process = new LoadProcess<CrowdRequest, CrowdAnswer>("./subscribers.ts", "serve-subscribers", (message) => {
    const isProgress = "reached" in (message as CrowdAnswer | CrowdProgress);
    if (isProgress) this.onProgress();
    return isProgress;
  });
  /** Called for each tick that has reached every socket. */
  onProgress: () => void = () => {};

  /** Resolves when every socket has what was there before. */
  static open(crowd: Crowd): Promise<Subscribers> {
    return opened(new Subscribers(), (subscribers) => subscribers.#process.ask({ do: "open", crowd }));
  }

  /** What was received since the last report. */
  report(): Promise<CrowdAnswer> {
    return this.#process.ask({ do: "report" });
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

/** Sockets that hear alerts, in a process of their own. */
export class AlertListeners extends LoadProcess<alerts.CrowdRequest, alerts.CrowdAnswer> {
  /** Resolves when every socket listens. */
  static open(crowd: AlertCrowd): Promise<AlertListeners> {
    const listeners = new AlertListeners("./alert-crowd.ts", "serve-alert-crowd");
    return opened(listeners, () => listeners.ask({ do: "open", crowd }));
  }
}

/** A server that only sends, in a process of its own. */
export class BareBroadcast {
  readonly #process = new LoadProcess<BareRequest, BareAnswer>("./bare-broadcast.ts", "serve-bare-broadcast");
  url = "";

  static async start(): Promise<BareBroadcast> {
    const bare = new BareBroadcast();
    const { port } = await bare.#process.ask({ do: "listen" });
    bare.url = `http://127.0.0.1:${port}`;
    return bare;
  }

  /** Resolves with when each text left. */
  async send(texts: string[], dueMs: number[]): Promise<number[]> {
    return (await this.#process.ask({ do: "send", texts, dueMs })).sentMs ?? [];
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

/** Nodes that beat, in a process of their own. */
export class Nodes extends LoadProcess<NodeCrowdRequest, NodeCrowdAnswer> {
  /** Resolves when every node is welcome. */
  static open(fleet: Fleet): Promise<Nodes> {
    const nodes = new Nodes("./node-crowd.ts", "serve-node-crowd");
    return opened(nodes, () => nodes.ask({ do: "open", fleet }));
  }
}
