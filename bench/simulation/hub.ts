/* A hub and its sockets. What it does with deliveries is the product's own Switchboard; here are its disk, its alarm and its
 * wire, in simulated time. One listener stands for all sockets of the hub: they get the same frames in the same order. */
import type { Delivery, LeaseAnswer, Receipts } from "../../src/domain/frame";
import type { RangeAnswer } from "../../src/domain/ledger/append";
import { SENDS_PER_CALL } from "../../src/domain/live/budget";
import type { Call } from "../../src/domain/live/calls";
import {
  restoreBoard,
  restoreSubscriber,
  type SavedBoard,
  type SavedSubscriber,
  saveBoard,
  saveSubscriber,
} from "../../src/domain/live/saved";
import type { Subscriber } from "../../src/domain/live/subscriber";
import { Switchboard } from "../../src/domain/live/switchboard";
import type { Client } from "./client";
import type { Done, Network, Station } from "./network";
import { type Random, type Span, within } from "./random";
import type { Timeline } from "./timeline";
import { type Parent, TOPIC } from "./topic";

/** An answer of an owner that takes longer is not waited for. */
const ASK_MS = 5_000;
/** A hub with sockets looks after their keys this often: so it never sleeps longer, whatever it has forgotten. */
const KEYS_MS = 60_000;
/** After a delivery to a crowd the hub gives its sockets time. */
const BREATH_MS = 1;

export interface HubWorld {
  timeline: Timeline;
  network: Network;
  random: Random;
  sendCpu: number;
  alarmDelay: Span;
  /** The owner, or the relay that it named. */
  parent(name: string | undefined): Parent;
}

export class Hub {
  readonly station: Station;
  readonly client: Client;
  readonly sockets: number;
  rowsWritten = 0;
  alarmsRung = 0;
  /** Questions to whoever is above, and how often they were asked. */
  asked = 0;
  readonly #world: HubWorld;
  #board: Switchboard | undefined;
  #subscriber: Subscriber | undefined;
  #keysSeenAt: number | undefined;
  // On disk.
  #saved: SavedBoard | undefined;
  #attachment: SavedSubscriber | undefined;
  #alarmAt: number | undefined;

  constructor(station: Station, sockets: number, client: Client, world: HubWorld) {
    this.station = station;
    this.sockets = sockets;
    this.client = client;
    this.#world = world;
  }

  /** Its sockets come. */
  open(): void {
    const board = this.#wake();
    this.#subscriber = board.attach(this.client);
    board.join(this.#subscriber, { topic: TOPIC, after: null, paceMs: 0 }, this.#world.timeline.now);
    this.#finish();
    this.#ask();
  }

  deliver(deliveries: Delivery[], startsAt: number): Done<Receipts> {
    const board = this.#wake();
    const before = board.sent;
    const answer = board.deliver(deliveries, this.#world.timeline.now);
    const messages = (board.sent - before) * this.sockets;
    const cpuMs = messages * this.#world.sendCpu + (messages > 0 ? BREATH_MS : 0);
    this.client.reachedBy(startsAt + cpuMs);
    this.#finish();
    return { answer, cpuMs };
  }

  forgetCounts(): void {
    this.rowsWritten = 0;
    this.alarmsRung = 0;
    this.asked = 0;
    this.station.activeMs = 0;
  }

  /** Memory is gone; sockets, what was saved, and the alarm stay. */
  evict(): void {
    this.station.evict(this.#world.timeline.now);
    this.#board = undefined;
    this.#keysSeenAt = undefined;
  }

  #wake(): Switchboard {
    if (this.#board !== undefined) return this.#board;
    // As many frames per call as a hub with so many sockets takes.
    const board = new Switchboard(this.#world.random, Math.max(1, Math.floor(SENDS_PER_CALL / this.sockets)));
    this.#board = board;
    if (this.#attachment !== undefined) this.#subscriber = restoreSubscriber(board, this.client, this.#attachment);
    restoreBoard(board, this.#saved, this.#world.timeline.now);
    return board;
  }

  #finish(): void {
    const board = this.#wake();
    if (this.#subscriber !== undefined) this.#keysSeenAt ??= this.#world.timeline.now;
    if (board.takeChanged().length > 0 && this.#subscriber !== undefined) {
      this.#attachment = saveSubscriber(board, this.#subscriber);
    }
    this.#arm();
  }

  // --- Alarm -----------------------------------------------------------------

  #dueAt(): number | undefined {
    const keysAt = this.#keysSeenAt === undefined ? undefined : this.#keysSeenAt + KEYS_MS;
    const due = [this.#board?.saveAt, this.#board?.leases.dueAt, keysAt].filter((at) => at !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  #arm(): void {
    const { timeline, random, alarmDelay } = this.#world;
    const due = this.#dueAt();
    if (due === undefined) return;
    const at = Math.max(due, timeline.now + 1);
    if (this.#alarmAt !== undefined && this.#alarmAt <= at) return;
    this.#alarmAt = at;
    this.rowsWritten++;
    timeline.at(at + within(alarmDelay, random), () => {
      if (this.#alarmAt === at) this.#ring();
    });
  }

  #ring(): void {
    const { now } = this.#world.timeline;
    this.#alarmAt = undefined;
    this.alarmsRung++;
    const isFresh = this.#board === undefined;
    const board = this.#wake();
    if (isFresh && (this.#dueAt() ?? now + 1) > now) board.leases.renewAll(now);
    if ((this.#keysSeenAt ?? now) + KEYS_MS <= now) this.#keysSeenAt = now;
    if ((board.saveAt ?? now + 1) <= now) {
      board.saving();
      this.#saved = saveBoard(board);
      this.rowsWritten++;
    }
    this.#finish();
    this.#ask();
  }

  // --- Questions -------------------------------------------------------------

  #ask(): void {
    const board = this.#wake();
    for (const call of board.calls.due(this.#world.timeline.now)) this.#askOne(board, call);
  }

  #askOne(board: Switchboard, call: Call): void {
    const { timeline, network } = this.#world;
    const parent = this.#world.parent(call.parent);
    let settled = false;
    const settle = (answer: LeaseAnswer | RangeAnswer | undefined) => {
      if (this.#board !== board) return;
      const { now } = timeline;
      if (settled && answer !== undefined) board.calls.strayed(call, answer, now);
      else if (!settled && answer === undefined) board.calls.failed(call, now);
      else if (answer !== undefined) board.calls.answered(call, answer, now);
      settled = true;
      this.client.reachedBy(now);
      this.#finish();
      this.#ask();
    };
    this.asked++;
    const work = (): Done<LeaseAnswer | RangeAnswer> =>
      call.kind === "lease" ? parent.lease(this.station.name, call.have) : parent.read(call.after);
    network.call(this.station, parent.station, work, settle);
    timeline.after(ASK_MS, () => settled || settle(undefined));
  }
}
