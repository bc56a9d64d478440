/* Server-sent events: a translation in the Worker over a hub's socket. Inside the hub a stream would never hibernate;
 * here the hub sees one more hibernating socket, and it is this Worker that lives as long as the client listens.
 *
 * The client's pace reaches the hub: a frame counts as read, and is acknowledged, when the client's connection has taken it.
 * A client that does not read is therefore closed by the hub like any slow socket, and little gathers here. */
import { KEEP_ALIVE, retryHint, type SseTranslator } from "../domain/live/sse";

const KEEP_ALIVE_MS = 10_000;
/** Acknowledged at once after so many characters; otherwise with the next keep-alive. */
const ACKNOWLEDGE_EVERY = 262_144;

export interface SseOptions {
  translator: SseTranslator;
  /** When a client whose stream broke may come back. */
  retryMs: number;
}

/** @param ws a hub's socket, not accepted yet */
export function eventStream(ws: WebSocket, { translator, retryMs }: SseOptions): Response {
  const source = new SocketEvents(ws, translator, retryMs);
  const body = new ReadableStream<Uint8Array>(
    { pull: (controller) => source.pull(controller), cancel: () => source.end() },
    { highWaterMark: 0 },
  );
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store, no-transform" };
  return new Response(body, { headers: { ...headers, "x-accel-buffering": "no" } });
}

class SocketEvents {
  readonly #ws: WebSocket;
  readonly #translator: SseTranslator;
  readonly #encoder = new TextEncoder();
  readonly #keepAlive: ReturnType<typeof setInterval>;
  /** Messages that the client has not asked for yet. */
  #messages: string[] = [];
  #comments: string;
  #isOver = false;
  /** Ends the wait of a client that has taken everything. */
  #wake: (() => void) | undefined;
  #unacknowledged = 0;

  constructor(ws: WebSocket, translator: SseTranslator, retryMs: number) {
    this.#ws = ws;
    this.#translator = translator;
    this.#comments = retryHint(retryMs);
    this.#keepAlive = setInterval(() => this.#tick(), KEEP_ALIVE_MS);
    ws.addEventListener("message", ({ data }) => this.#receive(String(data)));
    ws.addEventListener("close", () => this.end());
    ws.addEventListener("error", () => this.end());
    ws.accept();
  }

  /** The client wants more, so it has taken what it was given. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#unacknowledged >= ACKNOWLEDGE_EVERY) this.#acknowledge();
    for (;;) {
      const text = this.#take();
      if (text !== "") return controller.enqueue(this.#encoder.encode(text));
      if (this.#isOver) return controller.close();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(): string {
    const messages = this.#messages;
    this.#messages = [];
    const events = messages.map((text) => this.#translator.translate(text)).join("");
    this.#unacknowledged += events.length;
    const text = this.#comments + events;
    this.#comments = "";
    return text;
  }

  /** The hub closed its socket, or the client is gone. What has arrived still goes out. */
  end(): void {
    this.#isOver = true;
    clearInterval(this.#keepAlive);
    this.#resume();
    try {
      this.#ws.close(1000, "the stream has ended");
    } catch {
      /* The hub's side is closed already. */
    }
  }

  #receive(text: string): void {
    this.#messages.push(text);
    this.#resume();
  }

  // Only a client that waits has taken everything, and only to such a one is the silence broken.
  #tick(): void {
    if (this.#wake === undefined) return;
    this.#acknowledge();
    this.#comments = KEEP_ALIVE;
    this.#resume();
  }

  #acknowledge(): void {
    const { positions } = this.#translator;
    if (this.#unacknowledged === 0 || positions.length === 0) return;
    this.#unacknowledged = 0;
    this.#ws.send(JSON.stringify({ type: "position", topics: positions }));
  }

  #resume(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
