/* Calls: what a hub asks the owners of topics, and what the answers give to whom.
 *
 * A call under way serves every joiner that wants the same (a snapshot, or all after one position), also those who come
 * while it is under way: its answer is at least as new as the hub's position when it began, and what passes meanwhile is in
 * the feed's tail. Giving the same answer twice changes nothing, because a joiner's floor moves with it. */
import type { Delivery, LeaseAnswer } from "../frame";
import type { RangeAnswer } from "../ledger/append";
import { comparePositions, formatPosition, type Position } from "../ledger/position";
import { Budget } from "./budget";
import { BEGINNING, type Feed } from "./feed";
import type { Leases } from "./leases";
import { rangeDelivery } from "./range";
import type { Listener } from "./subscriber";

/** Something to ask the owner of a topic, or the relay `parent` in its place; `for` are the joiners whom the answer serves. */
export type Call =
  | { kind: "lease"; feed: Feed; have: Position | null; parent: string | undefined; for: Listener[] }
  | { kind: "read"; feed: Feed; after: Position | null; parent: string | undefined; for: Listener[] };

/** A relay that failed so often is not asked again before the owner has named it once more. */
const PARENT_FAILURES = 3;

const keyOf = (topic: string, after: Position | null): string =>
  `${topic} ${after === null ? "" : formatPosition(after)}`;

const later = (a: Position | null, b: Position): Position => (a === null || comparePositions(a, b) < 0 ? b : a);

/** Messages that these are to one socket. */
const sendsOf = (deliveries: readonly (Delivery | undefined)[]): number =>
  deliveries.reduce((sum, d) => sum + (d === undefined ? 0 : "snapshot" in d ? 1 : d.frames.length), 0);

export class Calls {
  readonly #feeds: ReadonlyMap<string, Feed>;
  readonly #leases: Leases;
  readonly #sendsPerCall: number;
  readonly #learned: (now: number) => void;
  readonly #underWay = new Map<string, Call>();
  /** Relays that owners have named. A hub that restarts asks the owner again. */
  readonly #parents = new WeakMap<Feed, string>();

  /** @param learned called after each answer */
  constructor(feeds: ReadonlyMap<string, Feed>, leases: Leases, sendsPerCall: number, learned: (now: number) => void) {
    this.#sendsPerCall = sendsPerCall;
    this.#feeds = feeds;
    this.#leases = leases;
    this.#learned = learned;
  }

  /** Joins the call that is under way for the same wish. */
  share(feed: Feed, listener: Listener): boolean {
    const call = this.#underWay.get(keyOf(feed.topic, listener.floor));
    if (call?.feed !== feed) return false;
    call.for.push(listener);
    return true;
  }

  /** What to ask now; each call must be answered or failed. */
  due(now: number): Call[] {
    const calls = this.#leases.due(now).flatMap((feed) => this.#callsOf(feed, now));
    for (const call of calls) {
      const after = call.kind === "lease" ? call.have : call.after;
      this.#underWay.set(keyOf(call.feed.topic, after), call);
    }
    return calls;
  }

