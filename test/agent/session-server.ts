/* A small server that follows the contract of an agent's session, as a process of its own, to be killed:
 *   node test/agent/session-server.ts PORT FILE
 * What it hears is in FILE, a line of JSON each, on disk before it is acknowledged; a server that starts again reads it, and
 * knows by their ids the samples that it has. A key that is "stranger" is refused. */
import { appendFileSync, existsSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { BEAT, type Message, OK } from "../../agent/src/protocol.ts";

const [port, file] = process.argv.slice(2) as [string, string];

type Heard =
  | Message
  | { type: "http beat"; status?: string; boot_id?: string }
  | { type: "opened" | "closed" | "started" };

const known = new Set<string>();
if (existsSync(file)) {
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const heard = line === "" ? undefined : (JSON.parse(line) as Heard);
    if (heard?.type === "metrics") known.add(heard.id);
  }
}
const log = openSync(file, "a");

function note(heard: Heard): void {
  appendFileSync(log, `${JSON.stringify(heard)}\n`);
}

/** Durable before it is acknowledged; the same id again is the same sample. */
function take(sample: { id: string; timestamp: number; metrics: Record<string, number> }): void {
  if (known.has(sample.id)) return;
  known.add(sample.id);
  note({ type: "metrics", ...sample });
  fsyncSync(log);
}

function hear(socket: WebSocket, text: string): void {
  if (text === BEAT) {
    note({ type: "beat" });
    socket.send(OK);
    return;
  }
  const message = JSON.parse(text) as Message;
  if (message.type === "metrics") {
    take(message);
    socket.send(JSON.stringify({ type: "ack", id: message.id }));
    return;
  }
  note(message);
  if (message.type === "stopping") socket.close(1000);
  if (message.type === "hello") {
    const { interval_s = 10 } = message;
    socket.send(JSON.stringify({ type: "welcome", interval_s, metrics_every_s: 60, now: Date.now() }));
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (request.headers.authorization === "Bearer stranger") {
    response.writeHead(403).end(JSON.stringify({ detail: "This key may not do that" }));
    return;
  }
  if (request.url?.endsWith("/heartbeats")) note({ type: "http beat", ...JSON.parse(text) });
  if (request.url?.endsWith("/metrics")) for (const sample of JSON.parse(text)) take(sample);
  response.end("{}");
}

const http = createServer((request, response) => void answer(request, response));
const sockets = new WebSocketServer({ noServer: true });
http.on("upgrade", (request, socket, head) => {
  if (request.headers.authorization !== "Bearer secret" || !request.url?.endsWith("/session")) {
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  sockets.handleUpgrade(request, socket, head, (opened) => {
    note({ type: "opened" });
    opened.on("message", (data) => hear(opened, data.toString()));
    opened.on("close", () => note({ type: "closed" }));
  });
});
http.listen(Number(port), "127.0.0.1", () => note({ type: "started" }));
