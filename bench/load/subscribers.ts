/* Many WebSockets on one topic, as well-behaved clients: they acknowledge positions, and each checks that it sees every
 * seq once and in order. A process of its own; parent.ts is its other end. */
import WebSocket from "ws";
import { nowUs } from "./clock.ts";
import { isFrame, numberAfter } from "./frame-text.ts";

export interface Crowd {
  url: string;
  key: string;
  topic: string;
  sockets: number;
}

export type CrowdRequest = { do: "open"; crowd: Crowd } | { do: "report" };

/** A tick has reached every socket. */
export interface CrowdProgress {
  reached: number;
}

export interface CrowdAnswer {
  error?: string;
  /** When what follows was counted. */
  atUs: number;
  /** Frames received by all sockets together since the last report. */
  received: number;
  /** Gaps, repetitions, closed sockets: the first few by name, and how many there were. */
  faults: string[];
  faultCount: number;
  /** For each frame received since the last report: the volume of its tick, and when it was received. */
  volumes: Float64Array;
  receivedUs: Float64Array;
}

/** Clients acknowledge within 5-15 s. */
const ACKNOWLEDGE_MS = 5_000;
const ACKNOWLEDGE_SPREAD_MS = 10_000;
/** Sockets that are being opened at a time. */
const OPENING = 64;
const FAULTS_NAMED = 5;
const INITIAL_ROOM = 65_536;

class Receipts {
  #volumes = new Float64Array(INITIAL_ROOM);
  #times = new Float64Array(INITIAL_ROOM);
  count = 0;

  add(volume: number, at: number): void {
    if (this.count === this.#volumes.length) {
      const wider = (old: Float64Array<ArrayBuffer>) => {
        const next = new Float64Array(old.length * 2);
        next.set(old);
        return next;
      };
      [this.#volumes, this.#times] = [wider(this.#volumes), wider(this.#times)];
    }
    this.#volumes[this.count] = volume;
    this.#times[this.count++] = at;
  }

  take(): { volumes: Float64Array; receivedUs: Float64Array } {
    const taken = { volumes: this.#volumes.slice(0, this.count), receivedUs: this.#times.slice(0, this.count) };
    this.count = 0;
    return taken;
  }
}

class Audience {
  readonly #crowd: Crowd;
  readonly #receipts = new Receipts();
  /** Volume of a tick → sockets that still lack it. */
  readonly #lacking = new Map<number, number>();
  #faults: string[] = [];
  #faultCount = 0;
  #closing = false;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
  }

  async open(): Promise<void> {
    for (let opened = 0; opened < this.#crowd.sockets; opened += OPENING) {
      const count = Math.min(OPENING, this.#crowd.sockets - opened);
      await Promise.all(Array.from({ length: count }, () => this.#openOne()));
    }
  }

  /** Resolves with the socket's first snapshot. */
  #openOne(): Promise<void> {
    const { url, key, topic } = this.#crowd;
    const address = `${url.replace("http", "ws")}/api/v1/stream?topics=${encodeURIComponent(topic)}`;
    const socket = new WebSocket(address, { headers: { Authorization: `Bearer ${key}` }, perMessageDeflate: false });
    let epoch = "";
    let seq = 0;
    return new Promise((resolve, reject) => {
      socket.on("message", (text: Buffer) => {
        const at = nowUs();
        if (isFrame(text)) {
          const next = numberAfter(text, '"seq":');
          if (next !== seq + 1) this.#fault(`seq ${next} after ${seq}`);
          seq = next;
          // The close of a minute is a frame as well, and no tick.
          this.#note(text.includes('"type":"price"') ? numberAfter(text, '"volume":') : Number.NaN, at);
          return;
        }
        const message = JSON.parse(text.toString()) as { type: string; epoch: string; seq: number };
        if (message.type === "error") reject(new Error(text.toString()));
        if (message.type !== "snapshot") return;
        if (epoch !== "") this.#fault("a snapshot in place of frames");
        ({ epoch, seq } = message);
        this.#acknowledge(socket, () => ({ topic, epoch, seq }));
        resolve();
      });
      socket.on("error", reject);
      socket.on("close", (code) => {
        if (!this.#closing) this.#fault(`closed with ${code}`);
        reject(new Error(`A socket was closed with ${code}.`));
      });
    });
  }

  #acknowledge(socket: WebSocket, position: () => object): void {
    const later = () => setTimeout(tell, ACKNOWLEDGE_MS + Math.random() * ACKNOWLEDGE_SPREAD_MS);
    const tell = () => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ type: "position", topics: [position()] }));
      later();
    };
    later();
  }

  #note(volume: number, at: number): void {
    this.#receipts.add(volume, at);
    if (Number.isNaN(volume)) return;
    const lacking = (this.#lacking.get(volume) ?? this.#crowd.sockets) - 1;
    if (lacking > 0) this.#lacking.set(volume, lacking);
    else {
      this.#lacking.delete(volume);
      process.send?.({ reached: volume } satisfies CrowdProgress);
    }
  }

  #fault(text: string): void {
    if (this.#faultCount++ < FAULTS_NAMED) this.#faults.push(text);
  }

  report(): CrowdAnswer {
    const received = this.#receipts.count;
    const counted = { atUs: nowUs(), received, faults: this.#faults, faultCount: this.#faultCount };
    this.#faults = [];
    this.#faultCount = 0;
    return { ...counted, ...this.#receipts.take() };
  }

  end(): void {
    this.#closing = true;
    process.exit(0);
  }
}

async function answer(request: CrowdRequest): Promise<void> {
  try {
    if (request.do === "open") {
      audience = new Audience(request.crowd);
      await audience.open();
    }
    process.send?.(audience?.report());
  } catch (error) {
    process.send?.({ error: String(error) });
  }
}

let audience: Audience | undefined;
if (process.argv[2] === "serve-subscribers") {
  process.on("message", (request: CrowdRequest) => void answer(request));
  process.once("disconnect", () => (audience === undefined ? process.exit(0) : audience.end()));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
}
