/* The sending side of live delivery: who holds a lease of which topic, what each has, and getting them the rest.
 *
 * Answers travel in return values: `deliver` returns what the child has, the next call starts there. At most one call per
 * child is in flight; what gathers meanwhile goes into the next. A call that fails or takes too long is repeated until it
 * is answered or the lease ends, so a lost last frame is repaired as well. */
import { earliest } from "../../domain/deadline";
import type { Delivery, LeaseAnswer } from "../../domain/frame";
import type { Fresh } from "../../domain/ledger/draft";
import type { Position } from "../../domain/ledger/position";
import { endOf } from "../../domain/live/delivery";
import type { Duty } from "./alarm";
import { CALL_BYTES, Line, type LineOptions } from "./line";
import type { Log } from "./log";
import type { Streams } from "./reader";

export const LEASE_MS = 10 * 60_000;
/** Frames kept in memory per topic; what is older is read from the log. */
const RECENT = 256;

interface Child {
  /** Topic → until when, and what the child has; undefined when that is not known. */
  topics: Map<string, { until: number; have: Position | undefined }>;
  line: Line;
}

export class Broadcast implements Duty {
  readonly name = "broadcast";
  readonly #log: Log;
  readonly #streams: Pick<Streams, "head" | "after">;
  readonly #options: LineOptions;
  readonly #now: () => number;
  readonly #children = new Map<string, Child>();
  /** Topic → names of the children that hold a lease of it. */
  readonly #listeners = new Map<string, Set<string>>();
  readonly #recent = new Map<string, Fresh>();

  constructor(log: Log, streams: Pick<Streams, "head" | "after">, options: LineOptions) {
    this.#log = log;
    this.#streams = streams;
    this.#options = options;
    const { now } = options;
    this.#now = now;
    if (!log.exists) return;
    const rows = log.sql.exec("SELECT child, topic, until FROM leases WHERE until > ?", now()).toArray();
    for (const { child, topic, until } of rows as { child: string; topic: string; until: number }[]) {
      this.#listen(child, topic, { until, have: undefined });
    }
    // Nobody remembers what they have: they are behind until they have said it.
    for (const { line } of this.#children.values()) line.fallBehind(now());
  }

  #listen(name: string, topic: string, lease: { until: number; have: Position | undefined }): Child {
    const child = this.#child(name);
    child.topics.set(topic, lease);
    const names = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, names.add(name));
    return child;
  }

  #child(name: string): Child {
    let child = this.#children.get(name);
    if (child === undefined) {
      child = { topics: new Map(), line: new Line(name, this.#options) };
      this.#children.set(name, child);
    }
    return child;
  }

  /** Commits the child and returns everything after `had`. An unknown topic stores nothing. */
  lease(name: string, topic: string, had: Position | null): LeaseAnswer {
    const head = this.#streams.head(topic);
    if (head === undefined) return { status: "unknown" };
    const until = this.#now() + LEASE_MS;
    this.#log.create();
    this.#log.sql.exec("DELETE FROM leases WHERE until <= ?", this.#now());
    this.#log.sql.exec(
      "INSERT INTO leases (child, topic, until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until",
      name,
      topic,
      until,
    );
    const delivery = this.#streams.after(topic, had, CALL_BYTES);
    const last = delivery.at(-1);
    const have = last === undefined ? head : endOf(last);
    const child = this.#listen(name, topic, { until, have });
    // What did not fit into the answer is sent by the alarm: nobody calls a caller back.
    if (have.epoch !== head.epoch || have.seq < head.seq) child.line.leaveToAlarm();
    return { status: "leased", head, delivery };
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
    for (const [name, child] of this.#children) if (child.line.isBehind) void this.#send(name, child);
  }

  #send(name: string, child: Child): Promise<void> {
    return child.line.run(async () => {
      const deliveries = this.#missing(name, child);
      if (deliveries.length === 0) return false;
      const { have } = await child.line.call(deliveries);
      if (!this.#received(child, have)) throw new Error(`${name} took nothing`);
      return true;
    });
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

  #missing(name: string, child: Child): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const [topic, lease] of child.topics) {
      const head = this.#streams.head(topic);
      if (lease.until <= this.#now()) this.#end(name, child, topic);
      else if (head === undefined || (lease.have?.epoch === head.epoch && lease.have.seq >= head.seq)) continue;
      else deliveries.push(...this.#rest(topic, lease.have, head));
    }
    return deliveries;
  }

  #rest(topic: string, have: Position | undefined, head: Position): Delivery[] {
    // A child whose position is not known is shown the last frame: its answer says where to start.
    const from = have ?? { epoch: head.epoch, seq: head.seq - 1 };
    const recent = this.#recent.get(topic);
    if (recent?.epoch === from.epoch && recent.first <= from.seq + 1) {
      return [
        { topic, epoch: recent.epoch, first: from.seq + 1, frames: recent.frames.slice(from.seq + 1 - recent.first) },
      ];
    }
    return this.#streams.after(topic, from, CALL_BYTES);
  }

  #end(name: string, child: Child, topic: string): void {
    child.topics.delete(topic);
    const names = this.#listeners.get(topic);
    names?.delete(name);
    if (names?.size === 0) {
      this.#listeners.delete(topic);
      this.#recent.delete(topic);
    }
    this.#log.sql.exec("DELETE FROM leases WHERE child = ? AND topic = ?", name, topic);
    if (child.topics.size === 0) this.#children.delete(name);
  }

  /** Watches over leases while frames are on their way: an alarm outlives a crash, this object's memory does not. */
  dueAt(): number | undefined {
    return earliest([...this.#children.values()].map(({ line }) => line.dueAt()));
  }

  async run(now: number): Promise<void> {
    const due = [...this.#children].filter(([, { line }]) => (line.dueAt() ?? now + 1) <= now);
    await Promise.all(due.map(([name, child]) => this.#send(name, child)));
  }
}
