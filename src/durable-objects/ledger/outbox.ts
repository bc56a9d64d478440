/* The outbox: parts of the log on their way downstream, pulled by position, one pass at a time.
 *
 * Nothing here decides what D1 holds: a message says on which cursor it builds and D1's cursor row decides. So sending
 * twice is always safe, and losing a message, a confirmation or this object's memory only delays. */
import { earliest } from "../../domain/deadline";
import { type Cursor, compareCursors, type OutboxMessage } from "../../domain/event";
import type { Core, Kit } from "../../domain/ledger/core";
import type { SealedRow } from "../../domain/ledger/draft";
import { dueAt, newOutbox, type OutboxState, resumeAt } from "../../domain/ledger/outbox";
import type { Fact, Output } from "../../domain/ledger/reducer";
import type { Duty } from "./alarm";
import type { Log } from "./log";
import { bundleAfter, eventsAfter, partsAfter } from "./parts";

/** Joined parts of one purpose that make a message full before its time. */
const FULL_PARTS = 400;

/** The way out of the object: a queue, and D1's own word on how far it is. */
export interface Downstream {
  send(messages: OutboxMessage[]): Promise<void>;
  cursor(object: string, purpose: string): Promise<Cursor & { rolled: number; parked: number }>;
  /** When the oldest message that still waits in the queue was sent, epoch ms; undefined when none waits, or nobody knows. */
  waitingSince(): Promise<number | undefined>;
}

export interface Hole {
  purpose: string;
  epoch: string;
  after: number;
  to: number | null;
  reason: string;
  at: number;
}

interface Lane<F extends Fact> extends OutboxState {
  output: Output<F>;
  /** Joined parts of rows not sent yet, only to know when they fill a message. */
  gathered: unknown[];
  /** What D1 last confirmed belongs to a history that was restored away: ask it before building on anything. */
  asking: boolean;
}

export class Outbox<S, I, F extends Fact> implements Duty {
  readonly name = "outbox";
  readonly #object: string;
  readonly #log: Log;
  readonly #kit: Kit<S, I, F>;
  readonly #downstream: Downstream;
  readonly #delayMs: number;
  readonly #restored: (cursor: Cursor) => void;
  #core: Core<S, I>;
  #lanes: Lane<F>[] = [];
  #passing = false;
  holes: Hole[] = [];
  /** Events that D1 has of a history that a restore took from this log: they were accepted all the same. */
  #elsewhere: number;

  /** @param restored D1 is ahead of this log: the object was restored behind its back */
  constructor(
    object: string,
    log: Log,
    kit: Kit<S, I, F>,
    core: Core<S, I>,
    way: { downstream: Downstream; delayMs: number; restored: (cursor: Cursor) => void },
  ) {
    this.#object = object;
    this.#log = log;
    this.#kit = kit;
    this.#core = core;
    this.#downstream = way.downstream;
    this.#delayMs = way.delayMs;
    this.#restored = way.restored;
    this.holes = log.meta<Hole[]>("holes") ?? [];
    this.#elsewhere = log.meta<number>("elsewhere") ?? 0;
    this.#lanes = kit.outputs.map((output) => this.#rebuilt(output));
  }

