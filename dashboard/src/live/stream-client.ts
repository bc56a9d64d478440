/* One socket to the stream, kept for as long as the page is open. Everything it touches comes in as an argument, so the
 * tests drive it in Node with a socket of their own and a clock that stands still.
 *
 * A ticket opens one stream and then serves only that stream's reconnects (`&stream=`). The browser does not say why a
 * socket was refused, so a try that never opened is followed by a new ticket: asking for it tells a bad key from a dead
 * server. */
import type { ClientMessage, ControlMessage, Frame } from "../../../src/domain/frame";
import { acknowledgeDelay, retryDelay } from "./backoff";
import type { Link } from "./connection";
import { PING, readMessage } from "./message";
import { pulseOf } from "./pulse";
import { Replica, type Terms } from "./replica";
import { KeyRefused, type Socket, type StreamDeps, type StreamListener } from "./surroundings";

/** Closing codes of domain/frame.ts. */
const UNAUTHORIZED = 4001;

const OPEN_WITHIN_MS = 10_000;
const ASK_AGAIN_MS = 10_000;
/** Read since the last acknowledgement: so much is acknowledged at once, asked or not. The server closes whoever leaves a
 * megabyte unacknowledged, and gives whoever missed a lot no more of it before. */
const ACKNOWLEDGE_AT_ONCE = 262_144;
const SUBSCRIBE_AT_ONCE = 100; // topics per message: far below 8 KB

export class StreamClient {
  readonly replica = new Replica();
  readonly link: Link;
  #deps: StreamDeps;
  #listener: StreamListener;
  #socket: Socket | undefined;
  #opened = false;
  #ticket: string | undefined;
  #stream: string | undefined;
  #attempt = 0;
  #retryMs = 500;
  #heardAt = 0;
  #pingedAt: number | undefined;
  #startedAt = 0;
  /** Whether this client is asked to say what it has read. */
  #acknowledges = true;
  #acknowledgeAt: number | undefined;
  #unacknowledged = 0;
  #askedAt = new Map<string, number>();
  #running = false;

  constructor(deps: StreamDeps, listener: StreamListener) {
    this.#deps = deps;
    this.#listener = listener;
    this.link = {
      phase: "waiting",
      awaiting: 0,
      silent: false,
      network: true,
      currentUntil: undefined,
      since: deps.now(),
      retryAt: undefined,
    };
  }

  start(): void {
    this.#running = true;
    this.link.since = this.#deps.now();
    void this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#drop(1000);
    this.link.phase = "waiting";
    this.link.retryAt = undefined;
  }

  /** Topics that are followed already on other terms are asked for again on these. */
  follow(topics: string[], terms: Terms = {}): void {
    this.#ask(topics.filter((topic) => this.replica.want(topic, terms)));
    this.#changed();
  }

  unfollow(topics: string[]): void {
    const known = topics.filter((topic) => this.replica.forget(topic));
    for (const topic of known) this.#askedAt.delete(topic);
    if (known.length > 0) this.#send({ type: "unsubscribe", topics: known });
    this.#changed();
  }

