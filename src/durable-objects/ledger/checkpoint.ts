/* Where the log is cut: a checkpoint of the core now and then, and coming back from it with the rows after it.
 *
 * What is remembered of events and requests is most of a busy core, and the rows that said it are in the log anyway: a
 * checkpoint has only what is older than a mark, and a rebuilt object reads the rest again from the mark's row on. */
import { type Core, emptyCore, type Kit, loadCore, recall, replay, saveCore } from "../../domain/ledger/core";
import { memoryBegan } from "../../domain/ledger/identity";
import type { Fact } from "../../domain/ledger/reducer";
import type { Row } from "../../domain/ledger/row";
import { KEEP_MS, type Log } from "./log";

export interface CheckpointLimits {
  /** A checkpoint after so many rows or characters of log: what an object replays when it wakes. A large core is saved less
   * often, so that saving stays a part of what is written. */
  rows: number;
  chars: number;
  /** A mark after so many. */
  markRows: number;
  markChars: number;
  /** So much before a checkpoint is read again at most. */
  recallChars: number;
}

const LIMITS: CheckpointLimits = {
  rows: 4_096,
  chars: 16_000_000,
  markRows: 512,
  markChars: 1_000_000,
  recallChars: 128_000_000,
};

/** A place in the log. */
interface Mark {
  /** The last row before it. */
  pos: number;
  /** No row before it is younger, epoch ms. */
  at: number;
  /** Characters of log before it, since this life of the object began to count. */
  chars: number;
}

export class Checkpoint<S, I, F extends Fact> {
  readonly #log: Log;
  readonly #kit: Kit<S, I, F>;
  readonly #limits: CheckpointLimits;
  /** Characters of the last checkpoint. */
  #saved = 0;
  /** The end of the log, and where it was at the last checkpoint. */
  #end: Mark = { pos: 0, at: 0, chars: 0 };
  #savedAt = this.#end;
  /** From the one at which the last checkpoint's memory ends, in order. */
  #marks: Mark[] = [this.#end];

  constructor(log: Log, kit: Kit<S, I, F>, limits: CheckpointLimits = LIMITS) {
    this.#log = log;
    this.#kit = kit;
    this.#limits = limits;
  }

  /** Rows after it are needed to come back. */
  get needed(): number {
    return (this.#marks[0] as Mark).pos;
  }

  /** The core as it was after the last commit.
   * @param standing streams that exist before their first entry */
  load(standing: string[]): Core<S, I> {
    const text = this.#log.readCheckpoint();
    const core = text === undefined ? emptyCore<S, I>(this.#kit.identityMs) : this.#loadSaved(text);
    for (const row of this.#log.after(core.pos)) {
      replay(core, this.#kit, row);
      this.#note(row);
    }
    for (const name of standing) {
      if (!core.streams.has(name)) core.streams.set(name, { epoch: "", seq: 0, state: this.#kit.reducer.empty(name) });
    }
    return core;
  }

  #loadSaved(text: string): Core<S, I> {
    const { core, memory } = loadCore(this.#kit, text);
    const { pos, at } = memory ?? { pos: core.pos, at: 0 };
    this.#saved = text.length;
    this.#end = { pos, at, chars: 0 };
    this.#marks = [this.#end];
    for (const row of this.#log.after(pos)) {
      if (row.n > core.pos) break;
      recall(core, this.#kit, row);
      this.#note(row);
    }
    this.#savedAt = this.#end;
    return core;
  }

  /** Call in the transaction that writes the rows: saves the core when the log since the last time is long. */
  committed(rows: readonly Row[], core: Core<S, I>, now: number): void {
    for (const row of rows) this.#note(row);
    if (this.#isDue()) this.save(core, now);
  }

  #note({ n, at, body }: Row): void {
    this.#end = { pos: n, at: Math.max(this.#end.at, at), chars: this.#end.chars + body.length };
    const last = this.#marks.at(-1) as Mark;
    const isFar = n - last.pos >= this.#limits.markRows || this.#end.chars - last.chars >= this.#limits.markChars;
    if (isFar) this.#marks.push(this.#end);
  }

  #isDue(): boolean {
    const rows = this.#end.pos - this.#savedAt.pos;
    const chars = this.#end.chars - this.#savedAt.chars;
    return (
      (rows >= this.#limits.rows && chars >= this.#saved) || chars >= Math.max(this.#limits.chars, 4 * this.#saved)
    );
  }

  /** Saves the core; call inside a transaction. */
  save(core: Core<S, I>, now: number): void {
    const mark = this.#memoryEnd(memoryBegan(core.identities), now);
    this.#marks = [mark, ...this.#marks.filter(({ pos }) => pos > mark.pos)];
    const text = saveCore(core, this.#kit, mark);
    this.#log.writeCheckpoint(text);
    this.#saved = text.length;
    this.#savedAt = this.#end;
  }

  /** The last mark before all that is remembered, unless the rows after it are older than rows are kept or too many to be read
   * again: then the first where they are not.
   * @param began when the first was taken in of what is remembered, epoch ms */
  #memoryEnd(began: number, now: number): Mark {
    const { recallChars } = this.#limits;
    const mayBe = this.#marks.filter(({ at, chars }) => now - at < KEEP_MS && this.#end.chars - chars <= recallChars);
    return mayBe.findLast(({ at }) => at < began) ?? mayBe[0] ?? this.#end;
  }
}
