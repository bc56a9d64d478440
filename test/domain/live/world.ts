/* A world around a switchboard, for property tests: owners with logs and leases, senders whose calls and answers get lost,
 * a hub that is evicted, clients that resume. Whatever happens between two steps may happen in any order. */
import type { Filter, LeaseAnswer } from "../../../src/domain/frame";
import type { RangeAnswer } from "../../../src/domain/ledger/append";
import { comparePositions, type Position } from "../../../src/domain/ledger/position";
import { Backlog } from "../../../src/domain/live/backlog";
import type { Call } from "../../../src/domain/live/calls";
import { matcherOf } from "../../../src/domain/live/filter";
import { restoreBoard, restoreSubscriber, saveBoard, saveSubscriber } from "../../../src/domain/live/saved";
import type { Subscriber } from "../../../src/domain/live/subscriber";
import { Switchboard } from "../../../src/domain/live/switchboard";
import { FakeOwner } from "./fake-owner";

/** Small, so that deliveries are taken in part. */
const SENDS_PER_CALL = 4;

/** Reads one topic, drops what it has, and fails on anything that is missing or was not wanted. */
export class FakeClient {
  position: Position | null = null;
  subscriber: Subscriber | undefined;
  repeats = 0;
  readonly texts: string[] = [];
  readonly filter: Filter | undefined;
  /** Which frames pass the filter. */
  readonly #wants: (seq: number) => boolean;

  constructor(filter?: Filter, wants: (seq: number) => boolean = () => true) {
    this.filter = filter;
    this.#wants = wants;
  }

  readonly outlet = {
    send: (text: string) => {
      this.texts.push(text);
      const message = JSON.parse(text);
      if (["unknown", "error", "pong"].includes(message.type)) return;
      if (message.type === "position") for (const position of message.topics) this.#told(position);
      else this.#read(message);
    },
  };

  #read(message: { type: string; epoch: string; seq: number }): void {
    const { epoch, seq } = message;
    if (this.position !== null && comparePositions({ epoch, seq }, this.position) <= 0) {
      this.repeats += 1;
      return;
    }
    if (message.type !== "snapshot") {
      if (!this.#wants(seq)) throw new Error(`unwanted: ${epoch}:${seq}`);
      this.#missedNone({ epoch, seq: seq - 1 });
    }
    this.position = { epoch, seq };
  }

  #told({ epoch, seq }: Position): void {
    if (this.position !== null && comparePositions({ epoch, seq }, this.position) <= 0) return;
    this.#missedNone({ epoch, seq });
    this.position = { epoch, seq };
  }

  #missedNone(upTo: Position): void {
    if (this.misses(upTo)) throw new Error(`a gap: ${JSON.stringify(this.position)} then ${upTo.epoch}:${upTo.seq}`);
  }

  /** Whether something it wants lies between what it has and here. */
  misses({ epoch, seq }: Position): boolean {
    const first = this.position?.epoch === epoch ? this.position.seq + 1 : 1;
    for (let wanted = first; wanted <= seq; wanted++) if (this.#wants(wanted)) return true;
    return false;
  }
}

type Answer = LeaseAnswer | RangeAnswer;

export class World {
  now = 1_000;
  readonly owner: FakeOwner;
  readonly clients: FakeClient[] = [];
  board: Switchboard;
  /** Calls of the hub: asked, then answered by the owner, then heard by the hub. */
  calls: { call: Call; answer?: Answer; isGivenUp?: true }[] = [];
  evictions = 0;
  #saved: ReturnType<typeof saveBoard> | undefined;
  /** Bytes that a client may leave unacknowledged: with a bound, clients are ones that acknowledge. */
  readonly #bound: number | undefined;
  readonly #sendsPerCall: number;

  constructor(sendsPerCall = SENDS_PER_CALL, owner = new FakeOwner("prices/A"), bound?: number) {
    this.#sendsPerCall = sendsPerCall;
    this.owner = owner;
    this.#bound = bound;
    this.board = this.#newBoard();
  }

  #newBoard(): Switchboard {
    return new Switchboard(() => 0.5, this.#sendsPerCall);
  }

  join(client: FakeClient): void {
    client.subscriber ??= this.#attach(client);
    const wish = { topic: this.owner.topic, after: client.position, paceMs: 0, filter: matcherOf(client.filter) };
    this.board.join(client.subscriber, wish, this.now);
  }

  #attach(client: FakeClient): Subscriber {
    const backlog = new Backlog(true, this.#bound);
    backlog.acknowledges = this.#bound !== undefined;
    return this.board.attach(client.outlet, backlog);
  }

