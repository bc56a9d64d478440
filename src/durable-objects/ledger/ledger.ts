/* The ledger of one object: order, exactly-once, state, what follows. Everything else is a reducer (domain) and a list of
 * outputs. Five promises: durable before acknowledged · exactly once · state is a fold · what follows is never forgotten ·
 * readers resume. The pure half is domain/ledger; here are the disk (log.ts), the alarm (alarm.ts), the way down (outbox.ts), the way
 * out (broadcast.ts) and the order in which they are touched. */
import type { Cursor } from "../../domain/event";
import type { LeaseAnswer } from "../../domain/frame";
import { admit, clockDue, tick } from "../../domain/ledger/admit";
import {
  type AppendAnswer,
  type AppendRequest,
  type ObjectAudit,
  type RangeAnswer,
  refused,
} from "../../domain/ledger/append";
import {
  type Core,
  forkCore,
  liveStream,
  NewerFormat,
  reconsider,
  type Stream,
  streamOf,
} from "../../domain/ledger/core";
import { type Draft, newDraft, type SealedRow, seal } from "../../domain/ledger/draft";
import type { Position } from "../../domain/ledger/position";
import type { Fact } from "../../domain/ledger/reducer";
import { Alarm, type Duty } from "./alarm";
import { Broadcast } from "./broadcast";
import { Checkpoint } from "./checkpoint";
import { Follower } from "./follower";
import { GroupCommit } from "./group-commit";
import { Introduction } from "./introduction";
import { CALL_BYTES } from "./line";
import { Log } from "./log";
import type { LedgerOptions } from "./options";
import { Outbox } from "./outbox";
import { framesAt, lookBack, type Place, rangeAfter, type Seen, type Streams, streamsOf } from "./reader";

