/* One session of a simulated agent: hello, welcome, beats. It never reconnects; whoever holds it opens another. */
import WebSocket from "ws";
import { wallMs } from "./clock.ts";

/** The beat and its answer, to the letter (src/domain/nodes/session.ts). */
const BEAT = '{"type":"beat"}';
const OK = '{"type":"ok"}';
const OPENS_WITHIN_MS = 20_000;

export interface SessionTarget {
  /** As for HTTP. */
  url: string;
  key: string;
  node: string;
  bootId: string;
  intervalS: number;
}

export interface SessionEars {
  /** What the server says beside the welcome and answers to beats. */
  heard?(message: { type: string; id?: string; code?: string }): void;
  /** Once, whoever ended it. */
  ended(code: number): void;
}

export class NodeSocket {
  /** When a sign of life was last sent, by the machine's clock. */
  lastSentMs = 0;
  #socket: WebSocket;
  readonly #target: SessionTarget;

  private constructor(target: SessionTarget, ears: SessionEars) {
    this.#target = target;
    const { url, key, node } = target;
    const address = `${url.replace("http", "ws")}/api/v1/nodes/${node}/session`;
    this.#socket = new WebSocket(address, {
      headers: { Authorization: `Bearer ${key}` },
      handshakeTimeout: OPENS_WITHIN_MS,
      perMessageDeflate: false,
    });
    this.#socket.once("close", (code) => ears.ended(code));
    this.#socket.on("message", (data: Buffer) => {
      const text = data.toString();
      if (text !== OK) ears.heard?.(JSON.parse(text));
    });
    // A close follows, which says it all.
    this.#socket.on("error", () => {});
  }

  /** Resolves when the server has welcomed it. */
  static open(target: SessionTarget, ears: SessionEars): Promise<NodeSocket> {
    return new Promise((resolve, reject) => {
      const socket = new NodeSocket(target, {
        heard: (message) => {
          if (message.type === "welcome") resolve(socket);
          else ears.heard?.(message);
        },
        ended: (code) => {
          reject(new Error(`The session of ${target.node} was closed with ${code}.`));
          ears.ended(code);
        },
      });
      socket.#socket.once("open", () => socket.#hello());
    });
  }

  #hello(): void {
    const { bootId, intervalS } = this.#target;
    this.say({ type: "hello", boot_id: bootId, interval_s: intervalS });
  }

  beat(): void {
    this.#send(BEAT);
  }

  say(message: object): void {
    this.#send(JSON.stringify(message));
  }

  #send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text);
    this.lastSentMs = wallMs();
  }

  /** Its end of the connection is gone: the other one sees that at once. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Neither reads nor writes any more, and does not close: what a cut cable looks like from the other end. */
  freeze(): void {
    this.#socket.pause();
  }
}
