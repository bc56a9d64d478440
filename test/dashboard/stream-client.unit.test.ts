/* The stream client against a socket and a clock that the test holds in its hand. */
import { describe, expect, it } from "vitest";
import { connectionOf } from "../../dashboard/src/live/connection";
import { PING } from "../../dashboard/src/live/message";
import { StreamClient } from "../../dashboard/src/live/stream-client";
import { KeyRefused, type Socket } from "../../dashboard/src/live/surroundings";

const TOPIC = "prices/AAPL";
const EPOCH = "00aaaaaaaaaaaaa";
const AT = "2026-11-21T10:00:00.000Z";
const SECOND = 1_000;

class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: string[] = [];
  readonly opened: { ticket: string | undefined; stream: string | undefined };
  constructor(ticket: string | undefined, stream: string | undefined) {
    this.opened = { ticket, stream };
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {}
  say(...messages: object[]): void {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
  }
  get messages(): { type: string; topics?: unknown }[] {
    return this.sent.map((text) => JSON.parse(text));
  }
}

const hello = { type: "hello", stream: "stream-1", retry_ms: 1_000 };
const snapshot = (seq: number) => ({ type: "snapshot", topic: TOPIC, epoch: EPOCH, seq, at: AT, data: {} });
const frame = (seq: number) => ({ type: "price", topic: TOPIC, epoch: EPOCH, seq, at: AT, data: { price: seq } });

class Bench {
  now = 1_000_000;
  tickets = 0;
  hasKey = true;
  ticketFails: Error | undefined;
  readonly sockets: FakeSocket[] = [];
  readonly seqs: number[] = [];
  refusedKey: string | undefined;
  clock: number[] = [];
  readonly client = new StreamClient(
    {
      open: (ticket, stream) => {
        const socket = new FakeSocket(ticket, stream);
        this.sockets.push(socket);
        return socket;
      },
      ticket: async () => {
        if (this.ticketFails !== undefined) throw this.ticketFails;
        return this.hasKey ? `ticket-${++this.tickets}` : undefined;
      },
      now: () => this.now,
      random: () => 0.5,
    },
    {
      frame: (f) => this.seqs.push(f.seq),
      snapshot: () => {},
      changed: () => {},
      clock: (...moments) => {
        this.clock = moments;
      },
      keyRefused: (detail) => {
        this.refusedKey = detail;
      },
      refused: () => {},
    },
  );

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }
  get state(): string {
    return connectionOf(this.client.link, this.now).state;
  }
  /** Lets promises of the client settle. */
  settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    while (this.now < until) {
      this.now += SECOND;
      this.client.tick();
      await this.settle();
    }
  }

  async connect(): Promise<this> {
    this.client.start();
    this.client.follow([TOPIC]);
    await this.settle();
    this.socket.onopen?.();
    this.socket.say(hello, snapshot(41));
    return this;
  }
}

