/* A bare broadcast: a Node server with `ws` that sends given texts to whoever is connected, and does nothing else. What it
 * takes from a send to the last socket is the floor for every server on this machine. A process of its own. */
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import WebSocket, { WebSocketServer } from "ws";
import { wallMs } from "./clock.ts";

export type BareRequest = { do: "listen" } | { do: "send"; texts: string[]; dueMs: number[] };

export interface BareAnswer {
  error?: string;
  port?: number;
  /** When each text was begun to be sent. */
  sentMs?: number[];
}

let server: WebSocketServer | undefined;

async function listen(): Promise<BareAnswer> {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false, backlog: 4_096 });
  server.on("connection", (socket) => socket.send('{"type":"hello"}'));
  await once(server, "listening");
  return { port: (server.address() as { port: number }).port };
}

/** @param dueMs when each text is to leave, from now */
async function send(texts: string[], dueMs: number[]): Promise<BareAnswer> {
  const start = wallMs();
  const sentMs: number[] = [];
  for (const [i, text] of texts.entries()) {
    const wait = start + (dueMs[i] ?? 0) - wallMs();
    if (wait > 0) await pause(wait);
    sentMs.push(wallMs());
    const bytes = Buffer.from(text);
    for (const socket of server?.clients ?? []) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes, { binary: false });
    }
  }
  return { sentMs };
}

if (process.argv[2] === "serve-bare-broadcast") {
  process.on("message", (request: BareRequest) => {
    const work = request.do === "listen" ? listen() : send(request.texts, request.dueMs);
    work.then(
      (found) => process.send?.(found),
      (error) => process.send?.({ error: String(error) } satisfies BareAnswer),
    );
  });
  process.once("disconnect", () => process.exit(0));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
}
