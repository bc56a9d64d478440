/* The owner of the one topic: its log, and the objects below it. What it commits is on disk and outlives everything. */
import type { Delivery, LeaseAnswer } from "../../src/domain/frame";
import type { RangeAnswer } from "../../src/domain/ledger/append";
import type { Position } from "../../src/domain/ledger/position";
import type { Done, Station } from "./network";

export const TOPIC = "alerts";
export const EPOCH = "e";
/** Frames of one call or answer: about a megabyte of alerts. */
const PIECE = 1_500;

/** Whoever a child may lease from. */
export interface Parent {
  station: Station;
  lease(child: string, have: Position | null): Done<LeaseAnswer>;
  read(after: Position | null): Done<RangeAnswer>;
}

const frameOf = (seq: number): string => JSON.stringify({ topic: TOPIC, epoch: EPOCH, seq });

/** The frames of a stream, from the first one that is kept. */
export class Frames {
  readonly #frames: string[] = [];
  #before = 0;

  get head(): Position {
    return { epoch: EPOCH, seq: this.#before + this.#frames.length };
  }

  append(): void {
    this.#frames.push(frameOf(this.head.seq + 1));
  }

  take(frames: readonly string[]): void {
    this.#frames.push(...frames);
  }

  /** Nothing up to and including `position` is known. */
  begin(position: Position): void {
    this.#frames.length = 0;
    this.#before = position.seq;
  }

  get snapshot(): string {
    return JSON.stringify({ type: "snapshot", topic: TOPIC, ...this.head });
  }

  /** Undefined when the beginning of the range is not kept. */
  after({ seq }: Position): string[] | undefined {
    if (seq < this.#before || seq > this.head.seq) return undefined;
    return this.#frames.slice(seq - this.#before, seq - this.#before + PIECE);
  }

  deliveries(have: Position | null): Delivery[] {
    const frames = have === null ? undefined : this.after(have);
    if (frames === undefined) return [{ topic: TOPIC, ...this.head, snapshot: this.snapshot }];
    return frames.length === 0 ? [] : [{ topic: TOPIC, epoch: EPOCH, first: (have?.seq ?? 0) + 1, frames }];
  }

  range(after: Position | null): RangeAnswer {
    const { head } = this;
    const frames = after === null ? undefined : this.after(after);
    if (frames === undefined) return { status: "snapshot", head, snapshot: this.snapshot };
    return { status: "range", head, frames, more: (after?.seq ?? 0) + frames.length < head.seq };
  }
}
