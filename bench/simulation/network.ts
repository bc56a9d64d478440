/* Calls between simulated objects: how long they take, what goes wrong, and how many may be open at once.
 *
 * An object does one thing at a time: calls that arrive while it works wait, and calls that it makes leave one after the
 * other. What a call does to the receiver has happened even where its answer is lost; that is the case that the protocol of
 * positions is for. */
import { type Random, type Span, within } from "./random";
import type { Timeline } from "./timeline";

/** Milliseconds. The figures used, and why, are in models.ts. */
export interface Hops {
  /** A call and its answer between objects of one region, and of two. */
  near: Span;
  far: Span;
  /** What the caller computes per call. */
  callCpu: number;
  /** What a hub computes per message to a socket. */
  sendCpu: number;
  /** How late an alarm rings. */
  alarm: Span;
  /** A call that got lost on the way holds its connection for so long. */
  lost: number;
}

/** Shares of calls. */
export interface Faults {
  /** Fails and says so. */
  failed: number;
  /** Never arrives, and nobody says so. */
  lost: number;
  /** Arrives and is done; its answer never comes. */
  answerLost: number;
  /** Takes `slowFactor` times as long. */
  slow: number;
  slowFactor: number;
}

export const FAULTLESS: Faults = { failed: 0, lost: 0, answerLost: 0, slow: 0, slowFactor: 1 };

/** One object: where it is and what it is busy with. */
export class Station {
  readonly name: string;
  readonly region: string;
  /** Ends with an eviction: whatever belonged to it is void. */
  life = 0;
  deadUntil = 0;
  busyUntil = 0;
  /** Calls that it has open, and those that wait for a free connection. */
  open = 0;
  waiting: (() => void)[] = [];
  /** Time in which it was computing or had a call open: the platform bills it. */
  activeMs = 0;
  openSince = 0;

  constructor(name: string, region: string) {
    this.name = name;
    this.region = region;
  }

  evict(now: number): void {
    if (this.open > 0) this.activeMs += now - this.openSince;
    this.life++;
    this.open = 0;
    this.waiting = [];
  }
}

/** What the receiver does with a call: how long it computes, and its answer; undefined is a refusal. `later` is for an
 * answer that needs calls of its own. */
export type Done<A> = { cpuMs: number } & (
  | { answer: A | undefined }
  | { later: (reply: (answer: A | undefined) => void) => void }
);

interface Call<A> {
  from: Station;
  to: Station;
  work: (at: number) => Done<A>;
  done: (answer: A | undefined) => void;
}

export class Network {
  /** Calls that left their sender. */
  calls = 0;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #hops: Hops;
  readonly #cap: number;
  faults: Faults;

  /** @param cap calls that one object may have open at the same time */
  constructor(timeline: Timeline, random: Random, hops: Hops, faults: Faults, cap = Number.POSITIVE_INFINITY) {
    this.#timeline = timeline;
    this.#random = random;
    this.#hops = hops;
    this.faults = faults;
    this.#cap = cap;
  }

  /** @param work what the receiver does, told when it begins
   * @param done called with the answer, or undefined when the call failed; not at all when the caller is gone */
  call<A>(from: Station, to: Station, work: (at: number) => Done<A>, done: (answer: A | undefined) => void): void {
    this.#compute(from, this.#hops.callCpu);
    const { life } = from;
    const start = () => this.#open({ from, to, work, done });
    this.#timeline.at(from.busyUntil, () => {
      if (from.life !== life) return;
      if (from.open >= this.#cap) from.waiting.push(start);
      else start();
    });
  }

  #compute(station: Station, ms: number): void {
    station.busyUntil = Math.max(this.#timeline.now, station.busyUntil) + ms;
    if (station.open === 0) station.activeMs += ms;
  }

  #open<A>(call: Call<A>): void {
    const { from, done } = call;
    const { life } = from;
    this.calls++;
    if (from.open++ === 0) from.openSince = this.#timeline.now;
    const end = (answer: A | undefined) => {
      if (from.life !== life) return;
      if (--from.open === 0) from.activeMs += this.#timeline.now - from.openSince;
      done(answer);
      if (from.open < this.#cap) from.waiting.shift()?.();
    };
    this.#travel({ ...call, done: end });
  }

  #travel<A>(call: Call<A>): void {
    const { failed, lost, answerLost } = this.faults;
    const oneWay = this.#oneWay(call);
    const fate = this.#random();
    if (fate < failed) this.#fail(call, 2 * oneWay);
    else if (fate < failed + lost) this.#fail(call, this.#hops.lost);
    else this.#timeline.after(oneWay, () => this.#arrive(call, oneWay, fate < failed + lost + answerLost));
  }

  #fail<A>({ done }: Call<A>, ms: number): void {
    this.#timeline.after(ms, () => done(undefined));
  }

  #arrive<A>(call: Call<A>, oneWay: number, answerIsLost: boolean): void {
    const { to, work, done } = call;
    if (to.deadUntil > this.#timeline.now) {
      // What is dead refuses, or is just silent.
      this.#fail(call, this.#random() < 0.5 ? oneWay : this.#hops.lost);
      return;
    }
    const { life } = to;
    const result = work(Math.max(this.#timeline.now, to.busyUntil));
    this.#compute(to, result.cpuMs);
    const reply = (answer: A | undefined) => {
      if (answerIsLost) this.#fail(call, this.#hops.lost);
      else this.#timeline.after(oneWay, () => done(to.life === life ? answer : undefined));
    };
    this.#timeline.at(to.busyUntil, () => ("later" in result ? result.later(reply) : reply(result.answer)));
  }

  #oneWay({ from, to }: Pick<Call<unknown>, "from" | "to">): number {
    const span = from.region === to.region ? this.#hops.near : this.#hops.far;
    const factor = this.#random() < this.faults.slow ? this.faults.slowFactor : 1;
    return (within(span, this.#random) * factor) / 2;
  }
}
