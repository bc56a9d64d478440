/* One WebSocket that hears alerts: it checks that each seq comes once and in order, and it can be dropped and resume. */
import WebSocket from "ws";
import { wallMs } from "./clock.ts";
import { numberAfter } from "./frame-text.ts";
import { type Position, WIRES, type WireName } from "./wires.ts";

export interface Crowd {
  url: string;
  wire: WireName;
  sockets: number;
}

/** Clients acknowledge within 5-15 s. */
const ACKNOWLEDGE_MS = 5_000;
const ACKNOWLEDGE_SPREAD_MS = 10_000;

/** The product's code for it (src/domain/frame.ts). */
const TOO_SLOW = 4008;

export interface Ears {
  heard(frame: Buffer, seq: number, at: number): void;
  fault(text: string): void;
  /** It was closed because it was too slow, and goes on where it was. */
  resumed(): void;
}

export class AlertSocket {
  position: Position | undefined;
  readonly #crowd: Crowd;
  readonly #ears: Ears;
  #socket: WebSocket | undefined;
  #acknowledging: NodeJS.Timeout | undefined;
  #dropped = false;

  constructor(crowd: Crowd, ears: Ears) {
    this.#crowd = crowd;
    this.#ears = ears;
  }

  /** Resolves when the server has said that it listens; resumes where it was, if it was. */
  open(): Promise<void> {
    const { url, wire: name } = this.#crowd;
    const wire = WIRES[name];
    const after = this.position;
    const read = wire.reader(after);
    const socket = new WebSocket(wire.address(url, after), { perMessageDeflate: false });
    this.#socket = socket;
    this.#dropped = false;
    return new Promise((resolve, reject) => {
      socket.on("message", (text: Buffer) => {
        const heard = read(text);
        if (heard === undefined) return;
        if ("frame" in heard) this.#take(heard.frame);
        else if ("reply" in heard) socket.send(heard.reply);
        else if ("error" in heard) this.#ears.fault(heard.error);
        else {
          if (after === undefined && this.position === undefined) this.position = heard.ready;
          else if (heard.ready !== after) this.#ears.fault("a snapshot in place of frames");
          if (heard.acknowledge) this.#acknowledge();
          resolve();
        }
      });
      socket.on("error", reject);
      socket.on("close", (code) => {
        clearTimeout(this.#acknowledging);
        reject(new Error(`A socket was closed with ${code}.`));
        if (!this.#dropped) this.#closed(code);
      });
    });
  }

  /** Gone without a word, as when a network fails. */
  drop(): void {
    this.#dropped = true;
    this.#socket?.terminate();
  }

  /** A client that was too slow comes back, and is given what it missed. */
  #closed(code: number): void {
    if (code !== TOO_SLOW) this.#ears.fault(`closed with ${code}`);
    else {
      this.#ears.resumed();
      this.open().catch((error: unknown) => this.#ears.fault(String(error)));
    }
  }

  #take(frame: Buffer): void {
    const at = wallMs();
    const seq = numberAfter(frame, '"seq":');
    const before = this.position?.seq ?? 0;
    // A server that does not say where it stands is believed from its first frame on.
    if (seq !== before + 1 && before !== 0) this.#ears.fault(`seq ${seq} after ${before}`);
    this.position = { epoch: this.position?.epoch ?? "", seq };
    this.#ears.heard(frame, seq, at);
  }

  #acknowledge(): void {
    const tell = () => {
      const socket = this.#socket;
      if (socket?.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ type: "position", topics: [{ topic: "alerts", ...this.position }] }));
      this.#acknowledge();
    };
    clearTimeout(this.#acknowledging);
    this.#acknowledging = setTimeout(tell, ACKNOWLEDGE_MS + Math.random() * ACKNOWLEDGE_SPREAD_MS);
  }
}
