/* The `ws` package behind the few words that a session needs. Node's own client came with Node 22 and cannot send the
 * Authorization header. */
import type { IncomingMessage } from "node:http";
import WebSocket from "ws";

export interface Socket {
  send(text: string): void;
  /** Ends it at once, whatever its state. `ended` is called. */
  terminate(): void;
}

export interface Ended {
  reason: string;
  /** The server said no at the door. */
  status?: number;
  /** It closed the socket. */
  code?: number;
  retryAfterMs?: number;
}

export interface SocketEvents {
  opened(): void;
  heard(text: string): void;
  /** Once, whatever happened. */
  ended(end: Ended): void;
}

export type Connect = (events: SocketEvents) => Socket;

const OPEN_WITHIN_MS = 10_000;
/** Nothing that the server says is longer. */
const MAX_BYTES = 64 * 1_024;

export function connectTo(url: string, key: string): Connect {
  return (events) => {
    const socket = new WebSocket(url, {
      headers: { Authorization: `Bearer ${key}` },
      handshakeTimeout: OPEN_WITHIN_MS,
      maxPayload: MAX_BYTES,
      // A few short messages a minute: compressing them costs memory and saves nothing.
      perMessageDeflate: false,
    });
    let end: Ended | undefined;
    socket.on("open", events.opened);
    socket.on("message", (data) => events.heard(data.toString()));
    socket.on("unexpected-response", (_request, response) => {
      end = refusalOf(response);
      response.destroy();
      socket.terminate();
    });
    socket.on("error", (error) => {
      end ??= { reason: error.message || (error as NodeJS.ErrnoException).code || "the connection failed" };
    });
    socket.on("close", (code) => events.ended(end ?? { reason: `closed with ${code}`, code }));
    return {
      send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
      terminate: () => socket.terminate(),
    };
  };
}

function refusalOf({ statusCode = 0, headers }: IncomingMessage): Ended {
  const seconds = Number(headers["retry-after"]);
  return {
    reason: `answered ${statusCode}`,
    status: statusCode,
    ...(seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  };
}
