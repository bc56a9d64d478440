/* The object that owns the topic: everything it commits is in its log, whatever happens to its memory. */
import type { LeaseAnswer } from "../../src/domain/frame";
import type { RangeAnswer } from "../../src/domain/ledger/append";
import type { Position } from "../../src/domain/ledger/position";
import { relayOf } from "../../src/domain/live/children";
import { endOf } from "../../src/domain/live/delivery";
import type { Done, Station } from "./network";
import { Sender, type Source } from "./sender";
import { Frames, type Parent } from "./topic";

export class Owner implements Parent {
  readonly station: Station;
  readonly sender: Sender;
  readonly frames = new Frames();
  /** Log rows; the alarm is counted by the sender. */
  rowsWritten = 0;
  /** seq → when it was committed. */
  readonly committedAt = new Map<number, number>();
  /** Leases are on disk. */
  readonly #hubs = new Set<string>();
  readonly #direct: number;
  readonly #source: Omit<Source, "head" | "after">;

  /** @param direct hubs that it calls itself */
  constructor(station: Station, direct: number, source: Omit<Source, "head" | "after">) {
    this.station = station;
    this.#direct = direct;
    this.#source = source;
    this.sender = new Sender({
      ...source,
      head: () => this.frames.head,
      after: (have, give) => give(this.frames.deliveries(have)),
    });
  }

  commit(): void {
    this.frames.append();
    this.rowsWritten++;
    this.committedAt.set(this.frames.head.seq, this.#source.timeline.now);
    this.sender.committed();
  }

  /** A hub beyond those that it calls itself is sent to its relay. */
  lease(child: string, have: Position | null): Done<LeaseAnswer> {
    const parent = relayOf(child, this.#direct);
    if (parent !== undefined && !this.#hubs.has(child)) {
      if (this.#hubs.size >= this.#direct) return { answer: { status: "elsewhere", parent }, cpuMs: 0 };
      this.#hubs.add(child);
    }
    const { head } = this.frames;
    const delivery = this.frames.deliveries(have);
    const last = delivery.at(-1);
    this.sender.lease(child, last === undefined ? head : endOf(last));
    return { answer: { status: "leased", head, delivery }, cpuMs: 0 };
  }

  read(after: Position | null): Done<RangeAnswer> {
    return { answer: this.frames.range(after), cpuMs: 0 };
  }

  evict(): void {
    this.station.evict(this.#source.timeline.now);
    this.sender.evict();
  }
}