  /** The browser's word about the network. A network that came back is tried at once. */
  network(up: boolean): void {
    this.link.network = up;
    if (up || this.#opened) this.wake();
    this.#changed();
  }

  /** Somebody looks at the page again (or waits for it): do not sit out the rest of a long pause. */
  wake(): void {
    if (this.link.phase === "waiting") this.link.retryAt = this.#deps.now();
    else if (this.#opened && this.#pingedAt === undefined) this.#ping();
    this.tick();
  }

  /** Once a second: everything that depends on time. Safe to call at any moment. */
  tick(): void {
    if (!this.#running) return;
    const now = this.#deps.now();
    const { link } = this;
    if (link.phase === "waiting" && link.retryAt !== undefined && now >= link.retryAt) void this.#connect();
    if (link.phase === "connecting" && this.#socket && now - this.#startedAt > OPEN_WITHIN_MS) this.#lost(1006);
    if (this.#opened) this.#watch(now);
    this.#changed();
  }

  #watch(now: number): void {
    const pulse = pulseOf({ heardAt: this.#heardAt, pingedAt: this.#pingedAt, network: this.link.network }, now);
    this.link.silent = pulse === "doubtful" || pulse === "gone";
    if (pulse === "gone") {
      this.#lost(1006); // The other end is gone without a word; a new socket finds out faster than waiting does.
      return;
    }
    if (pulse !== "well" && this.#pingedAt === undefined) this.#ping();
    if (this.#acknowledgeAt !== undefined && now >= this.#acknowledgeAt) this.#acknowledge();
    const unanswered = [...this.#askedAt].filter(([topic, at]) => now - at > ASK_AGAIN_MS && this.replica.has(topic));
    if (unanswered.length > 0) this.#ask(unanswered.map(([topic]) => topic));
  }

  async #connect(): Promise<void> {
    const { link } = this;
    link.phase = "connecting";
    link.retryAt = undefined;
    this.#startedAt = this.#deps.now();
    this.#changed();
    try {
      this.#ticket ??= await this.#deps.ticket();
    } catch (error) {
      if (error instanceof KeyRefused) return this.#giveUp(error.message);
      return this.#wait();
    }
    if (!this.#running) return;
    this.#startedAt = this.#deps.now();
    const socket = this.#deps.open(this.#ticket, this.#stream);
    this.#socket = socket;
    socket.onopen = () => this.#onOpen(socket);
    socket.onmessage = (event) => this.#onMessage(socket, event.data);
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#lost(event.code);
    };
  }

  #onOpen(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#opened = true;
    this.#heardAt = this.#deps.now();
    this.link.phase = "open";
    this.link.silent = false;
    this.replica.lost();
    this.#ask(this.replica.topics);
    this.#changed();
  }

  #onMessage(socket: Socket, data: unknown): void {
    if (socket !== this.#socket || typeof data !== "string") return;
    this.#heardAt = this.#deps.now();
    this.#pingedAt = undefined;
    const read = readMessage(data);
    if (read === undefined) return;
    const { awaiting, silent } = this.link;
    this.link.silent = false;
    if (read.kind === "frame") this.#onFrame(read.frame);
    else this.#onControl(read.message);
    this.#unacknowledged += data.length;
    if (this.#unacknowledged >= ACKNOWLEDGE_AT_ONCE) this.#acknowledge();
    this.#count();
    if (this.link.awaiting === 0) this.link.currentUntil = this.#heardAt;
    if (silent || awaiting !== this.link.awaiting) this.#listener.changed();
  }

  #onFrame(frame: Frame): void {
    const verdict = this.replica.frame(frame);
    if (verdict === "apply") {
      this.#answered(frame.topic);
      this.#listener.frame(frame);
    } else if (verdict === "gap") this.#ask([frame.topic]);
    else if (!this.replica.isAwaiting(frame.topic)) this.#askedAt.delete(frame.topic);
  }

  #onControl(message: ControlMessage): void {
    switch (message.type) {
      case "hello":
        this.#attempt = 0; // A socket that opens and falls at once is still a failed try.
        this.#stream = message.stream;
        this.#retryMs = message.retry_ms;
        this.#listener.clock(Date.parse(message.at), this.#startedAt, this.#heardAt);
        // Servers that do not say want to know.
        this.#acknowledges = message.acknowledge ?? true;
        if (!this.#acknowledges) this.#acknowledgeAt = undefined;
        return;
      case "snapshot":
        if (this.replica.snapshot(message) === "apply") this.#listener.snapshot(message);
        this.#answered(message.topic);
        return;
      case "position":
        for (const { topic, epoch, seq } of message.topics) {
          if (this.replica.complete(topic, { epoch, seq }) === "gap") this.#ask([topic]);
          else if (!this.replica.isAwaiting(topic)) this.#askedAt.delete(topic);
        }
        return;
      case "unknown":
        this.replica.unknown(message.topic);
        this.#askedAt.delete(message.topic);
        return;
      case "error":
        // Its owner cannot be reached now and the server keeps trying: until then the page is behind, and says so.
        if (message.code === "unavailable") return;
        // A refused topic is answered: nothing more will come, and the rest of the page is not behind because of it.
        if (message.topic !== undefined) {
          this.replica.unknown(message.topic);
          this.#askedAt.delete(message.topic);
        }
        this.#listener.refused(message.code, message.detail, message.topic);
        return;
      case "pong":
        return;
      default:
        message satisfies never;
    }
  }

  #acknowledge(): void {
    this.#acknowledgeAt = undefined;
    this.#unacknowledged = 0;
    const topics = this.replica.takeUnacknowledged();
    if (topics.length > 0) this.#send({ type: "position", topics });
  }

  #answered(topic: string): void {
    this.#askedAt.delete(topic);
    if (this.#acknowledges) this.#acknowledgeAt ??= this.#deps.now() + acknowledgeDelay(this.#deps.random());
  }

  #ask(topics: string[]): void {
    if (!this.#opened) return;
    for (let from = 0; from < topics.length; from += SUBSCRIBE_AT_ONCE) {
      const some = topics.slice(from, from + SUBSCRIBE_AT_ONCE);
      for (const topic of some) this.#askedAt.set(topic, this.#deps.now());
      this.#send({ type: "subscribe", topics: some.map((topic) => this.replica.subscription(topic)) });
    }
  }

  #ping(): void {
    this.#pingedAt = this.#deps.now();
    this.#socket?.send(PING);
  }

  #send(message: ClientMessage): void {
    if (this.#opened) this.#socket?.send(JSON.stringify(message));
  }

  #lost(code: number): void {
    const neverOpened = !this.#opened;
    this.#drop();
    if (neverOpened || code === UNAUTHORIZED) {
      this.#ticket = undefined;
      this.#stream = undefined;
    }
    this.replica.lost();
    this.#wait();
  }

  #drop(code?: number): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#opened = false;
    this.#pingedAt = undefined;
    this.#acknowledgeAt = undefined;
    this.#unacknowledged = 0;
    this.#askedAt.clear();
    socket?.close(code);
  }

  #wait(): void {
    if (!this.#running) return;
    this.link.phase = "waiting";
    this.link.retryAt = this.#deps.now() + retryDelay(this.#attempt++, this.#retryMs, this.#deps.random());
    this.#changed();
  }

  #giveUp(detail: string): void {
    this.stop();
    this.#listener.keyRefused(detail);
  }

  /** Before the first complete picture every topic counts; afterwards a new topic is no reason to doubt the others. */
  #count(): void {
    const { replica, link } = this;
    link.awaiting = link.currentUntil === undefined ? replica.awaiting : replica.behind;
  }

  #changed(): void {
    this.#count();
    this.#listener.changed();
  }
}
