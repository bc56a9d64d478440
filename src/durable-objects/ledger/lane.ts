/* One lane of the outbox: the parts of one purpose on their way downstream, pulled by position, one pass at a time. Each
 * lane is a duty of its own, so that a queue that hangs or fails delays no other purpose.
 *
 * Nothing here decides what D1 holds: a message says on which cursor it builds and D1's cursor row decides. So sending
 * twice is always safe, and losing a message, a confirmation or this object's memory only delays. */
import { type Cursor, compareCursors, type OutboxMessage } from "../../domain/event";
import type { SealedRow } from "../../domain/ledger/draft";
import { dueAt, gapsOf, newOutbox, type OutboxState, resumeAt } from "../../domain/ledger/outbox";
import type { Fact, Output } from "../../domain/ledger/reducer";
import type { Duty } from "./alarm";
import { Gathered } from "./gathered";
import { bundleAfter, eventsAfter, partsAfter } from "./parts";
import type { Way } from "./way";

/** Rows that say nothing to a purpose move its cursor after so long: in time for them to be recycled, and a message each
 * time would cost more than the rows. */
const SILENT_MS = 10 * 60_000;

export class Lane<S, I, F extends Fact> implements Duty {
  readonly name: string;
  readonly purpose: string;
  readonly #way: Way<S, I>;
  readonly #output: Output<F>;
  readonly #delayMs: number;
  readonly #state: OutboxState = newOutbox();
  #gathered: Gathered<F>;
  /** Could not be sent: gathered once, however long the queue is dead and however much waits behind it. */
  #refused: OutboxMessage | undefined;
  /** What D1 last confirmed belongs to a history that was restored away: ask it before building on anything. */
  #asking = false;
  /** D1 may have got what this log no longer has. */
  #isMiscounted = false;
  /** Events that D1 has of a history that a restore took from this log: they were accepted all the same. Less than none
   * where the purpose is younger than the log: what was gone by then it never had. */
  #elsewhere: number;
  /** Nothing was ever confirmed: the purpose begins with what is kept. */
  #isNew: boolean;

  constructor(way: Way<S, I>, output: Output<F>) {
    this.purpose = output.purpose;
    this.name = `outbox of ${output.purpose}`;
    this.#way = way;
    this.#output = output;
    this.#gathered = new Gathered(output);
    this.#delayMs = output.delayMs ?? way.delayMs;
    const { log, core } = way;
    const state = this.#state;
    const confirmed = log.meta<Cursor>(`confirmed:${this.purpose}`);
    this.#isNew = confirmed === undefined;
    this.#elsewhere = log.meta<number>(`elsewhere:${this.purpose}`) ?? this.#bornWith();
    state.confirmed = confirmed ?? state.confirmed;
    this.#asking = core.forks.length > 0 && state.confirmed.epoch !== core.epoch;
    state.sent = this.position;
    // What was sent and not confirmed before the object was rebuilt counts as not sent.
    state.gatheringSince = log.page(state.sent, 1)[0]?.at;
  }

  /** Rows of a log are not recycled before every purpose has confirmed them: where the first are gone and nothing was
   * confirmed, the purpose was added later. */
  #bornWith(): number {
    const { log, core } = this.#way;
    if (!this.#isNew || (log.oldest()?.n ?? 1) === 1) return 0;
    const unknown = eventsAfter(log, 0) - core.accepted;
    log.setMeta(`elsewhere:${this.purpose}`, unknown);
    return unknown;
  }

  /** The last row that this purpose needs no more. */
  get position(): number {
    return this.#rowOf(this.#state.confirmed);
  }

  get confirmed(): Cursor {
    return this.#state.confirmed;
  }

  /** Events accepted since birth, whatever was restored in between. */
  get accepted(): number {
    return this.#way.core.accepted + this.#elsewhere;
  }

