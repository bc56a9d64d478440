/* A relay: a child of the owner, and the parent of at most so many hubs of its region. As the product's
 * (src/durable-objects/relay/repeater.ts): it answers before its hubs have what it was sent, keeps the newest frames in
 * memory, and reads from the owner what is older. */
import type { Delivery, LeaseAnswer, Receipts } from "../../src/domain/frame";
import type { RangeAnswer } from "../../src/domain/ledger/append";
import { comparePositions, type Position } from "../../src/domain/ledger/position";
import { endOf } from "../../src/domain/live/delivery";
import { rangeDelivery } from "../../src/domain/live/range";
import type { Done, Network, Station } from "./network";
import type { Owner } from "./owner";
import { Sender, type Source } from "./sender";
import { Frames, type Parent, TOPIC } from "./topic";

/** What it computes to take a delivery over. */
const TAKE_CPU_MS = 0.05;
const ASK_MS = 5_000;
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;
const RENEW_MS = 5 * 60_000;

type Reply<A> = (answer: A | undefined) => void;

/** What a relay has heard in this life. */
interface Memory {
  position: Position | undefined;
  failures: number;
  recent: Frames;
  /** Calls to the owner under way, and who waits for their answers: many hubs that want the same are one call. */
  asking: Reply<LeaseAnswer>[] | undefined;
  reading: Map<number | null, Reply<RangeAnswer>[]>;
}

export class Relay implements Parent {
  readonly station: Station;
  readonly sender: Sender;
  readonly #owner: Owner;
  readonly #network: Network;
  readonly #timeline: Source["timeline"];
  #memory: Memory | undefined;

  constructor(station: Station, owner: Owner, network: Network, source: Omit<Source, "head" | "after">) {
    this.station = station;
    this.#owner = owner;
    this.#network = network;
    this.#timeline = source.timeline;
    const after: Source["after"] = (have, give) => this.#after(have, give);
    this.sender = new Sender({ ...source, head: () => this.#wake().position, after });
  }

  evict(): void {
    this.station.evict(this.#timeline.now);
    this.sender.evict();
    const memory = this.#memory;
    this.#memory = undefined;
    // Whoever waits hears that the call broke.
    for (const reply of memory?.asking ?? []) reply(undefined);
    for (const replies of memory?.reading.values() ?? []) for (const reply of replies) reply(undefined);
  }

  /** A relay that begins to live asks the owner where it stands. */
  #wake(): Memory {
    if (this.#memory !== undefined) return this.#memory;
    this.#memory = { position: undefined, failures: 0, recent: new Frames(), asking: undefined, reading: new Map() };
    this.#ask(() => {});
    return this.#memory;
  }

  // --- As a child ------------------------------------------------------------

  deliver(deliveries: Delivery[]): Done<Receipts> {
    for (const delivery of deliveries) this.#take(delivery);
    this.sender.committed();
    const have = { [TOPIC]: this.#wake().position as Position };
    return { answer: { have }, cpuMs: TAKE_CPU_MS };
  }

  /** Whatever is newer than what was heard: frames that lie in between are the owner's to be read. */
  #take(delivery: Delivery): void {
    const memory = this.#wake();
    const end = endOf(delivery);
    if (memory.position !== undefined && comparePositions(end, memory.position) <= 0) return;
    const { recent } = memory;
    if ("snapshot" in delivery) recent.begin(end);
    else {
      const follows = memory.position !== undefined && delivery.first <= recent.head.seq + 1;
      if (!follows) recent.begin({ epoch: end.epoch, seq: delivery.first - 1 });
      recent.take(delivery.frames.slice(recent.head.seq + 1 - delivery.first));
    }
    memory.position = end;
  }

  // --- As a parent -----------------------------------------------------------

  lease(child: string, have: Position | null): Done<LeaseAnswer> {
    const answer = (reply: Reply<LeaseAnswer>) =>
      this.#after(have, (delivery) => {
        const head = this.#memory?.position;
        if (delivery === undefined || head === undefined) return reply(undefined);
        const last = delivery.at(-1);
        this.sender.lease(child, last === undefined ? head : endOf(last));
        return reply({ status: "leased", head, delivery });
      });
    const later = (reply: Reply<LeaseAnswer>) => {
      if (this.#wake().position !== undefined) answer(reply);
      else this.#ask((held) => (held === undefined ? reply(undefined) : answer(reply)));
    };
    return { cpuMs: 0, later };
  }

  read(after: Position | null): Done<RangeAnswer> {
    return { cpuMs: 0, later: (reply) => this.#read(after, reply) };
  }

  // --- What it asks the owner ------------------------------------------------

  #after(have: Position | null, give: (deliveries: Delivery[] | undefined) => void): void {
    const { position, recent } = this.#wake();
    const isKnown = have !== null && position !== undefined && recent.after(have) !== undefined;
    if (have !== null && position !== undefined && comparePositions(have, position) >= 0) give([]);
    else if (isKnown) give(recent.deliveries(have));
    else {
      this.#read(have, (answer) => {
        if (answer === undefined || answer.status === "unknown") return give(undefined);
        const delivery = rangeDelivery(TOPIC, answer);
        return give(delivery === undefined ? [] : [delivery]);
      });
    }
  }

  #read(after: Position | null, reply: Reply<RangeAnswer>): void {
    const { reading } = this.#wake();
    const key = after?.seq ?? null;
    const waiting = reading.get(key);
    if (waiting !== undefined) {
      waiting.push(reply);
      return;
    }
    const replies = [reply];
    reading.set(key, replies);
    this.#callOwner(
      () => this.#owner.read(after),
      (answer) => {
        reading.delete(key);
        for (const one of replies) one(answer);
      },
    );
  }

  #ask(reply: Reply<LeaseAnswer>): void {
    const memory = this.#wake();
    if (memory.asking !== undefined) {
      memory.asking.push(reply);
      return;
    }
    const replies = [reply];
    memory.asking = replies;
    this.#callOwner(
      () => this.#owner.lease(this.station.name, memory.position ?? null),
      (answer) => {
        memory.asking = undefined;
        if (answer?.status === "leased") {
          for (const delivery of answer.delivery) this.#take(delivery);
          memory.position ??= answer.head;
        }
        const again = this.#askAgainIn(memory, answer?.status === "leased");
        this.#timeline.after(again, () => this.#memory === memory && this.#ask(() => {}));
        for (const one of replies) one(answer);
        this.sender.committed();
      },
    );
  }

  /** An owner that granted a lease believes that its answer arrived; so one that did not is asked for again. */
  #askAgainIn(memory: Memory, isLeased: boolean): number {
    memory.failures = isLeased ? 0 : memory.failures + 1;
    return isLeased ? RENEW_MS : Math.min(RETRY_MS * 2 ** (memory.failures - 1), RETRY_MAX_MS);
  }

  /** @param done called once; not at all when this relay's memory is gone by then */
  #callOwner<A>(work: () => Done<A>, done: Reply<A>): void {
    const memory = this.#memory;
    let settled = false;
    const settle = (answer: A | undefined) => {
      if (settled || this.#memory !== memory) return;
      settled = true;
      done(answer);
    };
    this.#network.call(this.station, this.#owner.station, work, settle);
    this.#timeline.after(ASK_MS, () => settle(undefined));
  }
}
