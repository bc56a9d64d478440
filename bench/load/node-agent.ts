/* A simulated node: it beats over a session, until its role has something else happen to it. */
import { setTimeout as pause } from "node:timers/promises";
import { wallMs } from "./clock.ts";
import { NodeSocket } from "./node-socket.ts";

export const ROLES = ["healthy", "slow", "killed", "cut off", "stopped", "restarted", "away"] as const;
/** What happens to a node.
 *  slow       beats every 2.5 intervals from the beginning
 *  killed     its connection closes and it is silent; comes back when told
 *  cut off    silent, and its connection stays open; comes back when told
 *  stopped    says so
 *  restarted  closes, and is back after a second under another boot id
 *  away       closes, and is back after it was missed and before that was a failure */
export type Role = (typeof ROLES)[number];

export interface Fleet {
  url: string;
  key: string;
  intervalS: number;
  nodes: { node: string; role: Role }[];
}

/** What a node did, by the machine's clock. */
export interface NodeLog {
  node: string;
  role: Role;
  /** Its last sign of life before it went. */
  lastMs?: number;
  /** Its first one when it came back: it opens a session. */
  backMs?: number;
  /** The longest pause that it made without meaning to: the load process was late. */
  lateMs: number;
  faults: string[];
}

const SLOW = 2.5;
const RESTARTS_AFTER_MS = 1_000;
/** In intervals: missed after 3, a failure after 6. */
const AWAY = 4.5;

export class NodeAgent {
  readonly log: NodeLog;
  readonly #fleet: Fleet;
  #socket: NodeSocket | undefined;
  #beating: NodeJS.Timeout | undefined;
  #boots = 0;

  constructor(fleet: Fleet, { node, role }: Fleet["nodes"][number]) {
    this.#fleet = fleet;
    this.log = { node, role, lateMs: 0, faults: [] };
  }

  /** How long it pauses between beats. */
  get #everyMs(): number {
    return this.#fleet.intervalS * 1_000 * (this.log.role === "slow" ? SLOW : 1);
  }

  /** Resolves when it is welcome. */
  async open(): Promise<void> {
    const { url, key, intervalS } = this.#fleet;
    const { node } = this.log;
    const target = { url, key, node, intervalS, bootId: `${node}-${this.#boots}` };
    let socket: NodeSocket | undefined;
    socket = await NodeSocket.open(target, {
      heard: ({ type, code }) => this.log.faults.push(code ?? type),
      ended: (code) => this.#ended(socket, code),
    });
    this.#socket = socket;
    // So that nodes which began together do not beat together.
    const first = Math.random() * this.#everyMs;
    this.#beating = setTimeout(() => {
      this.#beat();
      this.#beating = setInterval(() => this.#beat(), this.#everyMs);
    }, first);
  }

  #beat(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.log.lateMs = Math.max(this.log.lateMs, wallMs() - socket.lastSentMs - this.#everyMs);
    socket.beat();
  }

  /** The end of a session that this node goes on with is one too many. */
  #ended(socket: NodeSocket | undefined, code: number): void {
    if (socket !== undefined && socket === this.#socket) this.log.faults.push(`closed with ${code}`);
  }

  /** What its role says. Resolves when it has happened. */
  async act(): Promise<void> {
    switch (this.log.role) {
      case "healthy":
      case "slow":
        return;
      case "stopped":
        this.#leave()?.say({ type: "stopping" });
        return;
      case "cut off":
        this.#leave()?.freeze();
        return;
      case "killed":
        this.#leave()?.terminate();
        return;
      case "restarted":
        this.#leave()?.terminate();
        this.#boots++;
        await pause(RESTARTS_AFTER_MS);
        return this.comeBack();
      case "away":
        this.#leave()?.terminate();
        await pause(this.#fleet.intervalS * 1_000 * AWAY);
        return this.comeBack();
      default:
        return this.log.role satisfies never;
    }
  }

  comeBack(): Promise<void> {
    this.log.backMs = wallMs();
    return this.open();
  }

  /** The session counts for nothing here any more. */
  #leave(): NodeSocket | undefined {
    const socket = this.#socket;
    clearTimeout(this.#beating);
    if (socket !== undefined) this.log.lastMs = socket.lastSentMs;
    this.#socket = undefined;
    return socket;
  }
}