  /** Rows were committed. */
  committed(now: number, rows: SealedRow[]): void {
    const isSilent = !this.#gathered.take(rows, now);
    const since = isSilent ? now + Math.max(0, SILENT_MS - this.#delayMs) : now;
    this.#state.gatheringSince = Math.min(this.#state.gatheringSince ?? since, since);
  }

  dueAt(): number | undefined {
    return this.#asking ? 0 : dueAt(this.#state, this.position, this.#gathered.isFull ? 0 : this.#delayMs);
  }

  /** D1 may have been restored to an earlier moment: ask it on the next pass. */
  doubt(): void {
    this.#asking = true;
  }

  /** One pass at a time: the alarm begins none while another is under way. */
  async run(now: number): Promise<void> {
    if (this.#asking || this.#isOverdue(now)) await this.#ask(now);
    if (this.#asking) return;
    const since = this.#state.gatheringSince;
    if (since !== undefined && (this.#gathered.isFull || since + this.#delayMs <= now)) await this.#send(now);
  }

  #isOverdue(now: number): boolean {
    const { position } = this;
    const due = dueAt({ ...this.#state, gatheringSince: undefined }, position, 0);
    return this.#state.sent > position && (due ?? now + 1) <= now;
  }

  /** What was sent stayed unconfirmed: D1 knows whether the message or only the confirmation was lost. */
  async #ask(now: number): Promise<void> {
    const state = this.#state;
    const { object, core, downstream, restored } = this.#way;
    state.askedAt = now;
    if (state.sent > this.position) state.attempt++;
    const before = state.confirmed;
    const { rolled, parked, ...cursor } = await downstream.cursor(object, this.purpose);
    // A confirmation that came meanwhile may be newer than this answer.
    if (!this.#settle(cursor, state.confirmed === before)) return restored(cursor);
    if (this.#isMiscounted || this.#isCut || this.#isAbroad(cursor)) this.#recount(rolled + parked, cursor);
    this.#asking = false;
    if (state.sent > this.position && (await this.#stillWaits())) return;
    state.sent = this.position;
    if (state.sent < core.pos || this.#isAbroad(state.confirmed)) state.gatheringSince = now - this.#delayMs;
  }

  /** D1 stands in an epoch that is over. It is led out of it, even where there is nothing to tell: then no late message of
   * that epoch has an effect any more, and what D1 lacks of it can be put back. */
  #isAbroad({ epoch }: Cursor): boolean {
    const { core } = this.#way;
    return epoch !== core.epoch && (epoch !== "" || core.forks.length > 0);
  }

  /** Rows are gone that D1 has not confirmed: it went back itself, or the purpose is new. */
  get #isCut(): boolean {
    return (this.#way.log.oldest()?.n ?? 0) > this.position + 1;
  }

  /** What is still in the queue will be confirmed without being sent again. */
  async #stillWaits(): Promise<boolean> {
    const oldest = await this.#way.downstream.waitingSince(this.purpose);
    return oldest !== undefined && oldest <= this.#state.sentAt;
  }

  /** After a restore, of this object or of D1: what is accepted is what D1 has counted and what this log still has to send. */
  #recount(counted: number, cursor: Cursor): void {
    this.#isMiscounted = false;
    this.#elsewhere = counted + this.pending(cursor) - this.#way.core.accepted;
    this.#way.log.setMeta(`elsewhere:${this.purpose}`, this.#elsewhere);
  }

  async #send(now: number): Promise<void> {
    const state = this.#state;
    state.gatheringSince = undefined;
    const gathered = this.#gathered;
    this.#gathered = new Gathered(this.#output);
    // What is committed meanwhile gathers anew: it is not yet due.
    const until = this.#way.core.pos;
    try {
      let pos = state.sent;
      let from: Cursor = pos === this.position ? state.confirmed : { epoch: this.#way.core.epoch, pos };
      while (pos < until || this.#isAbroad(from)) {
        const message = this.#refusedAt(from) ?? this.#message(from, pos, gathered, now);
        if (message === undefined) break;
        this.#refused = message;
        await this.#way.downstream.send([message]);
        this.#refused = undefined;
        if (state.attempt === 0) state.attempt = 1;
        state.sentAt = now;
        from = message.to;
        pos = message.to.pos;
        state.sent = Math.max(state.sent, pos);
      }
    } catch (error) {
      state.gatheringSince = now - this.#delayMs;
      throw error;
    }
  }

  /** The message from there on that could not be sent: what it says has not changed since. */
  #refusedAt({ epoch, pos }: Cursor): OutboxMessage | undefined {
    const { from, to } = this.#refused ?? {};
    const isNext = from?.epoch === epoch && from.pos === pos && to?.epoch === this.#way.core.epoch;
    return isNext ? this.#refused : undefined;
  }

  /** The next message above row `pos`; undefined when there is nothing to tell. */
  #message(from: Cursor, pos: number, gathered: Gathered<F>, now: number): OutboxMessage | undefined {
    const { object, core } = this.#way;
    const bundle = gathered.bundleAfter(pos) ?? bundleAfter(this.#way, this.#output, pos, gathered.rowsAfter);
    const { to, first, events, parts } = bundle;
    this.#noteHole(pos, first, now);
    const gaps = gapsOf(from, { pos, first: this.#isNew ? pos + 1 : first, to }, core.epoch, core.forks);
    const saysNothing = parts.length === 0 && events === 0 && gaps.length === 0;
    if (saysNothing && !this.#isAbroad(from)) return undefined;
    const end = { epoch: core.epoch, pos: to };
    return {
      v: 1,
      object,
      purpose: this.purpose,
      from,
      to: end,
      events,
      parts,
      ...(gaps.length === 0 ? {} : { gaps }),
    };
  }

  /** Rows that should follow `pos` and are gone were acknowledged and never confirmed here. */
  #noteHole(pos: number, next: number | undefined, at: number): void {
    if (next === undefined || next === pos + 1 || this.#isNew) return;
    const { epoch } = this.#way.core;
    this.#way.holes.add({ purpose: this.purpose, epoch, after: pos, to: next - 1, reason: "log_recycled", at });
  }

  /** The consumer's word: D1 is at `cursor`. False when this log cannot explain it: it was restored behind D1's back.
   * @param resend the message was dropped, so what follows the cursor must be sent again */
  confirm(cursor: Cursor, resend: boolean, now: number): boolean {
    const state = this.#state;
    if (!this.#settle(cursor, false)) return false;
    // It dropped a message, yet stands before what it confirmed: D1 itself went back. The next pass asks it.
    if (resend && compareCursors(cursor, state.confirmed) < 0) this.#asking = true;
    if (resend && state.sent > this.position) {
      state.sent = this.position;
      state.gatheringSince = Math.min(state.gatheringSince ?? now, now);
    }
    return true;
  }

  /** @param asked D1 answered just now, so a cursor behind the known one is the truth and not an old message */
  #settle(cursor: Cursor, asked: boolean): boolean {
    const { core, log } = this.#way;
    const state = this.#state;
    const pos = resumeAt(cursor, core.epoch, core.forks);
    if (pos === undefined || pos > core.pos) return false;
    const before = this.position;
    const moved = compareCursors(cursor, state.confirmed);
    const older = moved < 0;
    if (moved === 0 || (older && !asked)) return true;
    const wasCut = this.#isCut;
    state.confirmed = cursor;
    this.#isNew = false;
    state.attempt = 0;
    // A cursor of a lost epoch moved after all, or D1 may have got rows that are gone here: ask it for its counts before building on it.
    if (!asked && (this.#isAbroad(cursor) || wasCut)) {
      this.#asking = true;
      this.#isMiscounted ||= wasCut;
    }
    state.sent = older ? pos : Math.max(state.sent, pos);
    if (older && before > pos) state.gatheringSince = 0;
    log.setMeta(`confirmed:${this.purpose}`, cursor);
    return true;
  }

  /** A new epoch began: ask D1 before anything is sent, and report what may be lost.
   * @param head where the log ended before, when that is known */
  forked(lost: Cursor[], head: Cursor | undefined, at: number): void {
    const { purpose } = this;
    for (const { epoch, pos } of lost) {
      const to = head?.epoch === epoch && head.pos >= pos ? head.pos : null;
      if (to !== pos) this.#way.holes.add({ purpose, epoch, after: pos, to, reason: "restored", at });
    }
    this.#asking = true;
  }

  /** Events in rows after D1's cursor: accepted here, not yet there. */
  pending(cursor: Cursor): number {
    return eventsAfter(this.#way.log, this.#rowOf(cursor));
  }

  /** Parts of rows after D1's cursor, joined: with what D1 has they are exact. Undefined when D1 is further by now. */
  partsAfter(cursor: Cursor): unknown[] | undefined {
    return partsAfter(this.#way, this.#output, this.#rowOf(cursor));
  }

  #rowOf(cursor: Cursor): number {
    return resumeAt(cursor, this.#way.core.epoch, this.#way.core.forks) ?? 0;
  }
}
