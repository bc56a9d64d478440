/* The owner of one topic without its disk: a log, a lease, and calls to one hub. */
import type { Delivery, LeaseAnswer, Receipts } from "../../../src/domain/frame";
import type { RangeAnswer } from "../../../src/domain/ledger/append";
import type { Position } from "../../../src/domain/ledger/position";

export const LEASE_MS = 10 * 60_000;
const PAGE = 3;

/** Owns one topic and sends to one hub, as ledger/broadcast.ts does. */
export class FakeOwner {
  readonly topic: string;
  epoch = "";
  #births = 0;
  seq = 0;
  /** Seqs up to here are no longer kept. */
  trimmed = 0;
  lease: { until: number; have: Position | undefined } | undefined;
  /** Per call under way: what it carries. */
  sending: Delivery[] | undefined;
  /** What frames carry beside their position. */
  dataOf: (seq: number) => unknown = (seq) => seq;
  snapshotOf: (seq: number) => unknown = (seq) => seq;

  constructor(topic: string) {
    this.topic = topic;
  }

  grow(): void {
    if (this.epoch === "") this.#bear();
    this.seq += 1;
  }

  /** Restored or deleted: the stream begins again. */
  begin(): void {
    if (this.epoch === "") return;
    this.#bear();
    this.seq = 1;
  }

  #bear(): void {
    this.#births += 1;
    this.epoch = `e${this.#births}`;
    this.seq = 0;
    this.trimmed = 0;
  }

  frame(seq: number): string {
    const { topic, epoch } = this;
    const type = topic === "alerts" ? "open" : "price";
    return JSON.stringify({ topic, epoch, seq, type, at: "", data: this.dataOf(seq) });
  }

  #snapshot(gap: boolean): string {
    const { topic, epoch, seq } = this;
    const data = this.snapshotOf(seq);
    return JSON.stringify({ type: "snapshot", topic, epoch, seq, at: "", data, ...(gap ? { gap } : {}) });
  }

  #from(after: Position | null): number | undefined {
    const seq = after?.epoch === "" ? 0 : after?.epoch === this.epoch && after.seq <= this.seq ? after.seq : undefined;
    return seq === undefined || seq < this.trimmed ? undefined : seq;
  }

  read(after: Position | null, limit = PAGE): RangeAnswer {
    if (this.epoch === "") return { status: "unknown" };
    const head = { epoch: this.epoch, seq: this.seq };
    const from = this.#from(after);
    if (from === undefined) return { status: "snapshot", head, snapshot: this.#snapshot(after !== null) };
    const count = Math.min(limit, this.seq - from);
    const frames = Array.from({ length: count }, (_, i) => this.frame(from + 1 + i));
    return { status: "range", head, frames, more: from + count < this.seq };
  }

  /** At most a page, like an owner whose answer would be too large. */
  #after(have: Position | null): Delivery[] {
    const answer = this.read(have, PAGE * 2);
    const { topic, epoch, seq } = this;
    if (answer.status === "snapshot") return [{ topic, epoch, seq, snapshot: answer.snapshot }];
    if (answer.status === "unknown" || answer.frames.length === 0) return [];
    return [{ topic, epoch, first: (this.#from(have) as number) + 1, frames: answer.frames }];
  }

  grant(have: Position | null, now: number): LeaseAnswer {
    if (this.epoch === "") return { status: "unknown" };
    const head = { epoch: this.epoch, seq: this.seq };
    const delivery = this.#after(have);
    this.lease = { until: now + LEASE_MS, have: endOf(delivery.at(-1)) ?? head };
    return { status: "leased", head, delivery };
  }

  /** Only the newest frame is kept. */
  trim(): void {
    this.trimmed = Math.max(this.trimmed, this.seq - 1);
  }

  /** It no longer knows what the hub has, as after a crash. */
  forget(): void {
    if (this.lease !== undefined) this.lease.have = undefined;
  }

  /** Starts a call to the hub when it misses something and no call is under way. */
  send(now: number): void {
    const { lease } = this;
    if (lease === undefined || lease.until <= now || this.sending !== undefined || this.epoch === "") return;
    const have = lease.have ?? { epoch: this.epoch, seq: this.seq - 1 };
    if (have.epoch === this.epoch && have.seq >= this.seq) return;
    this.sending = this.#after(have);
  }

  receive(receipts: Receipts | undefined): void {
    this.sending = undefined;
    const have = receipts?.have[this.topic];
    if (this.lease !== undefined && have !== undefined) this.lease.have = have;
  }
}

function endOf(delivery: Delivery | undefined): Position | undefined {
  if (delivery === undefined) return undefined;
  if ("snapshot" in delivery) return { epoch: delivery.epoch, seq: delivery.seq };
  return { epoch: delivery.epoch, seq: delivery.first + delivery.frames.length - 1 };
}
