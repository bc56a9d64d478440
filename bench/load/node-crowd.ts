/* Many simulated nodes, and one socket on topic `nodes` that hears what is said of them; a process of its own. parent.ts is
 * its other end. */
import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";
import { wallMs } from "./clock.ts";
import { type Fleet, NodeAgent, type NodeLog } from "./node-agent.ts";

export type NodeCrowdRequest =
  | { do: "open"; fleet: Fleet }
  /** Each role has its way. Resolves when all that comes back by itself is back. */
  | { do: "act" }
  /** Who is gone comes back. */
  | { do: "comeBack" }
  | { do: "report" };

/** What was said of a node. */
export interface Heard {
  node: string;
  event: string;
  /** When its monitor said it, and when it was here. */
  saidMs: number;
  heardMs: number;
}

export interface NodeCrowdAnswer {
  error?: string;
  logs?: NodeLog[];
  heard?: Heard[];
  faults?: string[];
  /** When things began to happen. */
  actedMs?: number;
}

const OPENING = 16;
/** Beginning a thousand objects at once keeps a small machine busy: who is thrown out meanwhile comes again, as agents do. */
const TRIES = 5;
/** What happens to many happens within so long, and not at once. */
const SPREAD_MS = 1_000;
/** A thousand nodes that begin at once are more than the megabyte that a socket may leave unacknowledged. */
const ACKNOWLEDGE_MS = 100;

/** A socket on the topic: complete and in order, or a fault. */
class Watch {
  readonly heard: Heard[] = [];
  readonly faults: string[] = [];
  #position: { epoch: string; seq: number } | undefined;

  open({ url, key }: Fleet): Promise<void> {
    const headers = { Authorization: `Bearer ${key}` };
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/stream`, { headers, perMessageDeflate: false });
    const acknowledging = setInterval(() => {
      const topics = [{ topic: "nodes", ...this.#position }];
      if (socket.readyState === WebSocket.OPEN && this.#position)
        socket.send(JSON.stringify({ type: "position", topics }));
    }, ACKNOWLEDGE_MS);
    return new Promise((resolve, reject) => {
      socket.on("open", () => socket.send(JSON.stringify({ type: "subscribe", topics: [{ topic: "nodes" }] })));
      socket.on("message", (text: Buffer) => {
        this.#take(JSON.parse(text.toString()) as Message);
        resolve();
      });
      socket.on("error", reject);
      socket.on("close", (code) => {
        clearInterval(acknowledging);
        this.faults.push(`the topic's socket was closed with ${code}`);
      });
    });
  }

  #take({ topic, type, epoch, seq, at, data }: Message): void {
    if (topic !== "nodes" || type === "unknown") return;
    if (type !== "snapshot") {
      const { seq: before = 0 } = this.#position ?? {};
      if (seq !== before + 1) this.faults.push(`seq ${seq} after ${before} on topic nodes`);
      this.heard.push({ node: data.node, event: type, saidMs: Date.parse(at), heardMs: wallMs() });
    }
    this.#position = { epoch, seq };
  }
}

interface Message {
  topic?: string;
  type: string;
  epoch: string;
  seq: number;
  at: string;
  data: { node: string };
}

class NodeCrowd {
  readonly #fleet: Fleet;
  readonly #agents: NodeAgent[];
  readonly #watch = new Watch();
  #actedMs = Number.POSITIVE_INFINITY;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#agents = fleet.nodes.map((node) => new NodeAgent(fleet, node));
  }

  async open(): Promise<NodeCrowdAnswer> {
    await this.#watch.open(this.#fleet);
    const agents = this.#agents.values();
    const opener = async () => {
      for (const agent of agents) await this.#begin(agent);
    };
    await Promise.all(Array.from({ length: OPENING }, opener));
    return {};
  }

  async #begin(agent: NodeAgent): Promise<void> {
    for (let left = TRIES - 1; ; left--) {
      try {
        return await agent.open();
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  }

  act(): Promise<NodeCrowdAnswer> {
    this.#actedMs = wallMs();
    return this.#each(this.#agents, (agent) => agent.act());
  }

  comeBack(): Promise<NodeCrowdAnswer> {
    const gone = this.#agents.filter(({ log: { role } }) => role === "killed" || role === "cut off");
    return this.#each(gone, (agent) => agent.comeBack());
  }

  async #each(agents: NodeAgent[], does: (agent: NodeAgent) => Promise<void>): Promise<NodeCrowdAnswer> {
    await Promise.all(
      agents.map(async (agent) => {
        await pause(Math.random() * SPREAD_MS);
        await does(agent);
      }),
    );
    return {};
  }

  async report(): Promise<NodeCrowdAnswer> {
    const { heard, faults } = this.#watch;
    return { logs: this.#agents.map(({ log }) => log), heard, faults, actedMs: this.#actedMs };
  }
}

let crowd: NodeCrowd | undefined;

function answer(request: NodeCrowdRequest): Promise<NodeCrowdAnswer> {
  if (request.do === "open") {
    crowd = new NodeCrowd(request.fleet);
    return crowd.open();
  }
  if (crowd === undefined) throw new Error("No crowd was opened.");
  return crowd[request.do]();
}

if (process.argv[2] === "serve-node-crowd") {
  process.on("message", (request: NodeCrowdRequest) => {
    answer(request).then(
      (found) => process.send?.(found),
      (error) => process.send?.({ error: String(error) } satisfies NodeCrowdAnswer),
    );
  });
  process.once("disconnect", () => process.exit(0));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
}
