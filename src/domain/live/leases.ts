/* Leases: which topics an owner must be asked about, and when. */
import type { Feed } from "./feed";

/** Half of a lease's life in its owner. */
const RENEW_MS = 5 * 60_000;
/** Renewals of hubs are spread over this span, so that an owner does not hear from all of them at once. */
const SPREAD_MS = 30_000;
/** What is due within this span is renewed along with what is due now: one wake instead of many. */
const TOGETHER_MS = 60_000;
const RETRY_MS = 1_000;
/** New sockets wait for what is asked here. */
const RETRY_MAX_MS = 5_000;

export class Leases {
  readonly #feeds: ReadonlyMap<string, Feed>;
  readonly #random: () => number;
  /** Topics with something to ask, once their `retryAt` has passed. */
  readonly #attention = new Set<Feed>();
  readonly unknowns = new Set<Feed>();
  /** The earliest renewal, or earlier. */
  #renewAt: number | undefined;

  constructor(feeds: ReadonlyMap<string, Feed>, random: () => number) {
    this.#feeds = feeds;
    this.#random = random;
  }

  attend(feed: Feed): void {
    this.#attention.add(feed);
  }

  forget(feed: Feed): void {
    this.#attention.delete(feed);
    this.unknowns.delete(feed);
  }

  /** When `due` next returns something; undefined when nothing is to be asked. */
  get dueAt(): number | undefined {
    let due = this.#renewAt;
    for (const { retryAt } of this.#attention) if (due === undefined || retryAt < due) due = retryAt;
    return due;
  }

  /** Takes out the topics to ask about now. */
  due(now: number): Feed[] {
    const feeds = [...this.#attention].filter((feed) => feed.retryAt <= now);
    for (const feed of feeds) this.#attention.delete(feed);
    if (this.#renewAt === undefined || this.#renewAt > now) return feeds;
    return [...new Set([...feeds, ...this.#renewals(now)])];
  }

  #renewals(now: number): Feed[] {
    const due: Feed[] = [];
    this.#renewAt = undefined;
    for (const feed of this.#feeds.values()) {
      if (feed.status === "none" || feed.asking) continue;
      if (feed.renewAt > now + TOGETHER_MS) this.#noteRenewal(feed);
      else {
        feed.renewAt = now;
        if (feed.retryAt <= now) due.push(feed);
      }
    }
    return due;
  }

  #noteRenewal({ renewAt }: Feed): void {
    if (this.#renewAt === undefined || renewAt < this.#renewAt) this.#renewAt = renewAt;
  }

  /** Ask every owner again, now: nobody knows what was missed. */
  renewAll(now: number): void {
    for (const feed of this.#feeds.values()) feed.renewAt = now;
    this.#renewAt = now;
  }

  /** A topic as it was saved: the lease may still run. */
  resume(feed: Feed, status: "held" | "unknown", renewAt: number): void {
    feed.status = status;
    feed.renewAt = renewAt;
    if (status === "unknown") this.unknowns.add(feed);
    this.#noteRenewal(feed);
  }

  held(feed: Feed, now: number): void {
    this.unknowns.delete(feed);
    feed.announced = false;
    feed.status = "held";
    feed.renewAt = now + RENEW_MS - Math.floor(this.#random() * SPREAD_MS);
    this.#noteRenewal(feed);
  }

  /** The owner has no such stream: it is asked again when announced, and with the renewals in case that was missed. */
  unknown(feed: Feed, now: number): void {
    if (feed.announced) {
      this.#askAgain(feed);
      return;
    }
    feed.status = "unknown";
    feed.renewAt = now + RENEW_MS;
    this.unknowns.add(feed);
    this.#noteRenewal(feed);
  }

  announce(feed: Feed | undefined): void {
    if (feed === undefined) return;
    // The announcement may overtake an answer that says `unknown`.
    feed.announced = true;
    if (!feed.asking && feed.status === "unknown") this.#askAgain(feed);
  }

  #askAgain(feed: Feed): void {
    this.unknowns.delete(feed);
    feed.announced = false;
    feed.status = "none";
    this.#attention.add(feed);
  }

  /** Its owner is asked again at once, or after the call that is under way. */
  renewNow(feed: Feed, now: number): void {
    feed.strayed = feed.asking;
    feed.renewAt = now;
    this.#attention.add(feed);
  }

  postpone(feed: Feed, now: number): void {
    feed.failures += 1;
    feed.retryAt = now + Math.min(RETRY_MS * 2 ** (feed.failures - 1), RETRY_MAX_MS);
    this.#attention.add(feed);
  }
}
