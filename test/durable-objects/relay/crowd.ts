/* A crowd of hubs under one ledger that calls only a few of them itself: real ledger, relays and switchboards, with disks,
 * calls and a clock that do what a test says. */
import type { Delivery, LeaseAnswer, Receipts } from "../../../src/domain/frame";
import type { RangeAnswer } from "../../../src/domain/ledger/append";
import type { Position } from "../../../src/domain/ledger/position";
import type { Call } from "../../../src/domain/live/calls";
import { childOf } from "../../../src/domain/live/children";
import { Switchboard } from "../../../src/domain/live/switchboard";
import { Repeater } from "../../../src/durable-objects/relay/repeater";
import { Disk, Life } from "../ledger/fake-object";
import { requestOf, tickOf, World } from "../ledger/world";

export const TOPIC = "prices/AAPL";
export const LIMIT = 4;

/** Lets calls that are under way come to their end. */
export async function calls(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** One hub with one socket. */
export class CrowdHub {
  readonly name: string;
  readonly #crowd: Crowd;
  board = new Switchboard(() => 0.5);
  isDown = false;
  isLosingAnswers = false;
  /** `epoch:seq` of what the socket was sent, in order; a snapshot stands for all before it. */
  readonly got: { type: string; epoch: string; seq: number }[] = [];
  calls = 0;

  constructor(name: string, crowd: Crowd) {
    this.name = name;
    this.#crowd = crowd;
    this.#join(null);
  }

  #join(after: Position | null): void {
    const send = (text: string) => {
      const message = JSON.parse(text);
      if (message.seq !== undefined) this.got.push(message);
    };
    this.board.join(this.board.attach({ send }), { topic: TOPIC, after, paceMs: 0 }, this.#crowd.now);
  }

  /** Memory goes; the socket resumes where it was. */
  evict(): void {
    const last = this.got.at(-1);
    this.board = new Switchboard(() => 0.5);
    this.#join(last === undefined ? null : { epoch: last.epoch, seq: last.seq });
  }

  async deliver(deliveries: Delivery[]): Promise<Receipts> {
    this.calls++;
    if (this.isDown) throw new Error(`${this.name} is down`);
    const receipts = this.board.deliver(deliveries, this.#crowd.now);
    if (this.isLosingAnswers) throw new Error("the answer was lost");
    return receipts;
  }

  /** Asks whoever it wants to ask, until nothing more is due. */
  async ask(): Promise<void> {
    const { board } = this;
    for (let due = board.calls.due(this.#crowd.now); due.length > 0; due = board.calls.due(this.#crowd.now)) {
      for (const call of due) {
        try {
          board.calls.answered(call, await this.#crowd.answer(this.name, call), this.#crowd.now);
        } catch {
          board.calls.failed(call, this.#crowd.now);
        }
      }
    }
  }

  get seqs(): number[] {
    return this.got.filter(({ type }) => type !== "snapshot").map(({ seq }) => seq);
  }
}

/** A relay with a disk. */
export class CrowdRelay {
  readonly #name: string;
  readonly #crowd: Crowd;
  readonly disk = new Disk();
  isDown = false;
  #life = new Life(this.disk);
  repeater: Repeater;

  constructor(name: string, crowd: Crowd) {
    this.#name = name;
    this.#crowd = crowd;
    this.repeater = this.#born();
  }

  #born(): Repeater {
    return new Repeater(this.#life.ctx.storage, {
      name: this.#name,
      ownerOf: () => this.#crowd.owner,
      deliver: (child, deliveries) => this.#crowd.deliver(child, deliveries),
      now: () => this.#crowd.now,
      random: () => 0.5,
    });
  }

  rebirth(): void {
    this.#life.die();
    this.#life = new Life(this.disk);
    this.repeater = this.#born();
  }

  async ring(): Promise<void> {
    this.disk.alarm = null;
    await this.repeater.runDueDuties();
  }
}

export class Crowd {
  readonly world = new World({ outputs: [], repairMs: 2_000, hubs: LIMIT });
  readonly hubs: CrowdHub[] = [];
  readonly relays = new Map<string, CrowdRelay>();
  ownerCalls = { lease: 0, read: 0 };
  #appended = 0;

  constructor() {
    this.world.deliver = (child, deliveries) => this.deliver(child, deliveries);
  }

  get now(): number {
    return this.world.now;
  }

  /** The ledger as hubs and relays ask it. */
  readonly owner = {
    lease: async (child: string, topic: string, have: Position | null): Promise<LeaseAnswer> => {
      this.ownerCalls.lease++;
      return structuredClone(await this.world.feed.lease(child, topic, have));
    },
    read: async (_topic: string, after: Position | null, limit: number): Promise<RangeAnswer> => {
      this.ownerCalls.read++;
      return structuredClone(await this.world.feed.range("AAPL", after, limit));
    },
  };

  relay(name: string): CrowdRelay {
    const relay = this.relays.get(name) ?? new CrowdRelay(name, this);
    this.relays.set(name, relay);
    if (relay.isDown) throw new Error(`${name} is down`);
    return relay;
  }

  async deliver(child: string, deliveries: Delivery[]): Promise<Receipts> {
    if (childOf(child).class === "Relay") return this.relay(child).repeater.deliver(structuredClone(deliveries));
    const hub = this.hubs.find(({ name }) => name === child);
    if (hub === undefined) throw new Error(`no ${child}`);
    return hub.deliver(structuredClone(deliveries));
  }

  async answer(child: string, call: Call): Promise<LeaseAnswer | RangeAnswer> {
    const { topic } = call.feed;
    if (topic !== TOPIC) return { status: "leased", head: { epoch: "", seq: 0 }, delivery: [] };
    const owner = call.parent === undefined ? this.owner : this.relay(call.parent).repeater;
    return call.kind === "lease" ? owner.lease(child, topic, call.have) : owner.read(topic, call.after, 500);
  }

  /** One more hub with a socket that listens. */
  async join(name = `eu-${this.hubs.length}`): Promise<CrowdHub> {
    const hub = new CrowdHub(name, this);
    this.hubs.push(hub);
    await hub.ask();
    return hub;
  }

  async append(): Promise<void> {
    await this.world.feed.append(requestOf(`k${this.#appended++}`, [tickOf(0)]));
    await calls();
  }

  /** Moves the clock; whoever has an alarm or something to ask has its turn on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    for (let turn = 0; turn < 5_000; turn++) {
      const due = [
        this.world.disk.alarm,
        ...[...this.relays.values()].map((relay) => (relay.isDown ? null : relay.disk.alarm)),
        ...this.hubs.map(({ board }) => board.leases.dueAt ?? null),
      ].filter((at) => at !== null);
      const next = Math.min(...due);
      if (next > until) break;
      this.world.now = Math.max(this.now, next);
      await this.#turn();
    }
    this.world.now = until;
  }

  async #turn(): Promise<void> {
    await this.world.ring();
    for (const relay of this.relays.values()) {
      if (!relay.isDown && relay.disk.alarm !== null && relay.disk.alarm <= this.now) await relay.ring();
    }
    for (const hub of this.hubs) if ((hub.board.leases.dueAt ?? this.now + 1) <= this.now) await hub.ask();
    await calls();
  }

  /** Children of the owner, by class. */
  get children(): { hubs: string[]; relays: string[] } {
    const rows = this.world.disk.db.prepare("SELECT child FROM leases WHERE until > ? ORDER BY child").all(this.now);
    const names = (rows as { child: string }[]).map(({ child }) => child);
    return {
      hubs: names.filter((name) => childOf(name).class === "Hub"),
      relays: names.filter((name) => childOf(name).class === "Relay"),
    };
  }
}
