/* Scout: while a topic that nobody has posted to is wished for, the hub itself listens to the announcements. */
import * as z from "zod";
import { SYMBOLS_TOPIC } from "../topics/topic";
import { Backlog } from "./backlog";
import type { Feed } from "./feed";
import { Subscriber } from "./subscriber";
import { priceTopic } from "./topic";

const Announcement = z.discriminatedUnion("type", [
  z.object({ type: z.literal("announced"), data: z.object({ symbol: z.string() }) }),
  z.object({ type: z.literal("snapshot"), data: z.object({ symbols: z.array(z.string()) }) }),
]);

/** Nobody reads behind the scout's back: it has read whatever it was sent. */
class NoBacklog extends Backlog {
  override note(): void {}
  override noteControl(): void {}
}

/** What the scout needs of the switchboard it works for. */
interface Board {
  readonly leases: { readonly unknowns: ReadonlySet<Feed> };
  join(subscriber: Subscriber, wish: { topic: string; after: null; paceMs: number }, now: number): void;
  leave(subscriber: Subscriber, topic: string, now: number): void;
  announce(topic: string): void;
}

export class Scout {
  readonly #board: Board;
  readonly subscriber: Subscriber;

  constructor(board: Board) {
    this.#board = board;
    const silent = { condemned: () => {}, changed: () => {}, waits: () => {} };
    this.subscriber = new Subscriber({ send: (text) => this.#hear(text) }, silent, new NoBacklog());
  }

  /** Listens as long as some topic is unknown. */
  watch(now: number): void {
    const wanted = [...this.#board.leases.unknowns].some((feed) => feed.topic !== SYMBOLS_TOPIC);
    const listens = this.subscriber.listeners.has(SYMBOLS_TOPIC);
    if (wanted && !listens) this.#board.join(this.subscriber, { topic: SYMBOLS_TOPIC, after: null, paceMs: 0 }, now);
    else if (!wanted && listens) this.#board.leave(this.subscriber, SYMBOLS_TOPIC, now);
  }

  #hear(text: string): void {
    const parsed = Announcement.safeParse(JSON.parse(text));
    if (!parsed.success) return;
    const { data } = parsed.data;
    for (const symbol of "symbol" in data ? [data.symbol] : data.symbols) this.#board.announce(priceTopic(symbol));
  }
}