  acknowledge({ subscriber, position }: FakeClient): void {
    if (subscriber !== undefined && position !== null) {
      this.board.acknowledge(subscriber, this.owner.topic, position, this.now);
    }
  }

  /** Whoever is closed comes back. */
  replaceClosed(): void {
    const closed = this.board.takeCondemned();
    for (const client of this.clients) {
      if (client.subscriber === undefined || !closed.includes(client.subscriber)) continue;
      this.leave(client);
      this.join(client);
    }
  }

  leave(client: FakeClient): void {
    if (client.subscriber !== undefined) this.board.detach(client.subscriber, this.now);
    client.subscriber = undefined;
  }

  ask(): void {
    this.calls.push(...this.board.calls.due(this.now).map((call) => ({ call })));
  }

  /** The owner answers a call of the hub. */
  serve(i: number): void {
    const entry = this.calls[i % Math.max(1, this.calls.length)];
    if (entry === undefined || entry.answer !== undefined) return;
    const { call } = entry;
    const isOurs = call.feed.topic === this.owner.topic;
    if (!isOurs) entry.answer = { status: "leased", head: { epoch: "", seq: 0 }, delivery: [] };
    else if (call.kind === "lease") entry.answer = this.owner.grant(call.have, this.now);
    else entry.answer = this.owner.read(call.after);
  }

  /** The answer reaches the hub, or is lost on its way. */
  hear(i: number, isLost: boolean): void {
    const at = i % Math.max(1, this.calls.length);
    const entry = this.calls[at];
    if (entry?.answer === undefined) return;
    this.calls.splice(at, 1);
    if (entry.isGivenUp) {
      if (!isLost) this.board.calls.strayed(entry.call, entry.answer, this.now);
    } else if (isLost) this.board.calls.failed(entry.call, this.now);
    else this.board.calls.answered(entry.call, entry.answer, this.now);
  }

  /** The hub waits no longer, but the owner may still follow the call. */
  giveUp(i: number): void {
    const entry = this.calls[i % Math.max(1, this.calls.length)];
    if (entry === undefined || entry.isGivenUp) return;
    entry.isGivenUp = true;
    this.board.calls.failed(entry.call, this.now);
  }

  /** The call of the owner reaches the hub; its answer may get lost. */
  arrive(isLost: boolean): void {
    if (this.owner.sending === undefined) return;
    const receipts = this.board.deliver(this.owner.sending, this.now);
    this.owner.receive(isLost ? undefined : receipts);
  }

  wait(ms: number): void {
    this.now += ms;
  }

  announce(): void {
    if (this.owner.epoch !== "") this.board.announce(this.owner.topic);
  }

  save(): void {
    this.board.saving();
    this.#saved = JSON.parse(JSON.stringify(saveBoard(this.board)));
  }

  /** Hibernation or a crash: sockets stay, memory goes. */
  evict(): void {
    this.evictions += 1;
    const seated = this.clients.filter((c) => c.subscriber !== undefined);
    const saved = seated.map((c) => saveSubscriber(this.board, c.subscriber as Subscriber));
    this.calls = [];
    this.board = this.#newBoard();
    for (const [i, client] of seated.entries()) {
      client.subscriber = restoreSubscriber(this.board, client.outlet, structuredClone(saved[i]) as (typeof saved)[0]);
    }
    restoreBoard(this.board, this.#saved, this.now);
    this.board.leases.renewAll(this.now);
  }

  /** A deploy: every socket is closed and comes back. */
  deploy(): void {
    const seated = this.clients.filter((c) => c.subscriber !== undefined);
    for (const client of seated) this.leave(client);
    this.evict();
    for (const client of seated) this.join(client);
  }

  #exchangeOnce(): void {
    this.ask();
    for (let i = this.calls.length - 1; i >= 0; i--) this.serve(i);
    while (this.calls.length > 0) this.hear(0, false);
  }

  /** The hub asks whatever it has to ask, at this moment. */
  exchange(): void {
    for (let round = 0; round < 20; round++) this.#exchangeOnce();
  }

  /** Nothing gets lost any more: everything under way comes to its end. */
  settle(): void {
    for (let round = 0; round < 60; round++) {
      this.now += 5_000;
      this.announce();
      this.owner.send(this.now);
      this.arrive(false);
      this.#exchangeOnce();
      if (this.#bound !== undefined) for (const client of this.clients) this.acknowledge(client);
      this.replaceClosed();
    }
    this.board.milestones.tell(this.now);
  }
}