  #callsOf(feed: Feed, now: number): Call[] {
    if (feed.asking) return [];
    if (feed.status === "none" || feed.renewAt <= now) return [this.#leaseCall(feed)];
    const waiting = new Map<string, Call>();
    for (const listener of feed.joining) {
      if (listener.subscriber.isResting) continue;
      const key = keyOf(feed.topic, listener.floor);
      if (this.#underWay.get(key)?.for.includes(listener)) continue;
      const parent = this.#parents.get(feed);
      const call = waiting.get(key) ?? { kind: "read", feed, after: listener.floor, parent, for: [] };
      call.for.push(listener);
      waiting.set(key, call);
    }
    return [...waiting.values()];
  }

  // Where nothing is known of the topic, the lease is asked for as the first joiner needs it and serves it as well.
  #leaseCall(feed: Feed): Call {
    feed.asking = true;
    const first = feed.joining.values().next().value;
    const have = feed.position ?? first?.floor ?? null;
    const key = keyOf(feed.topic, have);
    const served = feed.position === null ? [...feed.joining].filter((l) => keyOf(feed.topic, l.floor) === key) : [];
    return { kind: "lease", feed, have, parent: this.#parents.get(feed), for: served };
  }

  answered(call: Call, answer: LeaseAnswer | RangeAnswer, now: number): void {
    if (!this.#finish(call)) {
      this.strayed(call, answer, now);
      return;
    }
    const { feed } = call;
    feed.failures = 0;
    feed.retryAt = 0;
    if (answer.status === "unknown") this.#unknown(feed, now);
    else if (answer.status === "elsewhere") this.#moved(feed, answer.parent, now);
    else if (answer.status === "leased") this.#leased(call, answer, now);
    else this.#ranged(call, answer, now);
    if (feed.joining.size > 0) this.#leases.attend(feed);
    this.#learned(now);
  }

  /** An answer came that nobody waits for. An owner that granted a lease believes that its answer arrived; so it is asked
   * once more, and told what this hub has. */
  strayed(call: Call, answer: LeaseAnswer | RangeAnswer, now: number): void {
    const feed = this.#feeds.get(call.feed.topic);
    if (feed !== undefined && answer.status === "leased") this.#leases.renewNow(feed, now);
  }

  failed(call: Call, now: number): void {
    if (!this.#finish(call)) return;
    this.#leases.postpone(call.feed, now);
    if (call.feed.failures >= PARENT_FAILURES) this.#parents.delete(call.feed);
    for (const listener of call.feed.joining) {
      if (listener.warned) continue;
      listener.warned = true;
      const detail = "It cannot be reached now; it will come as soon as it can.";
      listener.subscriber.tell({ type: "error", code: "unavailable", detail, topic: listener.topic });
    }
  }

  /** False when nobody waits for it any more. */
  #finish(call: Call): boolean {
    const key = keyOf(call.feed.topic, call.kind === "lease" ? call.have : call.after);
    if (this.#underWay.get(key) === call) this.#underWay.delete(key);
    if (call.kind === "lease") call.feed.asking = false;
    return this.#feeds.get(call.feed.topic) === call.feed;
  }

  #unknown(feed: Feed, now: number): void {
    this.#leases.unknown(feed, now);
    if (feed.status !== "unknown") return;
    feed.position ??= BEGINNING;
    for (const listener of [...feed.joining]) feed.wait(listener);
  }

  /** The owner calls enough hubs itself: its relay is asked at once. */
  #moved(feed: Feed, parent: string, now: number): void {
    this.#parents.set(feed, parent);
    feed.renewAt = now;
    this.#leases.attend(feed);
  }

  #leased({ feed, for: joiners }: Call, answer: Extract<LeaseAnswer, { status: "leased" }>, now: number): void {
    const before = feed.position;
    this.#leases.held(feed, now);
    const budget = new Budget(this.#sendsPerCall);
    for (const delivery of answer.delivery) feed.take(delivery, now, budget);
    feed.position ??= answer.head;
    if (feed.strayed) this.#leases.renewNow(feed, now);
    const isBehind = comparePositions(feed.position, answer.head) < 0;
    if (isBehind) this.#askForRest(feed, before, now);
    for (const listener of joiners) {
      if (!feed.joining.has(listener) || !budget.spend(sendsOf(answer.delivery))) continue;
      if (!answer.delivery.every((delivery) => feed.give(listener, delivery, now))) continue;
      listener.floor ??= answer.head;
      // While the hub catches up, each joiner does at its own pace: what is live gets everything at once.
      if (!isBehind) feed.settle(listener, now);
    }
  }

  // A long range comes in pieces, one per call.
  #askForRest(feed: Feed, before: Position | null, now: number): void {
    feed.renewAt = now;
    if (feed.position === before) this.#leases.postpone(feed, now);
    else this.#leases.attend(feed);
  }

  #ranged({ feed, for: joiners }: Call, answer: Exclude<RangeAnswer, { status: "unknown" }>, now: number): void {
    const delivery = rangeDelivery(feed.topic, answer);
    const more = answer.status === "range" && answer.more;
    const budget = new Budget(this.#sendsPerCall);
    let stuck = false;
    for (const listener of joiners) {
      // Whoever the budget does not reach stays a joiner, and the next call is for them.
      if (!feed.joining.has(listener) || !budget.spend(sendsOf([delivery]))) continue;
      const before = listener.floor;
      if (delivery !== undefined && !feed.give(listener, delivery, now)) continue;
      if (!more) listener.floor = later(listener.floor, answer.head);
      const settled = !more && feed.settle(listener, now);
      if (!settled && listener.floor === before && !listener.subscriber.isResting) stuck = true;
    }
    // An answer that leads nowhere is asked for again later, not at once and for ever.
    if (stuck) this.#leases.postpone(feed, now);
  }
}
