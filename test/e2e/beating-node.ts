/* A node as its agent makes it, many of them in one process: it keeps a session, beats, measures, keeps what it measured
 * until it is acknowledged, and sends it again over the next session. */
import { NodeSocket } from "../../bench/load/node-socket.ts";
import type { Server } from "./server.ts";

/** Missed after three, a failure after six: longer than a busy machine takes to start a server. */
const INTERVAL_S = 2;
const BEAT_MS = INTERVAL_S * 1_000;
const MEASURE_MS = 3_000;
/** As agents do: within two intervals, each at its own moment. */
const RETRY_MS = 100;
const RETRY_SPREAD_MS = 900;

interface Sample {
  id: string;
  timestamp: number;
  metrics: { tick: number };
}

export class BeatingNode {
  readonly name: string;
  /** Sessions that were opened. */
  sessions = 0;
  /** Samples made: the nth has the value n. */
  made = 0;
  readonly refusals: string[] = [];
  readonly #server: Server;
  /** The oldest first. */
  readonly #spool = new Map<string, Sample>();
  #session: NodeSocket | undefined;
  #beating: NodeJS.Timeout | undefined;
  #measuring: NodeJS.Timeout | undefined;
  #isGone = false;

  constructor(server: Server, name: string) {
    this.#server = server;
    this.name = name;
  }

  get unacknowledged(): number {
    return this.#spool.size;
  }

  async begin(): Promise<void> {
    await this.#connect();
    const first = Math.random() * BEAT_MS;
    this.#beating = setTimeout(() => {
      this.#session?.beat();
      this.#beating = setInterval(() => this.#session?.beat(), BEAT_MS);
    }, first);
  }

  startMeasuring(): void {
    const first = Math.random() * MEASURE_MS;
    this.#measuring = setTimeout(() => {
      this.#measure();
      this.#measuring = setInterval(() => this.#measure(), MEASURE_MS);
    }, first);
  }

  async #connect(): Promise<void> {
    const { url, key } = this.#server;
    const target = { url, key, node: this.name, bootId: "boot-1", intervalS: INTERVAL_S };
    let session: NodeSocket | undefined;
    try {
      session = await NodeSocket.open(target, {
        heard: ({ type, id, code }) => {
          if (type === "ack" && id !== undefined) this.#spool.delete(id);
          else this.refusals.push(code ?? type);
        },
        ended: () => session !== undefined && this.#lost(),
      });
    } catch {
      // The server is away.
      return this.#lost();
    }
    if (this.#isGone) return session.terminate();
    this.sessions++;
    this.#session = session;
    for (const sample of this.#spool.values()) session.say({ type: "metrics", ...sample });
  }

  #lost(): void {
    this.#session = undefined;
    if (!this.#isGone) setTimeout(() => void this.#connect(), RETRY_MS + Math.random() * RETRY_SPREAD_MS);
  }

  #measure(): void {
    const tick = ++this.made;
    const sample = { id: `${this.name}/${tick}`, timestamp: Date.now(), metrics: { tick } };
    this.#spool.set(sample.id, sample);
    this.#session?.say({ type: "metrics", ...sample });
  }

  stopMeasuring(): void {
    clearTimeout(this.#measuring);
  }

  /** Says that this stop is meant. */
  stop(): void {
    this.#session?.say({ type: "stopping" });
    this.end();
  }

  /** Falls silent; its connection closes. */
  die(): void {
    const session = this.#session;
    this.end();
    session?.terminate();
  }

  /** Beats no more. */
  end(): void {
    this.#isGone = true;
    clearTimeout(this.#beating);
    this.stopMeasuring();
    this.#session = undefined;
  }
}