  #rebuilt(output: Output<F>): Lane<F> {
    const confirmed = this.#log.meta<Cursor>(`confirmed:${output.purpose}`);
    const lane: Lane<F> = { ...newOutbox(), output, gathered: [], asking: false, ...(confirmed ? { confirmed } : {}) };
    lane.asking = this.#core.forks.length > 0 && lane.confirmed.epoch !== this.#core.epoch;
    lane.sent = this.#position(lane);
    // What was sent and not confirmed before the object was rebuilt counts as not sent.
    lane.gatheringSince = this.#log.page(lane.sent, 1)[0]?.at;
    return lane;
  }

  #position = (lane: Lane<F>): number => this.#rowOf(lane.confirmed);

  /** The last row that no purpose needs any more. */
  get passed(): number {
    return this.#lanes.reduce((pos, lane) => Math.min(pos, this.#position(lane)), this.#core.pos);
  }

  confirmedCursors(): { purpose: string; confirmed: Cursor }[] {
    return this.#lanes.map((lane) => ({ purpose: lane.output.purpose, confirmed: lane.confirmed }));
  }

  /** Rows were committed. */
  committed(now: number, rows: SealedRow[]): void {
    for (const lane of this.#lanes) {
      lane.gatheringSince ??= now;
      for (const { parts } of rows) lane.gathered.push(...(parts[lane.output.purpose] ?? []));
      if (lane.gathered.length >= FULL_PARTS) lane.gathered = lane.output.join?.(lane.gathered) ?? lane.gathered;
    }
  }

  #isFull = (lane: Lane<F>): boolean => lane.gathered.length >= FULL_PARTS;

  dueAt(): number | undefined {
    const dueOf = (lane: Lane<F>) =>
      lane.asking ? 0 : dueAt(lane, this.#position(lane), this.#isFull(lane) ? 0 : this.#delayMs);
    return earliest(this.#lanes.map(dueOf));
  }

  /** D1 may have been restored to an earlier moment: ask it on the next pass. */
  doubt(): void {
    for (const lane of this.#lanes) lane.asking = true;
  }

  /** One pass at a time: every await lets other calls in, an alarm beside the watchdog's among them. */
  async run(now: number): Promise<void> {
    if (this.#passing) return;
    this.#passing = true;
    try {
      for (const lane of this.#lanes) await this.#pass(lane, now);
    } finally {
      this.#passing = false;
    }
  }

  async #pass(lane: Lane<F>, now: number): Promise<void> {
    if (lane.asking || isOverdue(lane, this.#position(lane), now)) await this.#ask(lane, now);
    if (lane.asking) return;
    const since = lane.gatheringSince;
    if (since !== undefined && (this.#isFull(lane) || since + this.#delayMs <= now)) await this.#send(lane, now);
  }

  /** What was sent stayed unconfirmed: D1 knows whether the message or only the confirmation was lost. */
  async #ask(lane: Lane<F>, now: number): Promise<void> {
    lane.askedAt = now;
    if (lane.sent > this.#position(lane)) lane.attempt++;
    const before = lane.confirmed;
    const { rolled, parked, ...cursor } = await this.#downstream.cursor(this.#object, lane.output.purpose);
    // A confirmation that came meanwhile may be newer than this answer.
    if (!this.#settle(lane, cursor, lane.confirmed === before)) return this.#restored(cursor);
    if (cursor.epoch !== "" && cursor.epoch !== this.#core.epoch) this.#recount(rolled + parked, cursor);
    lane.asking = false;
    if (lane.sent > this.#position(lane) && (await this.#stillWaits(lane))) return;
    lane.sent = this.#position(lane);
    if (lane.sent < this.#core.pos) lane.gatheringSince = now - this.#delayMs;
  }

  /** What is still in the queue will be confirmed without being sent again. */
  async #stillWaits(lane: Lane<F>): Promise<boolean> {
    const oldest = await this.#downstream.waitingSince();
    return oldest !== undefined && oldest <= lane.sentAt;
  }

  /** After a restore: what is accepted is what D1 has counted and what this log still has to send. */
  #recount(counted: number, cursor: Cursor): void {
    this.#elsewhere = counted + this.pending(cursor) - this.#core.accepted;
    this.#log.setMeta("elsewhere", this.#elsewhere);
  }

  /** Events accepted since birth, whatever was restored in between. */
  get accepted(): number {
    return this.#core.accepted + this.#elsewhere;
  }

  async #send(lane: Lane<F>, now: number): Promise<void> {
    lane.gatheringSince = undefined;
    lane.gathered = [];
    try {
      let pos = lane.sent;
      let from: Cursor = pos === this.#position(lane) ? lane.confirmed : { epoch: this.#core.epoch, pos };
      for (;;) {
        const message = this.#message(lane, from, pos, now);
        if (message === undefined) break;
        await this.#downstream.send([message]);
        if (lane.attempt === 0) lane.attempt = 1;
        lane.sentAt = now;
        from = message.to;
        pos = message.to.pos;
        lane.sent = Math.max(lane.sent, pos);
      }
    } catch (error) {
      lane.gatheringSince = now - this.#delayMs;
      throw error;
    }
  }

  /** The next message above row `pos`; undefined when nothing above it has anything to tell. */
  #message(lane: Lane<F>, from: Cursor, pos: number, now: number): OutboxMessage | undefined {
    const { to, first, events, parts } = bundleAfter(this.#log, lane.output, pos);
    this.#noteHole(lane, pos, first, now);
    if (parts.length === 0 && events === 0) return undefined;
    const { purpose } = lane.output;
    return { v: 1, object: this.#object, purpose, from, to: { epoch: this.#core.epoch, pos: to }, events, parts };
  }

  /** Rows that should follow `pos` and are gone were acknowledged and never confirmed here. */
  #noteHole(lane: Lane<F>, pos: number, next: number | undefined, now: number): void {
    if (next === undefined || next === pos + 1) return;
    this.#addHole({
      purpose: lane.output.purpose,
      epoch: this.#core.epoch,
      after: pos,
      to: next - 1,
      reason: "log_recycled",
      at: now,
    });
  }

  #addHole(hole: Hole): void {
    const known = this.holes.some(
      (h) => h.purpose === hole.purpose && h.epoch === hole.epoch && h.after === hole.after,
    );
    if (known) return;
    this.holes.push(hole);
    this.#log.setMeta("holes", this.holes);
  }

  /** The consumer's word: D1 is at `cursor`. False when this log cannot explain it: it was restored behind D1's back.
   * @param resend the message was dropped, so what follows the cursor must be sent again */
  confirm(purpose: string, cursor: Cursor, resend: boolean, now: number): boolean {
    const lane = this.#lanes.find((l) => l.output.purpose === purpose);
    if (lane === undefined) return true;
    if (!this.#settle(lane, cursor, false)) return false;
    // It dropped a message, yet stands before what it confirmed: D1 itself went back. The next pass asks it.
    if (resend && compareCursors(cursor, lane.confirmed) < 0) lane.asking = true;
    if (resend && lane.sent > this.#position(lane)) {
      lane.sent = this.#position(lane);
      lane.gatheringSince = Math.min(lane.gatheringSince ?? now, now);
    }
    return true;
  }

  /** @param asked D1 answered just now, so a cursor behind the known one is the truth and not an old message */
  #settle(lane: Lane<F>, cursor: Cursor, asked: boolean): boolean {
    const pos = resumeAt(cursor, this.#core.epoch, this.#core.forks);
    if (pos === undefined || pos > this.#core.pos) return false;
    this.#widenHole(cursor);
    const before = this.#position(lane);
    const moved = compareCursors(cursor, lane.confirmed);
    const older = moved < 0;
    if (moved === 0 || (older && !asked)) return true;
    lane.confirmed = cursor;
    lane.attempt = 0;
    // A cursor of a lost epoch moved after all: ask D1 for its counts before building on it.
    if (!asked && cursor.epoch !== this.#core.epoch) lane.asking = true;
    lane.sent = older ? pos : Math.max(lane.sent, pos);
    if (older && before > pos) lane.gatheringSince = 0;
    this.#log.setMeta(`confirmed:${lane.output.purpose}`, cursor);
    return true;
  }

  /** What D1 confirmed of a lost epoch stays: the hole begins after it. */
  #widenHole(cursor: Cursor): void {
    const hole = this.holes.find((h) => h.to === null && h.epoch === cursor.epoch && h.after < cursor.pos);
    if (hole === undefined) return;
    hole.after = cursor.pos;
    this.#log.setMeta("holes", this.holes);
  }

  /** A new epoch began: ask D1 before anything is sent, and report what may be lost. Call inside the fork's transaction. */
  forked(lost: Cursor[], now: number): void {
    for (const lane of this.#lanes) {
      const { purpose } = lane.output;
      for (const { epoch, pos } of lost)
        this.#addHole({ purpose, epoch, after: pos, to: null, reason: "restored", at: now });
      lane.asking = true;
    }
  }

  /** Events in rows after D1's cursor: accepted here, not yet there. */
  pending(cursor: Cursor): number {
    return eventsAfter(this.#log, this.#rowOf(cursor));
  }

  /** Parts of rows after D1's cursor, joined: with what D1 has they are exact. Undefined when D1 is further by now. */
  partsAfter(purpose: string, cursor: Cursor): unknown[] | undefined {
    const output = this.#kit.outputs.find((o) => o.purpose === purpose);
    return output === undefined ? [] : partsAfter(this.#log, output, this.#rowOf(cursor));
  }

  #rowOf = (cursor: Cursor): number => resumeAt(cursor, this.#core.epoch, this.#core.forks) ?? 0;
}

function isOverdue(lane: OutboxState, confirmedPos: number, now: number): boolean {
  return lane.sent > confirmedPos && (dueAt({ ...lane, gatheringSince: undefined }, confirmedPos, 0) ?? now + 1) <= now;
}
