/* The sending side of live delivery: who holds a lease of which topic, what each has, and getting them the rest.
 *
 * Answers travel in return values: `deliver` returns what the child has, the next call starts there. At most one call per
 * child is in flight; what gathers meanwhile goes into the next. A call that fails or takes too long is repeated until it
 * is answered or the lease ends, so a lost last frame is repaired as well. An owner and a relay send alike; a relay reads
 * from its owner what it does not have in memory. */
import { earliest } from "../../domain/deadline";
import type { Delivery, LeaseAnswer } from "../../domain/frame";
import type { Fresh } from "../../domain/ledger/draft";
import type { Position } from "../../domain/ledger/position";
import { relayOf } from "../../domain/live/children";
import { endOf } from "../../domain/live/delivery";
import type { Duty } from "./alarm";
import { LeaseTable, type Shelf } from "./lease-table";
import { CALL_BYTES, Line, type LineOptions } from "./line";

export const LEASE_MS = 10 * 60_000;
/** Frames kept in memory per topic; what is older is read from the source. */
const RECENT = 256;

interface Child {
  /** Topic → until when, and what the child has; undefined when that is not known. */
  topics: Map<string, { until: number; have: Position | undefined }>;
  line: Line;
  /** One call with what it lacks; false when that is nothing. */
  step: () => Promise<boolean>;
}

/** Where frames come from. */
export interface Source {
  /** The head of a topic; undefined when there is no such stream, or nobody knows yet. */
  head(topic: string): Position | undefined;
  /** Everything after `have`, or a snapshot, in pieces of about `bytes`. */
  after(topic: string, have: Position, bytes: number): Delivery[] | Promise<Delivery[]>;
}

export interface BroadcastOptions extends LineOptions {
  /** Hubs that are called directly, per topic; the others are sent to their relays. */
  hubs?: number | undefined;
}

export class Broadcast implements Duty {
  readonly name = "broadcast";
  readonly #table: LeaseTable;
  readonly #source: Source;
  readonly #options: BroadcastOptions;
  readonly #now: () => number;
  readonly #children = new Map<string, Child>();
  /** Topic → names of the children that hold a lease of it. */
  readonly #listeners = new Map<string, Set<string>>();
  readonly #recent = new Map<string, Fresh>();

