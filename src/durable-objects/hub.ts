/* Hub: a shard of the sockets that listen, named `<region>-<i>`; woken by sockets, by deliveries of owners and by one alarm.
 * It owns no stream. What it does with frames is domain/live/switchboard.ts; this is its I/O: sockets hibernate with their
 * subscriptions as attachments, positions are saved in one row at most every 5 s, and memory is rebuilt from both. */
import { DurableObject } from "cloudflare:workers";
import { CLOSE, ClientMessage, type Delivery, PING, PONG, type Receipts, type Subscription } from "../domain/frame";
import { Backlog } from "../domain/live/backlog";
import { askedShare } from "../domain/live/placement";
import { restoreBoard, restoreSubscriber, saveBoard, saveSubscriber } from "../domain/live/saved";
import type { Subscriber } from "../domain/live/subscriber";
import { Switchboard } from "../domain/live/switchboard";
import { canonicalTopic } from "../domain/live/topic";
import { settingsOf } from "../domain/settings";
import { messageIn } from "../domain/socket-message";
import { isoOf } from "../domain/time";
import { withoutKey } from "../storage/queries/keys";
import { askOwners } from "./hub/ask";
import { closeSocket, replyToClose } from "./hub/close";
import { loadPositions, SCHEMA, savePositions } from "./hub/positions";
import { type Attachment, identityOf, type Seat, seatOf } from "./hub/seat";
import { grantedWishes } from "./hub/wishes";
import { Alarm } from "./ledger/alarm";
import { turn } from "./turns";

/** The span over which clients spread their reconnects. */
const RETRY_MS = 5_000;
/** Messages of one delivery after which sockets are given time. */
const CROWD = 1_000;
/** A socket outlives its key by no more than this. Each look is one query and one alarm per hub. */
const KEYS_MS = 60_000;

