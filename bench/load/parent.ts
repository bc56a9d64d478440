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

  async end(): Promise<void> {
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
    await loop.end();
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
  static async open(crowd: Crowd): Promise<Subscribers> {
    const subscribers = new Subscribers();
    try {
      await subscribers.#process.ask({ do: "open", crowd });
      return subscribers;
    } catch (error) {
      await subscribers.close();
      throw error;
    }
  }

  /** What was received since the last report. */
  report(): Promise<CrowdAnswer> {
    return this.#process.ask({ do: "report" });
  }

  close(): Promise<void> {
    return this.#process.end();
  }
}

/** Sockets that hear alerts, in a process of their own. */
export class AlertListeners {
  readonly #process = new LoadProcess<alerts.CrowdRequest, alerts.CrowdAnswer>("./alert-crowd.ts", "serve-alert-crowd");

  /** Resolves when every socket listens. */
  static async open(crowd: AlertCrowd): Promise<AlertListeners> {
    const listeners = new AlertListeners();
    try {
      await listeners.ask({ do: "open", crowd });
      return listeners;
    } catch (error) {
      await listeners.close();
      throw error;
    }
  }

  ask(request: alerts.CrowdRequest): Promise<alerts.CrowdAnswer> {
    return this.#process.ask(request);
  }

  close(): Promise<void> {
    return this.#process.end();
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
    return this.#process.end();
  }
}

/** Nodes that beat, in a process of their own. */
export class Nodes {
  readonly #process = new LoadProcess<NodeCrowdRequest, NodeCrowdAnswer>("./node-crowd.ts", "serve-node-crowd");

  /** Resolves when every node is welcome. */
  static async open(fleet: Fleet): Promise<Nodes> {
    const nodes = new Nodes();
    try {
      await nodes.ask({ do: "open", fleet });
      return nodes;
    } catch (error) {
      await nodes.close();
      throw error;
    }
  }

  ask(request: NodeCrowdRequest): Promise<NodeCrowdAnswer> {
    return this.#process.ask(request);
  }

  close(): Promise<void> {
    return this.#process.end();
  }
}
