/* Sockets and owners for the tests of hubs. */
import { env } from "cloudflare:workers";
import { ANYONE, type Principal } from "../../src/domain/access/principal";
import type { LeaseAnswer, Receipts, Subscription } from "../../src/domain/frame";
import type { RangeAnswer } from "../../src/domain/ledger/append";
import type { Position } from "../../src/domain/ledger/position";
import { owners } from "../../src/durable-objects/hub/owners";
import {
  asciiJson,
  HUBS_HEADER,
  PRINCIPAL_HEADER,
  STREAM_HEADER,
  TOPICS_HEADER,
} from "../../src/durable-objects/hub/seat";
import { FakeOwner } from "../domain/live/fake-owner";
import { until } from "../until";

export interface Message {
  type: string;
  topic?: string;
  seq?: number;
  epoch?: string;
  code?: string;
  [member: string]: unknown;
}

/** A client's end of a stream. */
export class Client {
  readonly messages: Message[] = [];
  closed: { code: number; reason: string; wasClean: boolean } | undefined;
  readonly #ws: WebSocket;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.addEventListener("message", ({ data }) => {
      this.messages.push(JSON.parse(String(data)));
    });
    ws.addEventListener("close", ({ code, reason, wasClean }) => {
      this.closed = { code, reason, wasClean };
    });
    ws.accept();
  }

  send(message: unknown): void {
    this.#ws.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  subscribe(...topics: (string | Subscription)[]): void {
    this.send({ type: "subscribe", topics: topics.map((t) => (typeof t === "string" ? { topic: t } : t)) });
  }

  close(code = 1000, reason = "bye"): void {
    this.#ws.close(code, reason);
  }

  /** The first message that fits, now or soon. */
  get(fits: Partial<Message>): Promise<Message> {
    const isWanted = (m: Message) => Object.entries(fits).every(([name, value]) => m[name] === value);
    return until(() => this.messages.find(isWanted), { what: JSON.stringify(fits), everyMs: 2 });
  }

  gone(): Promise<{ code: number; wasClean: boolean }> {
    return until(() => this.closed, { what: "the socket is closed", everyMs: 2 });
  }

  /** Seqs of the frames so far. */
  get seqs(): number[] {
    return this.messages.filter((m) => m.type === "price" || m.type === "open").map((m) => m.seq as number);
  }
}

const ADMIN: Principal = { id: "admin", role: "admin", name: "", scope: null };
export const CHARLIE: Principal = { ...ANYONE, id: "charlie", role: "viewer", scope: { symbols: ["MSFT*"] } };

export async function upgrade(hub: string, principal: Principal = ADMIN, topics: Subscription[] = [], hubs = 1) {
  const headers = {
    Upgrade: "websocket",
    [PRINCIPAL_HEADER]: JSON.stringify(principal),
    [STREAM_HEADER]: "stream-1",
    [TOPICS_HEADER]: asciiJson(topics),
    [HUBS_HEADER]: String(hubs),
  };
  return env.HUB.getByName(hub).fetch("https://hub/", { headers });
}

export async function connect(
  hub: string,
  principal?: Principal,
  topics?: Subscription[],
  hubs?: number,
): Promise<Client> {
  const { webSocket } = await upgrade(hub, principal, topics, hubs);
  if (webSocket === null) throw new Error("refused");
  return new Client(webSocket);
}

/** An owner of one topic that a hub can reach; it sends when the test says so. */
export class ReachableOwner extends FakeOwner {
  isDown = false;
  /** What the hub last answered. */
  receipts: Receipts | undefined;
  readonly calls: string[] = [];

  async ask(child: string, topic: string, have: Position | null): Promise<LeaseAnswer> {
    if (this.isDown) throw new Error("down");
    this.calls.push(`lease ${child} ${topic}`);
    return this.grant(have, Date.now());
  }

  async range(topic: string, after: Position | null, limit: number): Promise<RangeAnswer> {
    if (this.isDown) throw new Error("down");
    this.calls.push(`read ${topic}`);
    return this.read(after, limit);
  }

  /** Sends the frames from `first` on; the hub answers with its position. */
  async deliver(hub: string, first = this.seq, seqs = this.seq): Promise<Position | undefined> {
    const frames = Array.from({ length: seqs - first + 1 }, (_, i) => this.frame(first + i));
    const delivery = { topic: this.topic, epoch: this.epoch, first, frames };
    this.receipts = await env.HUB.getByName(hub).deliver([delivery]);
    return this.receipts.have[this.topic];
  }

  /** One more frame, sent at once. */
  growAndDeliver(hub: string): Promise<Position | undefined> {
    this.grow();
    return this.deliver(hub);
  }
}

/** Puts these owners in place of the objects; whoever else is asked for has nothing. */
export function own(...list: ReachableOwner[]): void {
  const nothing = new ReachableOwner("nothing");
  owners.of = (_env, topic) => {
    const owner = list.find((o) => o.topic === topic) ?? nothing;
    return {
      lease: (child, name, have) => owner.ask(child, name, have),
      read: (name, after, limit) => owner.range(name, after, limit),
    };
  };
}