  constructor(shelf: Shelf, source: Source, options: BroadcastOptions) {
    this.#table = new LeaseTable(shelf);
    this.#source = source;
    this.#options = options;
    this.#now = options.now;
    const now = this.#now();
    for (const { child, topic, until } of this.#table.running(now)) {
      this.#listen(child, topic, { until, have: undefined });
    }
    // Nobody remembers what they have: they are behind until they have said it.
    for (const { line } of this.#children.values()) line.fallBehind(now);
  }

  #listen(name: string, topic: string, lease: { until: number; have: Position | undefined }): Child {
    const child = this.#child(name);
    child.topics.set(topic, lease);
    const names = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, names.add(name));
    return child;
  }

  #child(name: string): Child {
    const known = this.#children.get(name);
    if (known !== undefined) return known;
    const line = new Line(name, this.#options);
    const child: Child = { topics: new Map(), line, step: () => this.#step(name, child) };
    this.#children.set(name, child);
    return child;
  }

  /** Topics that somebody holds a lease of. */
  topics(): string[] {
    return [...this.#listeners.keys()].filter((topic) => this.#countOf(topic, () => true) > 0);
  }

  #countOf(topic: string, isCounted: (name: string) => boolean): number {
    const now = this.#now();
    let count = 0;
    for (const name of this.#listeners.get(topic) ?? []) {
      if (isCounted(name) && (this.#children.get(name)?.topics.get(topic)?.until ?? 0) > now) count++;
    }
    return count;
  }

  /** Commits the child, whose answer is `missing`: everything after what it has. An unknown topic stores nothing, and
   * neither does a hub whose place is with its relay. */
  lease(name: string, topic: string, missing: () => Delivery[]): LeaseAnswer {
    const head = this.#source.head(topic);
    if (head === undefined) return { status: "unknown" };
    const parent = this.#parentOf(name, topic);
    if (parent !== undefined) return { status: "elsewhere", parent };
    const until = this.#now() + LEASE_MS;
    this.#table.save({ child: name, topic, until }, this.#now());
    const delivery = missing();
    const last = delivery.at(-1);
    const have = last === undefined ? head : endOf(last);
    const child = this.#listen(name, topic, { until, have });
    // What did not fit into the answer is sent by the alarm: nobody calls a caller back.
    if (have.epoch !== head.epoch || have.seq < head.seq) child.line.leaveToAlarm();
    return { status: "leased", head, delivery };
  }

  /** The relay that a new hub is sent to when there are enough already. */
  #parentOf(name: string, topic: string): string | undefined {
    const { hubs = Number.POSITIVE_INFINITY } = this.#options;
    const names = this.#listeners.get(topic);
    if (names === undefined || names.size < hubs) return undefined;
    const isHub = (other: string) => other !== name && relayOf(other, hubs) !== undefined;
    const isChild = (this.#children.get(name)?.topics.get(topic)?.until ?? 0) > this.#now();
    return isChild || this.#countOf(topic, isHub) < hubs ? undefined : relayOf(name, hubs);
  }

  /** Frames are about to be committed: keeps them for `send`, and makes the alarm outlive a crash in between. */
  committing(fresh: Iterable<Fresh>): void {
    for (const one of fresh) {
      const names = this.#listeners.get(one.topic);
      if (names === undefined) continue;
      this.#keep(one);
      for (const name of names) this.#child(name).line.fallBehind(this.#now());
    }
  }

  #keep(one: Fresh): void {
    const kept = this.#recent.get(one.topic);
    const follows = kept?.epoch === one.epoch && kept.first + kept.frames.length === one.first;
    const frames = follows ? [...kept.frames, ...one.frames] : one.frames;
    const cut = Math.max(0, frames.length - RECENT);
    this.#recent.set(one.topic, { ...one, first: (follows ? kept.first : one.first) + cut, frames: frames.slice(cut) });
  }

  /** Sends what was committed to everyone who is behind. Does not wait. */
  publish(): void {
    for (const { line, step } of this.#children.values()) if (line.isBehind) void line.run(step);
  }

  async #step(name: string, child: Child): Promise<boolean> {
    const { deliveries, awaited } = this.#missing(name, child);
    // What is at hand leaves in this very turn.
    if (awaited.length > 0) deliveries.push(...(await Promise.all(awaited)).flat());
    if (deliveries.length === 0) return false;
    const { have } = await child.line.call(deliveries);
    if (!this.#received(child, have)) throw new Error(`${name} took nothing`);
    return true;
  }

  /** Takes over what the child says it has; false when nothing moved. */
  #received(child: Child, have: Record<string, Position>): boolean {
    let moved = false;
    for (const [topic, lease] of child.topics) {
      const now = have[topic];
      if (now === undefined) continue;
      moved ||= lease.have?.seq !== now.seq || lease.have?.epoch !== now.epoch;
      lease.have = now;
    }
    return moved;
  }

  #missing(name: string, child: Child): { deliveries: Delivery[]; awaited: Promise<Delivery[]>[] } {
    const deliveries: Delivery[] = [];
    const awaited: Promise<Delivery[]>[] = [];
    for (const [topic, lease] of child.topics) {
      const head = this.#source.head(topic);
      if (lease.until <= this.#now()) this.#end(name, child, topic);
      else if (head === undefined || (lease.have?.epoch === head.epoch && lease.have.seq >= head.seq)) continue;
      else {
        const rest = this.#rest(topic, lease.have, head);
        if (rest instanceof Promise) awaited.push(rest);
        else deliveries.push(...rest);
      }
    }
    return { deliveries, awaited };
  }

  #rest(topic: string, have: Position | undefined, head: Position): Delivery[] | Promise<Delivery[]> {
    // A child whose position is not known is shown the last frame: its answer says where to start.
    const from = have ?? { epoch: head.epoch, seq: head.seq - 1 };
    const recent = this.recentAfter(topic, from);
    return recent === undefined ? this.#source.after(topic, from, CALL_BYTES) : [recent];
  }

  /** Everything after `have`, from memory; undefined when some of it is not there. */
  recentAfter(topic: string, { epoch, seq }: Position): Delivery | undefined {
    const recent = this.#recent.get(topic);
    if (recent?.epoch !== epoch || recent.first > seq + 1) return undefined;
    const frames = recent.frames.slice(seq + 1 - recent.first);
    return frames.length === 0 ? undefined : { topic, epoch, first: seq + 1, frames };
  }

  #end(name: string, child: Child, topic: string): void {
    child.topics.delete(topic);
    const names = this.#listeners.get(topic);
    names?.delete(name);
    if (names?.size === 0) {
      this.#listeners.delete(topic);
      this.#recent.delete(topic);
    }
    this.#table.drop(name, topic);
    if (child.topics.size === 0) this.#children.delete(name);
  }

  /** Watches over leases while frames are on their way: an alarm outlives a crash, this object's memory does not. */
  dueAt(): number | undefined {
    return earliest([...this.#children.values()].map(({ line }) => line.dueAt()));
  }

  async run(now: number): Promise<void> {
    const due = [...this.#children.values()].filter(({ line }) => (line.dueAt() ?? now + 1) <= now);
    await Promise.all(due.map(({ line, step }) => line.run(step)));
  }
}
