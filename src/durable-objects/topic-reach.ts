/* Whom the frames of topic `alerts` reached: hubs count and tell in their answers, this adds up and writes D1. The canary
 * makes every hub answer once a minute, so acknowledgements need no call of their own. */
import type { AlertData } from "../domain/alerts/alert";
import type { Receipts } from "../domain/frame";
import type { RangeAnswer } from "../domain/ledger/append";
import type { Position } from "../domain/ledger/position";
import { Tally } from "../domain/live/tally";
import { type StoredReach, writeReach } from "../storage/queries/reach";

/** D1 is written at most so often. */
const WRITE_EVERY_MS = 10_000;

/** Frames of the topic after a position. */
type Read = (after: Position, limit: number) => Promise<RangeAnswer>;

export class TopicReach {
  readonly #db: D1Database;
  readonly #read: Read;
  readonly #tally = new Tally();
  #writtenAt = 0;

  constructor(db: D1Database, read: Read) {
    this.#db = db;
    this.#read = read;
  }

  /** Resolves when nothing is left to write now. Never throws: counts are no reason to repeat a delivery. */
  async note(child: string, { reach }: Receipts, now: number): Promise<void> {
    if (reach !== undefined) this.#tally.note(child, reach);
    if (now - this.#writtenAt < WRITE_EVERY_MS || !this.#tally.isChanged) return;
    this.#writtenAt = now;
    try {
      const rows = await Promise.all(this.#tally.take().map((total) => this.#rowOf(total, now)));
      const written = rows.filter((row) => row !== undefined);
      if (written.length > 0) await writeReach(this.#db, written);
    } catch (error) {
      console.warn("reach was not written", error);
    }
  }

  /** Undefined for what belongs to no alert. */
  async #rowOf(total: ReturnType<Tally["take"]>[number], now: number): Promise<StoredReach | undefined> {
    const range = await this.#read({ epoch: total.epoch, seq: total.seq - 1 }, 1);
    const text = range.status === "range" ? range.frames[0] : undefined;
    const { data } = JSON.parse(text ?? "{}") as { data?: Partial<AlertData> };
    if (data?.alert_id === undefined || data.event_type === undefined) return undefined;
    return { ...total, alert_id: data.alert_id, event_type: data.event_type, counted_at: now };
  }
}
