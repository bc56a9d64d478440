/* One HTTP/1.1 connection with one request in flight, over a plain socket. Node's own clients cost several times what the
 * server does, and at thousands of requests per second on the same machine the figures would be theirs. */
import { connect, type Socket } from "node:net";

export interface Answer {
  status: number;
  body: string;
}

const HEAD_END = "\r\n\r\n";

export class Connection {
  readonly #socket: Socket;
  #received = "";
  #done: ((answer: Answer | undefined) => void) | undefined;
  /** False once it broke or was closed. */
  open = true;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#take(text));
    this.#socket.on("error", () => {
      // `close` follows.
    });
    this.#socket.on("close", () => this.#end());
  }

  get busy(): boolean {
    return this.#done !== undefined;
  }

  /** Calls back with the answer, or with undefined when the connection broke before there was one. */
  send(request: string, done: (answer: Answer | undefined) => void): void {
    this.#done = done;
    this.#socket.write(request, "latin1");
  }

  close(): void {
    this.#socket.destroy();
  }

  #end(): void {
    this.open = false;
    this.#finish(undefined);
  }

  #finish(answer: Answer | undefined): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(answer);
  }

  #take(text: string): void {
    this.#received += text;
    const head = this.#received.indexOf(HEAD_END);
    if (head < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, head))?.[1];
    // Only answers of known length are read here; anything else is as good as a broken connection.
    if (length === undefined) {
      this.close();
      return;
    }
    const end = head + HEAD_END.length + Number(length);
    if (this.#received.length < end) return;
    const answer = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(head + HEAD_END.length) };
    this.#received = "";
    this.#finish(answer);
  }
}

/** A POST as it goes over the wire. The body must be ASCII. */
export function postRequest(path: string, key: string, body: string): string {
  return (
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}
