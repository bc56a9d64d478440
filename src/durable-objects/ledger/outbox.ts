/* The outbox: what goes downstream, one lane for each purpose. */
import type { Cursor } from "../../domain/event";
import type { ObjectAudit } from "../../domain/ledger/append";
import { type Core, type Kit, rowVersion, upgradedRow } from "../../domain/ledger/core";
import type { SealedRow } from "../../domain/ledger/draft";
import type { Hole } from "../../domain/ledger/holes";
import type { Fact } from "../../domain/ledger/reducer";
import { readHeader } from "../../domain/ledger/row";
import { Holes } from "./holes";
import { Lane } from "./lane";
import type { Log } from "./log";
import type { Downstream } from "./way";

export class Outbox<S, I, F extends Fact> {
  readonly #core: Core<S, I>;
  readonly #holes: Holes;
  /** Each is a duty. */
  readonly lanes: Lane<S, I, F>[];

  /** @param restored D1 is ahead of this log: the object was restored behind its back */
  constructor(
    object: string,
    log: Log,
    kit: Kit<S, I, F>,
    core: Core<S, I>,
    way: { downstream: Downstream; delayMs: number; restored: (cursor: Cursor) => void },
  ) {
    this.#core = core;
    this.#holes = new Holes(log);
    const read = (body: string) => {
      const header = readHeader(body);
      const isOurs = header.v === rowVersion(kit) && header.r <= kit.reducer.version;
      // What else the commit said is not asked for.
      return isOurs ? { header, frames: body.split("\n").slice(1, -1) } : upgradedRow(kit, body);
    };
    const shared = { ...way, object, log, read, core, holes: this.#holes };
    this.lanes = kit.outputs.map((output) => new Lane<S, I, F>(shared, output));
  }

  get holes(): Hole[] {
    return this.#holes.list;
  }

  /** The last row that no purpose needs any more. */
  get passed(): number {
    return this.lanes.reduce((pos, lane) => Math.min(pos, lane.position), this.#core.pos);
  }

  /** Rows were committed. */
  committed(now: number, rows: SealedRow[]): void {
    for (const lane of this.lanes) lane.committed(now, rows);
  }

  /** D1 may have been restored to an earlier moment: ask it on the next pass. */
  doubt(): void {
    for (const lane of this.lanes) lane.doubt();
  }

  /** False when this log cannot explain where D1 stands. */
  confirm(purpose: string, cursor: Cursor, resend: boolean, now: number): boolean {
    return this.#laneOf(purpose)?.confirm(cursor, resend, now) ?? true;
  }

  /** A new epoch began. Call inside the fork's transaction. */
  forked(lost: Cursor[], head: Cursor | undefined, now: number): void {
    for (const lane of this.lanes) lane.forked(lost, head, now);
  }

  partsAfter(purpose: string, cursor: Cursor): unknown[] | undefined {
    const lane = this.#laneOf(purpose);
    return lane === undefined ? [] : lane.partsAfter(cursor);
  }

  /** What each purpose has confirmed, and what is not in D1 where D1 stands at `cursors`. */
  audit(cursors: readonly ({ purpose: string } & Cursor)[]): ObjectAudit["outputs"] {
    return this.lanes.map((lane) => {
      const { purpose, confirmed, accepted } = lane;
      const cursor = cursors.find((c) => c.purpose === purpose) ?? { epoch: "", pos: 0 };
      return { purpose, confirmed, accepted, pending: lane.pending(cursor) };
    });
  }

  #laneOf(purpose: string): Lane<S, I, F> | undefined {
    return this.lanes.find((lane) => lane.purpose === purpose);
  }
}
