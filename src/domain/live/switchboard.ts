/* Switchboard: all of a hub that is not I/O. Who listens to what, what goes to whom, and which calls to owners are due.
 *
 * Whoever runs it (durable-objects/hub.ts, or a test) hands in deliveries and client wishes, performs the calls it asks for
 * (domain/live/calls.ts) and saves what it describes. `deliver` itself never asks for anything: it only notes
 * that something is due, so a hub never calls the object that is calling it. */

import { ALERTS_TOPIC } from "../alerts/alert";
import type { Delivery, ReachReport, Receipts } from "../frame";
import type { Position } from "../ledger/position";
import { type Backlog, MAX_UNACKNOWLEDGED_MS } from "./backlog";
import { Budget, SENDS_PER_CALL } from "./budget";
import { Calls } from "./calls";
import { endOf, Feed } from "./feed";
import type { Matcher } from "./filter";
import { Leases } from "./leases";
import { Milestones } from "./milestones";
import { Pacer } from "./pacer";
import { Reach } from "./reach";
import { Scout } from "./scout";
import { type Listener, type Outlet, Subscriber, type Watch } from "./subscriber";

export interface Wish {
  topic: string;
  after: Position | null;
  paceMs: number;
  filter?: Matcher | null;
}

/** Saved at most this often. */
const SAVE_EVERY_MS = 5_000;

export class Switchboard implements Watch {
  readonly feeds = new Map<string, Feed>();
  readonly subscribers = new Set<Subscriber>();
  readonly milestones = new Milestones();
  readonly pacer = new Pacer(this.milestones);
  readonly leases: Leases;
  readonly calls: Calls;
  readonly #scout: Scout;
  readonly #condemned = new Set<Subscriber>();
  readonly #changed = new Set<Subscriber>();
  /** When the oldest unacknowledged frame of any socket may be too old. */
  #slowAt: number | undefined;
  #saveAt: number | undefined;

  readonly #sendsPerCall: number;
  /** Messages that deliveries led to. */
  sent = 0;

  /** @param random numbers in [0, 1), to spread renewals */
  constructor(random: () => number, sendsPerCall = SENDS_PER_CALL) {
    this.#sendsPerCall = sendsPerCall;
    this.leases = new Leases(this.feeds, random);
    this.calls = new Calls(this.feeds, this.leases, sendsPerCall, (now) => this.#learned(now));
    this.#scout = new Scout(this);
  }

  /** Listens to announcements where that is needed. */
  scout(now: number): void {
    this.#scout.watch(now);
  }

  get scouting(): Subscriber {
    return this.#scout.subscriber;
  }

  // --- Subscribers -----------------------------------------------------------

  attach(outlet: Outlet, backlog?: Backlog): Subscriber {
    const subscriber = new Subscriber(outlet, this, backlog);
    this.subscribers.add(subscriber);
    return subscriber;
  }

  detach(subscriber: Subscriber, now: number): void {
    for (const topic of [...subscriber.listeners.keys()]) this.leave(subscriber, topic, now);
    this.subscribers.delete(subscriber);
    this.#condemned.delete(subscriber);
    this.#changed.delete(subscriber);
  }

  join(subscriber: Subscriber, wish: Wish, now: number): void {
    const feed = this.feedOf(wish.topic);
    const before = subscriber.listeners.get(wish.topic);
    if (before !== undefined) feed.remove(before);
    const listener = this.listen(subscriber, wish);
    if (feed.isUnborn) feed.wait(listener);
    else if (this.#isUpToDate(feed, wish.after)) feed.admit(listener, wish.after as Position);
    else this.await(feed, listener);
    this.touch(now);
  }

  /** A listener that is not in its feed yet. */
  listen(subscriber: Subscriber, { topic, after, paceMs, filter }: Wish): Listener {
    const listener: Listener = {
      subscriber,
      topic,
      floor: after,
      live: false,
      warned: false,
      paceMs,
      filter: filter ?? null,
      held: null,
      heldUntil: 0,
      passed: null,
      owed: after !== null,
      acknowledged: null,
    };
    subscriber.listeners.set(topic, listener);
    subscriber.changed();
    return listener;
  }

  // A client that reconnects with exactly the hub's position needs no answer from the owner.
  #isUpToDate(feed: Feed, after: Position | null): boolean {
    const { position } = feed;
    if (feed.status !== "held" || after === null || position === null) return false;
    return after.epoch === position.epoch && after.seq === position.seq;
  }

  /** Joins by the call that is under way for the same wish, or by one that becomes due. */
  await(feed: Feed, listener: Listener): void {
    feed.join(listener);
    if (!this.calls.share(feed, listener)) this.leases.attend(feed);
  }

  leave(subscriber: Subscriber, topic: string, now: number): void {
    const listener = subscriber.listeners.get(topic);
    if (listener === undefined) return;
    subscriber.listeners.delete(topic);
    subscriber.backlog.forget(topic);
    subscriber.changed();
    const feed = this.feeds.get(topic);
    feed?.remove(listener);
    if (feed?.isDeserted) this.#drop(feed, now);
  }

  feedOf(topic: string): Feed {
    let feed = this.feeds.get(topic);
    if (feed === undefined) {
      feed = new Feed(topic, this.pacer, this.milestones, topic === ALERTS_TOPIC ? new Reach(topic) : null);
      this.feeds.set(topic, feed);
    }
    return feed;
  }

  // Its lease lapses by itself; until then deliveries are answered as taken.
  #drop(feed: Feed, now: number): void {
    this.feeds.delete(feed.topic);
    this.leases.forget(feed);
    this.#scout.watch(now);
    this.touch(now);
  }

