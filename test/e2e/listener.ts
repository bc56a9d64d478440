/* A client that keeps listening: when its socket ends it connects again, and says anew what it wants. */
import WebSocket from "ws";
import type { Server } from "./server.ts";

/** Long enough that a dead server is not hammered, short against any deadline. */
const AGAIN_MS = 50;

export interface Listening {
  server: Server;
  /** None: what is public. */
  key?: string;
  /** What it wants, from where it stands: asked at each connection. */
  topics(): object[];
  take(message: unknown, socket: WebSocket): void;
}

export class Listener {
  connections = 0;
  readonly #listening: Listening;
  #socket: WebSocket | undefined;
  #stopped = false;

  constructor(listening: Listening) {
    this.#listening = listening;
    this.#connect();
  }

  #connect(): void {
    if (this.#stopped) return;
    const { server, key, topics, take } = this.#listening;
    const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/stream`, { headers });
    this.#socket = socket;
    socket.on("open", () => {
      this.connections++;
      socket.send(JSON.stringify({ type: "subscribe", topics: topics() }));
    });
    socket.on("message", (text) => take(JSON.parse(text.toString()), socket));
    // A refused connection is closed as well.
    socket.on("error", () => {});
    socket.on("close", () => setTimeout(() => this.#connect(), AGAIN_MS));
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.close();
  }
}