describe("the stream client", () => {
  it("subscribes, takes the snapshot and is live", async () => {
    const bench = await new Bench().connect();
    expect(bench.socket.messages).toEqual([{ type: "subscribe", topics: [{ topic: TOPIC }] }]);
    bench.socket.say(frame(42));
    expect([bench.state, bench.seqs]).toEqual(["live", [42]]);
  });

  it("hears what the server's clock shows before anything that is as old as that clock says", async () => {
    const bench = new Bench();
    bench.client.start();
    await bench.settle();
    bench.now += 40;
    bench.socket.onopen?.();
    bench.socket.say({ ...hello, at: AT });
    expect(bench.clock).toEqual([Date.parse(AT), 1_000_000, 1_000_040]);
  });

  it("reconnects with the same ticket and its stream, and resumes where it stood", async () => {
    const bench = await new Bench().connect();
    bench.socket.onclose?.({ code: 1006, reason: "" });
    expect(bench.state).toBe("stale");
    await bench.pass(SECOND);
    expect(bench.socket.opened).toEqual({ ticket: "ticket-1", stream: "stream-1" });
    bench.socket.onopen?.();
    expect(bench.state).toBe("catching_up");
    expect(bench.socket.messages).toEqual([
      { type: "subscribe", topics: [{ topic: TOPIC, after: { epoch: EPOCH, seq: 40 } }] },
    ]);
    bench.socket.say(hello, frame(41), frame(42), frame(43));
    expect([bench.state, bench.seqs]).toEqual(["live", [42, 43]]);
  });

  it("fetches a new ticket after a try that never opened", async () => {
    const bench = await new Bench().connect();
    bench.socket.onclose?.({ code: 1006, reason: "" });
    await bench.pass(SECOND);
    bench.socket.onclose?.({ code: 1006, reason: "" });
    await bench.pass(3 * SECOND);
    expect(bench.socket.opened).toEqual({ ticket: "ticket-2", stream: undefined });
  });

  it("asks for what is missing as soon as it sees a gap", async () => {
    const bench = await new Bench().connect();
    bench.socket.say(frame(44));
    expect(bench.state).toBe("catching_up");
    bench.socket.say(frame(41), frame(42), frame(43), frame(44), frame(45));
    expect([bench.state, bench.seqs]).toEqual(["live", [42, 43, 44, 45]]);
  });

  it("is not live after it slept, until the server answers", async () => {
    const bench = await new Bench().connect();
    bench.now += 100 * SECOND;
    bench.client.wake();
    expect(bench.state).toBe("stale");
    expect(bench.socket.sent).toContain(PING);
    bench.socket.say({ type: "pong" });
    expect(bench.state).toBe("live");
  });

  it("asks at once when the browser loses the network, and believes the server where it answers", async () => {
    const bench = await new Bench().connect();
    bench.client.network(false);
    expect(bench.socket.sent.at(-1)).toBe(PING);
    bench.socket.say({ type: "pong" });
    await bench.pass(5 * SECOND);
    expect(bench.state).toBe("live");
    bench.client.network(false);
    await bench.pass(3 * SECOND);
    expect(bench.state).toBe("offline");
  });

  it("pings a quiet server after 20 s and gives it up after 30", async () => {
    const bench = await new Bench().connect();
    await bench.pass(20 * SECOND);
    expect(bench.socket.sent.at(-1)).toBe(PING);
    bench.socket.say({ type: "pong" });
    await bench.pass(29 * SECOND);
    expect(bench.state).toBe("live");
    await bench.pass(SECOND);
    expect(bench.state).toBe("stale");
  });

  it("acknowledges what it has read within 15 s", async () => {
    const bench = await new Bench().connect();
    bench.socket.say(frame(42));
    await bench.pass(15 * SECOND);
    expect(bench.socket.messages).toContainEqual({
      type: "position",
      topics: [{ topic: TOPIC, epoch: EPOCH, seq: 42 }],
    });
  });

  it("says nothing of what it has read where the server does not ask", async () => {
    const bench = await new Bench().connect();
    bench.socket.say({ ...hello, acknowledge: false }, frame(42));
    bench.socket.sent.length = 0;
    await bench.pass(15 * SECOND);
    expect(bench.socket.messages.filter(({ type }) => type === "position")).toEqual([]);
  });

  it("acknowledges at once what is much, asked or not: it gets no more before", async () => {
    const bench = await new Bench().connect();
    bench.socket.say({ ...hello, acknowledge: false });
    const large = (seq: number) => ({ ...frame(seq), data: { text: "x".repeat(90_000) } });
    const told = () => bench.socket.messages.filter(({ type }) => type === "position").map(({ topics }) => topics);
    bench.socket.say(large(42), large(43));
    expect(told()).toEqual([]);
    bench.socket.say(large(44), large(45));
    expect(told()).toEqual([[{ topic: TOPIC, epoch: EPOCH, seq: 44 }]]);
    bench.socket.onclose?.({ code: 4008, reason: "" });
    await bench.pass(2 * SECOND);
    bench.socket.onopen?.();
    bench.socket.say({ ...hello, acknowledge: false }, large(46), large(47));
    expect(told()).toEqual([]);
  });

  it("changes what it hears of a topic over the same socket", async () => {
    const bench = await new Bench().connect();
    const filter = { locations: ["Haifa"] };
    bench.client.follow([TOPIC], { filter });
    expect(bench.socket.messages.at(-1)).toEqual({ type: "subscribe", topics: [{ topic: TOPIC, filter }] });
    expect([bench.sockets.length, bench.state]).toEqual([1, "catching_up"]);
    bench.socket.say(snapshot(50), frame(57));
    expect([bench.state, bench.seqs]).toEqual(["live", [57]]);
  });

  it("opens a stream without a ticket when there is none to have", async () => {
    const bench = new Bench();
    bench.hasKey = false;
    await bench.connect();
    expect([bench.socket.opened.ticket, bench.state]).toEqual([undefined, "live"]);
  });

  it("stays behind while the owner of a topic cannot be reached", async () => {
    const bench = await new Bench().connect();
    bench.socket.onclose?.({ code: 1006, reason: "" });
    await bench.pass(SECOND);
    bench.socket.onopen?.();
    bench.socket.say(hello, { type: "error", code: "unavailable", detail: "Not now.", topic: TOPIC });
    expect(bench.state).toBe("catching_up");
  });

  it("stops and says so when the key is refused", async () => {
    const bench = new Bench();
    bench.ticketFails = new KeyRefused("The key was revoked.");
    bench.client.start();
    await bench.pass(60 * SECOND);
    expect([bench.refusedKey, bench.sockets.length]).toEqual(["The key was revoked.", 0]);
  });

  it("keeps trying a server that is down", async () => {
    const bench = new Bench();
    bench.ticketFails = new Error("down");
    bench.client.start();
    await bench.pass(20 * SECOND);
    expect(bench.state).toBe("offline");
    bench.ticketFails = undefined;
    await bench.pass(31 * SECOND);
    expect(bench.sockets).toHaveLength(1);
  });
});