export class Hub extends DurableObject<Env> {
  readonly #seats = new Map<WebSocket, Seat>();
  readonly #seatOf = new Map<Subscriber, Seat>();
  #memory: Switchboard | undefined;
  /** When the event that is being handled began. */
  #now = 0;
  #keysSeenAt: number | undefined;
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #alarm = new Alarm(this.ctx.storage, [
    { name: "save", dueAt: () => this.#memory?.saveAt, run: async () => this.#save() },
    {
      name: "positions",
      dueAt: () => this.#memory?.milestones.dueAt,
      run: async (now) => this.#board.milestones.tell(now),
    },
    { name: "slow", dueAt: () => this.#memory?.slowAt, run: async (now) => this.#board.findSlow(now) },
    { name: "keys", dueAt: () => this.#keysAt(), run: (now) => this.#closeRevoked(now) },
    { name: "owners", dueAt: () => this.#ownersAt(), run: () => this.#ask() },
  ]);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  // --- RPC -------------------------------------------------------------------

  /** Passes frames on and returns the position of each topic. May be repeated: what has passed is dropped. */
  async deliver(deliveries: Delivery[]): Promise<Receipts> {
    const board = this.#wake();
    const before = board.sent;
    const receipts = board.deliver(deliveries, this.#now);
    this.#finish();
    // Otherwise a long delivery to a crowd would hold up every answer and every ping until its end.
    if (board.sent - before >= CROWD) await turn();
    const reach = board.reached(deliveries, Date.now());
    return reach.length === 0 ? receipts : { ...receipts, reach };
  }

  // --- Alarm -----------------------------------------------------------------

  override async alarm(): Promise<void> {
    const isFresh = this.#memory === undefined;
    const board = this.#wake();
    // An alarm without a saved duty was set by a hub that ended before it could save: frames may have been missed.
    if (isFresh && !this.#isDue()) board.leases.renewAll(this.#now);
    await this.#alarm.ring(this.#now);
    this.#finish();
  }

  // --- WebSockets ------------------------------------------------------------

  /** Takes a socket in. The Worker has authenticated it; a full hub refuses with 503. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") return new Response(null, { status: 426 });
    const board = this.#wake();
    if (this.#seats.size >= settingsOf(this.env).HUB_MAX_SOCKETS) return new Response(null, { status: 503 });
    const { principal, stream, topics, hubs } = identityOf(request);
    const isAsked = Math.random() < askedShare(this.#seats.size + 1, hubs);
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const subscriber = board.attach(server, new Backlog(isAsked));
    const seat = this.#seat({ ws: server, subscriber, principal, stream });
    subscriber.changed();
    subscriber.tell({ type: "hello", stream, retry_ms: RETRY_MS, acknowledge: isAsked, at: isoOf(this.#now) });
    if (topics.length > 0) {
      this.#subscribe(seat, topics);
      this.ctx.waitUntil(this.#ask());
    }
    this.#finish();
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(ws: WebSocket, data: string | ArrayBuffer): Promise<void> {
    this.#wake();
    const seat = this.#seats.get(ws);
    if (seat === undefined) return; // It was closed by us and had this under way.
    if (seat.messages?.take(this.#now) === false) this.#close(seat, CLOSE.too_many_messages, "too many messages");
    else this.#hear(seat, data);
    this.#finish();
    await this.#ask();
  }

  override webSocketClose(ws: WebSocket, code: number, reason: string): void {
    this.#wake();
    replyToClose(ws, code, reason);
    this.#unseat(this.#seats.get(ws));
    this.#finish();
  }

  override webSocketError(ws: WebSocket): void {
    this.#wake();
    this.#unseat(this.#seats.get(ws));
    this.#finish();
  }

  // --- Messages --------------------------------------------------------------

  #hear(seat: Seat, data: string | ArrayBuffer): void {
    const message = messageIn(ClientMessage, data);
    if (message.ok) {
      this.#handle(seat, message.value);
      return;
    }
    const detail = `This is no message that a hub knows: ${message.error}.`;
    seat.subscriber.tell({ type: "error", code: "invalid_request", detail });
  }

  #handle(seat: Seat, message: ClientMessage): void {
    const board = this.#board;
    switch (message.type) {
      case "subscribe":
        this.#subscribe(seat, message.topics);
        return;
      case "unsubscribe":
        for (const topic of message.topics) board.leave(seat.subscriber, canonicalTopic(topic) ?? topic, this.#now);
        return;
      case "position":
        for (const { topic, ...at } of message.topics) board.acknowledge(seat.subscriber, topic, at, this.#now);
        return;
      case "ping":
        seat.subscriber.tell({ type: "pong" });
        return;
      default:
        message satisfies never;
    }
  }

  #subscribe(seat: Seat, wanted: Subscription[]): void {
    for (const wish of grantedWishes(seat, wanted, settingsOf(this.env).PUBLIC_TOPICS)) {
      this.#board.join(seat.subscriber, wish, this.#now);
    }
  }

  // --- Memory ----------------------------------------------------------------

  get #board(): Switchboard {
    return this.#memory ?? this.#wake();
  }

  /** Every event begins here: memory is rebuilt when the object was evicted, not in the constructor. */
  #wake(): Switchboard {
    this.#now = Date.now();
    if (this.#memory !== undefined) return this.#memory;
    const board = new Switchboard(Math.random);
    this.#memory = board;
    for (const ws of this.ctx.getWebSockets()) {
      const attachment = ws.deserializeAttachment() as Attachment | null;
      if (ws.readyState !== WebSocket.OPEN || attachment === null) continue;
      const { principal, stream, saved } = attachment;
      this.#seat({ ws, subscriber: restoreSubscriber(board, ws, saved), principal, stream });
    }
    const saved = loadPositions(this.ctx.storage);
    // Not the moment of waking: a hub that sleeps between its alarms would put off the look for ever.
    if (this.#seats.size > 0) this.#keysSeenAt = saved?.keysSeenAt ?? 0;
    restoreBoard(board, saved, this.#now);
    return board;
  }

  #save(): void {
    this.#board.saving();
    savePositions(this.ctx.storage, { ...saveBoard(this.#board), keysSeenAt: this.#keysSeenAt });
  }

  #seat(who: Omit<Seat, "messages">): Seat {
    const seat = seatOf(who);
    this.#seats.set(seat.ws, seat);
    this.#seatOf.set(seat.subscriber, seat);
    return seat;
  }

  #unseat(seat: Seat | undefined): void {
    if (seat === undefined) return;
    this.#seats.delete(seat.ws);
    this.#seatOf.delete(seat.subscriber);
    this.#board.detach(seat.subscriber, this.#now);
  }

  #close(seat: Seat, code: number, reason: string): void {
    closeSocket(seat.ws, code, reason);
    this.#unseat(seat);
  }

  /** Every event ends here: whoever is too slow goes, listeners are saved, clocks are set. */
  #finish(): void {
    const board = this.#board;
    for (const subscriber of board.takeChanged()) this.#attach(this.#seatOf.get(subscriber));
    for (const subscriber of board.takeCondemned()) {
      const seat = this.#seatOf.get(subscriber);
      if (seat !== undefined && subscriber.verdict === "slow") closeSocket(seat.ws, CLOSE.slow, "too slow");
      this.#unseat(seat);
    }
    this.#setFlush();
    this.#alarm.arm(this.#now);
  }

  #attach(seat: Seat | undefined): void {
    if (seat === undefined) return;
    const { ws, principal, stream, subscriber } = seat;
    try {
      ws.serializeAttachment({ v: 1, principal, stream, saved: saveSubscriber(this.#board, subscriber) } as Attachment);
    } catch {
      /* A long scope and many long topics together exceed 16 KB. */
      this.#close(seat, CLOSE.too_many_topics, "too many topics");
    }
  }

  // --- Keys ------------------------------------------------------------------

  #keysAt(): number | undefined {
    if (this.#seats.size === 0) return undefined;
    this.#keysSeenAt ??= this.#now;
    return this.#keysSeenAt + KEYS_MS;
  }

  /** A socket is dead with its key: those whose key was deleted are closed. */
  async #closeRevoked(now: number): Promise<void> {
    this.#keysSeenAt = now;
    const withKey = [...this.#seats.values()].filter(({ principal }) => principal.role !== null);
    const gone = await withoutKey(this.env.DB, withKey, ({ principal }) => principal.id);
    for (const seat of gone) this.#close(seat, CLOSE.unauthorized, "key deleted");
  }

  // --- Owners and clocks -----------------------------------------------------

  #ask(): Promise<void> {
    return askOwners(this.env, this.ctx.id.name ?? "", this.#board, () => {
      this.#now = Date.now();
      this.#finish();
    });
  }

  // What is to be asked at once has no time of its own, and an alarm must have one.
  #ownersAt(): number | undefined {
    const due = this.#memory?.leases.dueAt;
    return due === undefined ? undefined : Math.max(due, this.#now);
  }

  #isDue(): boolean {
    const board = this.#board;
    const due = [board.saveAt, board.milestones.dueAt, board.slowAt, this.#ownersAt()];
    return due.some((at) => at !== undefined && at <= this.#now);
  }

  // A held frame must go out within its pace, and alarms cost a row and may be late. The timer lives at most 1 s and only
  // while frames flow, so it never keeps a quiet hub awake: docs/decisions/pace-timer.md.
  #setFlush(): void {
    const due = this.#board.pacer.nextFlush;
    if (due === undefined || this.#flushTimer !== undefined) return;
    const flush = () => {
      this.#flushTimer = undefined;
      this.#wake().pacer.flush(Math.max(due, this.#now));
      this.#finish();
    };
    this.#flushTimer = setTimeout(flush, Math.max(0, due - Date.now()));
  }
}
