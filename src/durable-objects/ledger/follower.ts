/* A follower: a child that gets every frame of every stream of this object, without lease and without end. So a topic
 * repeats other objects' frames and misses none.
 *
 * What it has is a row of the log, on disk like a cursor: rows go out in order, several per call, and none is recycled
 * before it was answered. The answers say what the follower has of each stream. Where that is less than this object
 * believed (the follower was restored), it is given what it lacks from there on, or a snapshot where that is gone. */
import type { Delivery, Receipts } from "../../domain/frame";
import { comparePositions, type Position } from "../../domain/ledger/position";
import { framesByTopic, readHeader } from "../../domain/ledger/row";
import { endOf, followsOn } from "../../domain/live/delivery";
import type { Duty } from "./alarm";
import { CALL_BYTES, Line, type LineOptions } from "./line";
import type { Log } from "./log";
import type { Streams } from "./reader";

/** Streams that it is asked about with one call. */
const DOUBTED_AT_ONCE = 1_000;
/** Streams that are read from the log for one call: in an object of many, each may mean reading all of it. */
const LAGGING_AT_ONCE = 16;

interface RowOfFrames {
  n: number;
  deliveries: Extract<Delivery, { frames: string[] }>[];
}

export class Follower implements Duty {
  readonly name = "follower";
  readonly #log: Log;
  readonly #streams: Streams;
  readonly #line: Line;
  readonly #key: string;
  readonly #now: () => number;
  #row: number;
  /** Topics of which it is to say what it has. */
  readonly #doubted = new Set<string>();
  /** What it has of topics of which this log believed that it had more. */
  readonly #lagging = new Map<string, Position>();

  constructor(child: string, log: Log, streams: Streams, options: LineOptions) {
    this.#log = log;
    this.#streams = streams;
    this.#line = new Line(child, options);
    this.#key = `followed:${child}`;
    this.#now = options.now;
    this.#row = log.meta<number>(this.#key) ?? 0;
    if (log.page(this.#row, 1).length > 0) this.#line.fallBehind(this.#now());
  }

  /** The last row it has all of. */
  get passed(): number {
    return this.#row;
  }

  /** Frames are about to be committed. */
  committing(): void {
    this.#line.fallBehind(this.#now());
  }

  /** Sends what was committed. Does not wait. */
  publish(): void {
    if (this.#line.isBehind) void this.run();
  }

  /** It may have been restored to an earlier moment: it is asked what it has of each stream. */
  doubt(): void {
    for (const [topic, { seq }] of this.#streams.heads()) if (seq > 0) this.#doubted.add(topic);
    if (this.#doubted.size > 0) this.#line.fallBehind(0);
  }

  dueAt(): number | undefined {
    return this.#line.dueAt();
  }

  run(): Promise<void> {
    return this.#line.run(async () => {
      if (this.#lagging.size > 0) return this.#catchUp();
      // It is asked about the present epoch, and would let go of frames of an earlier one that are still to come.
      return (await this.#sendRows()) || (this.#doubted.size > 0 && (await this.#ask()));
    });
  }

  async #sendRows(): Promise<boolean> {
    const rows = this.#next();
    if (rows.length === 0) return false;
    const { have } = await this.#line.call(rows.flatMap((row) => row.deliveries));
    let row = this.#row;
    for (const { n, deliveries } of rows) {
      if (!deliveries.every((delivery) => this.#isDone(delivery, have[delivery.topic]))) break;
      row = n;
    }
    if (row === this.#row) this.#noteLagging(rows[0] as RowOfFrames, have);
    else {
      this.#row = row;
      this.#log.setMeta(this.#key, row);
    }
    return true;
  }

  /** Rows after the last one answered, as many as a call carries. */
  #next(): RowOfFrames[] {
    const rows: RowOfFrames[] = [];
    let bytes = 0;
    for (const { n, body } of this.#log.after(this.#row)) {
      const deliveries = this.#deliveriesOf(body);
      // A row that only remembers has nothing for anybody.
      if (deliveries.length > 0) rows.push({ n, deliveries });
      else if (rows.length === 0) this.#row = n;
      bytes += body.length;
      if (bytes >= CALL_BYTES) break;
    }
    return rows;
  }

  #deliveriesOf(body: string): RowOfFrames["deliveries"] {
    const framesOf = framesByTopic(body);
    return Object.entries(readHeader(body).s).map(([stream, [first, , epoch]]) => {
      const topic = this.#streams.topicOf(stream);
      return { topic, epoch, first, frames: framesOf(topic) };
    });
  }

  #isDone(delivery: RowOfFrames["deliveries"][number], have: Position | undefined): boolean {
    if (have === undefined) return false;
    if (comparePositions(have, endOf(delivery)) >= 0) return true;
    // A deleted stream of which nothing is kept has nothing left to say.
    return !followsOn(delivery, have) && this.#streams.after(delivery.topic, have, 0).length === 0;
  }

  #noteLagging({ deliveries }: RowOfFrames, have: Record<string, Position>): void {
    for (const delivery of deliveries) {
      const at = have[delivery.topic];
      if (this.#isDone(delivery, at)) continue;
      if (at === undefined || followsOn(delivery, at)) throw new Error(`nothing of ${delivery.topic} was taken`);
      this.#lagging.set(delivery.topic, at);
    }
  }

  /** A delivery without frames is answered like any other: with what it has. */
  async #ask(): Promise<boolean> {
    const asked = [...this.#doubted].slice(0, DOUBTED_AT_ONCE);
    const heads = asked.flatMap((topic) => {
      const head = this.#streams.head(topic);
      return head === undefined ? [] : [{ topic, ...head }];
    });
    const { have } = await this.#line.call(
      heads.map(({ topic, epoch, seq }) => ({ topic, epoch, first: seq + 1, frames: [] })),
    );
    for (const { topic, ...head } of heads) {
      const at = have[topic];
      if (at !== undefined && comparePositions(at, head) < 0) this.#lagging.set(topic, at);
    }
    for (const topic of asked) this.#doubted.delete(topic);
    return true;
  }

  async #catchUp(): Promise<boolean> {
    const shares = [...this.#lagging].slice(0, LAGGING_AT_ONCE).map(([topic, before]) => ({
      topic,
      before,
      sent: this.#streams.after(topic, before, CALL_BYTES),
    }));
    const deliveries = shares.flatMap(({ sent }) => sent);
    const { have }: Receipts = deliveries.length === 0 ? { have: {} } : await this.#line.call(deliveries);
    for (const { topic, before, sent } of shares) {
      const last = sent.at(-1);
      const at = have[topic];
      if (last === undefined || (at !== undefined && comparePositions(at, endOf(last)) >= 0)) {
        this.#lagging.delete(topic);
      } else if (at === undefined || comparePositions(at, before) === 0) {
        throw new Error(`nothing of ${topic} was taken`);
      } else this.#lagging.set(topic, at);
    }
    return true;
  }
}