  /** The client has read up to here. */
  acknowledge(subscriber: Subscriber, topic: string, position: Position, now: number): void {
    const { backlog } = subscriber;
    const first = !backlog.acknowledges;
    const isRested = subscriber.acknowledge(topic, position);
    if (first && backlog.acknowledges) subscriber.changed();
    const listener = subscriber.listeners.get(topic);
    if (listener?.live && backlog.isAsked) this.feeds.get(topic)?.acknowledged(listener, position);
    if (isRested) this.#goOn(subscriber, now);
  }

  // It has taken what it was given of what it missed: the rest is at hand, or asked for.
  #goOn(subscriber: Subscriber, now: number): void {
    for (const listener of subscriber.listeners.values()) {
      const feed = listener.live ? undefined : this.feeds.get(listener.topic);
      if (feed === undefined) continue;
      const isAtHand = feed.status === "held" && listener.floor !== null;
      if (!isAtHand || !feed.settle(listener, now)) this.await(feed, listener);
    }
  }

  // --- Deliveries ------------------------------------------------------------

  deliver(deliveries: readonly Delivery[], now: number): Receipts {
    const have: Receipts["have"] = {};
    const budget = new Budget(this.#sendsPerCall);
    for (const delivery of deliveries) {
      const feed = this.feeds.get(delivery.topic);
      have[delivery.topic] = feed === undefined ? endOf(delivery) : feed.take(delivery, now, budget);
      if (feed === undefined) continue;
      if (feed.announced) this.leases.announce(feed);
      this.touch(now);
    }
    this.sent += budget.spent;
    return { have };
  }

  /** What became of frames of these topics. To be asked when a delivery has been flushed, and told with its answer. */
  reached(deliveries: readonly Delivery[], now: number): ReachReport[] {
    const reaches = deliveries.flatMap(({ topic }) => this.feeds.get(topic)?.reach ?? []);
    return [...new Set(reaches)].flatMap((reach) => {
      reach.flushed(now);
      return reach.report(now);
    });
  }

  // An owner has answered, perhaps with frames.
  #learned(now: number): void {
    this.feeds.get(ALERTS_TOPIC)?.reach?.flushed(now);
    this.#scout.watch(now);
    this.touch(now);
  }

  /** The first frame of this topic exists. */
  announce(topic: string): void {
    this.leases.announce(this.feeds.get(topic));
  }

  // --- Duties ----------------------------------------------------------------

  condemned(subscriber: Subscriber): void {
    this.#condemned.add(subscriber);
  }

  changed(subscriber: Subscriber): void {
    this.#changed.add(subscriber);
  }

  /** Those whose listeners are to be saved. */
  takeChanged(): Subscriber[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  waits(at: number): void {
    const due = at + MAX_UNACKNOWLEDGED_MS;
    if (this.#slowAt === undefined || due < this.#slowAt) this.#slowAt = due;
  }

  /** Those to be closed and detached, each once. */
  takeCondemned(): Subscriber[] {
    const condemned = [...this.#condemned];
    this.#condemned.clear();
    return condemned;
  }

  get slowAt(): number | undefined {
    return this.#slowAt;
  }

  slowFrom(at: number): void {
    this.#slowAt = at;
  }

  /** Condemns whoever has not acknowledged for too long. */
  findSlow(now: number): void {
    this.#slowAt = undefined;
    for (const subscriber of this.subscribers) {
      const { waitsSince } = subscriber;
      if (subscriber.isSlow(now)) subscriber.condemn("slow");
      else if (waitsSince !== undefined) this.waits(waitsSince);
    }
  }

  /** Something that is to survive a restart has changed. */
  touch(now: number): void {
    this.#saveAt ??= now + SAVE_EVERY_MS;
  }

  get saveAt(): number | undefined {
    return this.#saveAt;
  }

  /** Everything is about to be saved. What sockets have not acknowledged is noted with their listeners. */
  saving(): void {
    this.#saveAt = undefined;
    for (const subscriber of this.subscribers) if (subscriber.backlog.since !== undefined) subscriber.changed();
  }
}