export class Ledger<S, I, F extends Fact> {
  readonly #ctx: DurableObjectState;
  readonly #options: LedgerOptions<S, I, F>;
  readonly #log: Log;
  readonly #checkpoint: Checkpoint<S, I, F>;
  readonly #now: () => number;
  readonly #random: () => number;
  #core: Core<S, I> | undefined;
  #outbox!: Outbox<S, I, F>;
  #broadcast!: Broadcast;
  #followers: Follower[] = [];
  #introduction!: Introduction;
  #alarm!: Alarm;
  readonly #commits = new GroupCommit<AppendRequest<I>, AppendAnswer>({
    commit: (requests) => this.#commit(requests),
    sync: () => this.#ctx.storage.sync(),
    committed: () => {
      this.#publish();
      this.#introduction.start(this.#now());
    },
  });
  readonly #streams: Streams;
  #isClosed = false;

  constructor(ctx: DurableObjectState, options: LedgerOptions<S, I, F>) {
    this.#ctx = ctx;
    this.#options = options;
    this.#log = new Log(ctx.storage.sql, options.limits);
    this.#checkpoint = new Checkpoint(this.#log, options, options.checkpoints);
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#streams = streamsOf(() => this.#core, options, this.#log, this.#now);
  }

  /* === Coming to life ================================================================================================ */

  async #load(): Promise<Core<S, I>> {
    if (this.#core !== undefined) return this.#core;
    const core = this.#checkpoint.load(this.#options.standing ?? []);
    const { object, downstream, delayMs, deliver, followers, introduce, repairMs } = this.#options;
    const line = { deliver, now: this.#now, repairMs, hubs: this.#options.hubs };
    const restored = (cursor: Cursor) => this.#fork(cursor);
    this.#outbox = new Outbox(object, this.#log, this.#options, core, { downstream, delayMs, restored });
    this.#broadcast = new Broadcast(this.#log, this.#streams, line);
    this.#followers = (followers ?? []).map((child) => new Follower(child, this.#log, this.#streams, line));
    this.#introduction = new Introduction(this.#log, introduce);
    const clock: Duty = { name: "clock", dueAt: () => clockDue(core), run: async () => this.#tick() };
    const senders = [...this.#followers, this.#broadcast];
    this.#alarm = new Alarm(this.#ctx.storage, [clock, this.#introduction, ...this.#outbox.lanes, ...senders]);
    this.#core = core;
    await this.#alarm.load();
    return core;
  }

  /* === Appending ===================================================================================================== */

  /** Takes a request's share in, whole or not at all. Resolves when it is on disk; the answer repeats for a repeated
   * request. Rejects when the object died meanwhile: then sending the same request again is safe. */
  async append(request: AppendRequest<I>): Promise<AppendAnswer> {
    try {
      await this.#load();
    } catch (error) {
      if (error instanceof NewerFormat) return refused("newer_format", error.message, request);
      throw error;
    }
    return this.#commits.submit(request, request.events.length);
  }

  #commit(requests: AppendRequest<I>[]): AppendAnswer[] {
    const core = this.#core as Core<S, I>;
    if (this.#log.isFull(this.#recyclable())) {
      const detail = "The log reached its limit and nothing downstream has confirmed";
      return requests.map((request) => refused("log_full", detail, request));
    }
    return this.#write((draft) => requests.map((request) => admit(core, this.#options, draft, request)));
  }

  /** Changes memory and disk together. A throw on the way leaves memory ahead of the disk, so the object is thrown away. */
  #write<T>(change: (draft: Draft) => T): T {
    const draft = newDraft(this.#now(), this.#random);
    try {
      if (this.#isClosed) throw new Error("this object ends");
      return this.#ctx.storage.transactionSync(() => {
        const result = change(draft);
        const rows = seal(this.#core as Core<S, I>, this.#options, draft);
        if (rows.length > 0) this.#store(rows, draft);
        return result;
      });
    } catch (error) {
      this.#abort(error);
      throw error;
    }
  }

  #store(rows: SealedRow[], draft: Draft): void {
    const core = this.#core as Core<S, I>;
    this.#log.write(rows, this.#recyclable(), draft.now);
    this.#checkpoint.committed(rows, core, draft.now);
    this.#outbox.committed(draft.now, rows);
    this.#introduction.committed(draft.births, draft.now);
    this.#broadcast.committing(draft.fresh.values());
    if (draft.fresh.size > 0) for (const follower of this.#followers) follower.committing();
    this.#alarm.arm(draft.now);
  }

  #recyclable = (): number =>
    Math.min(this.#outbox.passed, this.#checkpoint.needed, ...this.#followers.map(({ passed }) => passed));

  #publish(): void {
    for (const follower of this.#followers) follower.publish();
    this.#broadcast.publish();
  }

  #abort(error: unknown): void {
    this.#core = undefined;
    this.#ctx.abort(error instanceof Error ? error.message : String(error));
  }

  /* === Reading ======================================================================================================= */

  /** A stream's state and position; undefined when there is no such stream. The state is the ledger's own: read only. */
  async stream(name: string): Promise<Stream<S> | undefined> {
    return liveStream(await this.#load(), this.#options, name);
  }

  /** Frames after a position, or the snapshot that replaces them. Never a silent gap. */
  async range(stream: string, after: Position | null, limit: number): Promise<RangeAnswer> {
    const core = await this.#load();
    return rangeAfter(core, this.#options, this.#log, stream, after, limit, this.#now());
  }

  /** Shows rows of the log, newest first, the serialised frames of each in order, until `look` says false or so many
   * characters were seen; rows younger than `atMost` are passed over. Answers how far it saw, and where the log's head is. */
  async lookBack(look: (frames: string[]) => boolean, atMost?: number): Promise<Seen & { head: Cursor }> {
    const { epoch, pos } = await this.#load();
    return { ...lookBack(this.#log, look, atMost), head: { epoch, pos } };
  }

  /** Single frames by their places; undefined what is no longer kept. */
  framesAt = (places: readonly Place[]): (string | undefined)[] => framesAt(this.#options, this.#log, places);

  /** Parts in rows after D1's cursor, joined: with what D1 has they are exact. Undefined when D1 is further by now. */
  async partsAfter(purpose: string, cursor: Cursor): Promise<unknown[] | undefined> {
    await this.#load();
    return this.#outbox.partsAfter(purpose, cursor);
  }

  async audit(cursors: { purpose: string; epoch: string; pos: number }[]): Promise<ObjectAudit> {
    const core = await this.#load();
    const outputs = this.#outbox.audit(cursors);
    const { epoch, pos } = core;
    return {
      object: this.#options.object,
      epoch,
      head: pos,
      accepted: outputs[0]?.accepted ?? core.accepted,
      outputs,
      holes: this.#outbox.holes,
      forks: core.forks,
      forgotten: core.identities.forgotten + core.sources.forgotten,
      log: this.#log.size(),
    };
  }

  /* === What follows ================================================================================================== */

  /** Commits `child` as a receiver of the topic's frames for 10 minutes and returns what it is missing. */
  async lease(child: string, topic: string, have: Position | null): Promise<LeaseAnswer> {
    const stream = liveStream(await this.#load(), this.#options, streamOf(this.#options, topic));
    if (stream === undefined && have === null) return { status: "unknown" };
    const answer = this.#broadcast.lease(child, topic, () => this.#streams.after(topic, have, CALL_BYTES));
    this.#alarm.arm(this.#now());
    return answer;
  }

  /** The consumer's word that D1 stands at `cursor`; `resend` when it dropped a message that came too early. */
  async confirm(purpose: string, cursor: Cursor, resend: boolean): Promise<void> {
    await this.#load();
    if (!this.#log.exists) return;
    const explained = this.#outbox.confirm(purpose, cursor, resend, this.#now());
    if (!explained) this.#fork(cursor);
    this.#alarm.arm(this.#now());
  }

  /** This object's storage was restored to an earlier state: a new epoch begins before anything else is appended.
   * @param head where the log ended before; undefined when nobody knows */
  async restored(head?: Cursor): Promise<void> {
    const core = await this.#load();
    this.#fork({ epoch: core.epoch, pos: core.pos }, head);
  }

  /** From now on nothing more is appended in this life of the object. Answers where its log ends; undefined while it holds
   * events that are in no entry yet. */
  async close(): Promise<Cursor | undefined> {
    const { epoch, pos, sources } = await this.#load();
    this.#isClosed = true;
    return sources.heldCount > 0 ? undefined : { epoch, pos };
  }

  /** @param seen where D1 stands; perhaps in an epoch this log has never seen */
  #fork(seen: Cursor, head?: Cursor): void {
    const core = this.#core as Core<S, I>;
    try {
      const now = this.#now();
      const lost = forkCore(core, seen, now, this.#random());
      this.#ctx.storage.transactionSync(() => {
        this.#checkpoint.save(core, now);
        this.#outbox.forked(lost, head, now);
        this.#alarm.arm(now);
      });
    } catch (error) {
      this.#abort(error);
      throw error;
    }
  }

  /* === The clock ===================================================================================================== */

  /** What the clock waits for in a stream may have come nearer without an entry. */
  async reconsider(name: string): Promise<void> {
    reconsider(await this.#load(), this.#options, name);
    this.#alarm.arm(this.#now());
  }

  #tick(): void {
    if (this.#log.isFull(this.#recyclable())) throw new Error("log full");
    this.#write((draft) => tick(this.#core as Core<S, I>, this.#options, draft));
    this.#publish();
  }

  /** The watchdog's nudge: does what an alarm that never rang would have done, and asks D1 whether it still has what it
   * confirmed. */
  async wake(): Promise<void> {
    await this.#load();
    if (this.#log.exists) this.#outbox.doubt();
    for (const follower of this.#followers) follower.doubt();
    await this.runDueDuties();
  }

  /** The body of `alarm()`: runs every duty that is due, never throws. Safe to run twice. */
  async runDueDuties(): Promise<void> {
    try {
      await this.#load();
      await this.#alarm.ring(this.#now());
    } catch (error) {
      // Loading failed: the disk is newer than this code, or broken. The next call meets the same and says it.
      console.error("alarm could not load the ledger", error);
    }
  }
}
