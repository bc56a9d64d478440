/* A random history of one ledger in its world, and the model that it is held against: every acknowledged event is in D1
 * exactly once, or parked once, or inside a hole that the audit reports; and so it is in the archive. */
import { expect } from "vitest";
import { ARCHIVE_PURPOSE, archiveOutput } from "../../../src/domain/archive/batch";
import { START } from "../../../src/domain/event";
import type { AppendEvent } from "../../../src/domain/ledger/append";
import { type Hole, openHoles } from "../../../src/domain/ledger/holes";
import { IDENTITY_MS } from "../../../src/domain/ledger/identity";
import { candles } from "../../../src/domain/prices/feed";
import type { PriceCommand } from "../../../src/domain/prices/price";
import type { CheckpointLimits } from "../../../src/durable-objects/ledger/checkpoint";
import { gapsOfObjects } from "../../../src/storage/queries/gaps";
import type { Bookmark } from "./fake-object";
import type { Step } from "./steps";
import { OBJECT, requestOf, START_MS, tickOf, World } from "./world";

/** A reader that follows one stream and believes what it reads. */
class Reader {
  at: { epoch: string; seq: number } = { epoch: "", seq: 0 };

  async read(world: World, limit: number): Promise<void> {
    const answer = await world.feed.range("AAPL", this.at, limit);
    if (answer.status === "unknown") return;
    if (answer.status === "snapshot") {
      // A snapshot is only given for another epoch: within one, the range is complete.
      expect(answer.head.epoch > this.at.epoch).toBe(true);
      this.at = answer.head;
      return;
    }
    for (const text of answer.frames) {
      const { epoch, seq } = JSON.parse(text);
      if (epoch === this.at.epoch) expect(seq).toBe(this.at.seq + 1);
      else expect(seq).toBe(1);
      this.at = { epoch, seq };
    }
  }
}

const MINUTE = 60_000;

/** A random history, and what it must have come to. */
export class Story {
  readonly world: World;
  readonly reader = new Reader();
  readonly acknowledged = new Map<number, string>();
  /** Events that a restore took from the log, with the row and epoch they were in. */
  readonly lost = new Map<number, { epoch: string; n: number }>();
  #next = 0;
  #number = 0;
  #session = 0;
  #skipped: AppendEvent<PriceCommand>[] = [];
  #requests: { key: string; events: AppendEvent<PriceCommand>[]; at: number }[] = [];
  #bookmark: { disk: Bookmark; requests: number } | undefined;

  constructor(checkpoints?: CheckpointLimits) {
    const outputs = [candles, archiveOutput(MINUTE)];
    this.world = new World(checkpoints === undefined ? { outputs } : { outputs, checkpoints });
  }

  #event(kind: string, stream: string): AppendEvent<PriceCommand> {
    const i = this.#next++;
    if (kind === "id") return tickOf(i, stream, { id: `e${i}`, hash: `h${i}` });
    if (kind === "number")
      return tickOf(i, "AAPL", { source: "counter", seq: ++this.#number, session: `s${this.#session}` });
    return tickOf(i, stream);
  }

  async #append(events: AppendEvent<PriceCommand>[], key = `k${this.#requests.length}`): Promise<void> {
    this.#requests.push({ key, events, at: this.world.now });
    const answer = await this.world.appendUntilAcknowledged(requestOf(key, events, "body"));
    expect(answer.ok).toBe(true);
    for (const event of events) this.acknowledged.set(minuteOf(event), event.stream);
  }

  async run(step: Step): Promise<void> {
    const { world } = this;
    // A crash may come after the answer, while what follows is written.
    if (world.life.dead) world.rebirth();
    switch (step.do) {
      case "append":
        world.life.crashIn = step.crashIn;
        await this.#append(Array.from({ length: step.count }, () => this.#event(step.kind, step.stream)));
        world.life.crashIn = undefined;
        return;
      case "together":
        return this.#together(step.callers, step.conflict);
      case "repeat": {
        const request = this.#requests.at(-1 - step.back);
        // Beyond the horizon a repetition is a new event, as promised.
        if (request === undefined || world.now - request.at >= IDENTITY_MS) return;
        await world.appendUntilAcknowledged(requestOf(request.key, request.events, "body"));
        return;
      }
      case "skip":
        // The event exists and comes later, or never.
        this.#skipped.push(this.#event("number", "AAPL"));
        if (this.#skipped.length > 2) await this.#append([this.#skipped.shift() as AppendEvent<PriceCommand>]);
        return;
      case "restart":
        this.#session++;
        this.#number = 0;
        return;
      case "evict":
        return world.rebirth();
      case "ring":
        return world.ring();
      case "read":
        return this.reader.read(world, 3);
      case "advance":
        world.life.crashIn = step.crashIn;
        await world.advance(step.ms);
        world.life.crashIn = undefined;
        if (world.life.dead) world.rebirth();
        return;
      case "deliver":
        return this.deliver(step.how);
      case "corrupt": {
        const part = world.queue[0]?.body.parts[0] as { kind: string; open: unknown } | undefined;
        if (part?.kind === "candle") part.open = "?";
        return;
      }
      case "fail":
        if (step.what === "queue") world.queueIsDown = step.on;
        else if (step.what === "confirmations") world.loseConfirmations = step.on;
        else if (step.what === "bucket") world.bucket.failures = step.on ? 2 : 0;
        else world.d1.failures = step.on ? 2 : 0;
        return;
      case "bookmark":
        this.#bookmark = { disk: world.disk.bookmark(), requests: this.#requests.length };
        return;
      case "restore":
        return this.restore();
      default:
        return step satisfies never;
    }
  }

  async #together(callers: number, conflict: boolean): Promise<void> {
    const { world } = this;
    const known = this.#event("id", "AAPL");
    await this.#append([known]);
    const groups = Array.from({ length: callers }, (_, i) => ({
      key: `t${this.#next}-${i}`,
      events: [this.#event("plain", "MSFT")],
    }));
    const bad = requestOf(`bad${this.#next}`, [{ ...known, hash: "other" }, this.#event("plain", "AAPL")]);
    const answers = await Promise.all([
      ...groups.map(({ key, events }) => world.feed.append(requestOf(key, events))),
      ...(conflict ? [world.feed.append(bad)] : []),
    ]);
    for (const [i, { events }] of groups.entries()) {
      expect(answers[i]?.ok).toBe(true);
      for (const event of events) this.acknowledged.set(minuteOf(event), event.stream);
    }
    if (conflict) expect(answers.at(-1)).toMatchObject({ ok: false, code: "conflict" });
  }

  async deliver(how: string): Promise<void> {
    const { world } = this;
    const all = world.queue.splice(0);
    if (how === "lose") return;
    if (how === "reversed") all.reverse();
    const now = how === "some" ? all.filter((_, i) => i % 2 === 1) : all;
    if (how === "some") world.queue.push(...all.filter((_, i) => i % 2 === 0));
    await world.consume(how === "double" ? [...now, ...now.map((m) => structuredClone(m))] : now);
  }

  /** @param isTold the object that ends says where its log ends */
  async restore(isTold = false): Promise<void> {
    const { world } = this;
    if (this.#bookmark === undefined) return;
    const head = isTold ? await world.feed.close() : undefined;
    const { disk, requests } = this.#bookmark;
    const rows = (tables: Bookmark) => tables.tables.find((t) => t.name === "log")?.rows ?? [];
    const kept = Math.max(0, ...rows(disk).map((row) => Number(row.n)));
    for (const row of rows(world.disk.bookmark())) {
      if (Number(row.n) <= kept) continue;
      const [header] = String(row.body).split("\n");
      for (const i of eventsIn(String(row.body)))
        this.lost.set(i, { epoch: JSON.parse(header as string).e, n: Number(row.n) });
    }
    // What was only held at that moment goes with the rest; a repetition after a restore would be a new event.
    for (const { events } of this.#requests.splice(requests)) {
      for (const event of events)
        if (!this.lost.has(minuteOf(event))) this.lost.set(minuteOf(event), { epoch: "", n: Number.POSITIVE_INFINITY });
    }
    this.#skipped = [];
    this.#session++;
    this.#number = 0;
    world.disk.restore(disk);
    // It takes a while: what is born after it is younger than what was lost.
    world.now++;
    world.rebirth();
    // The restore command is repeated until D1 can say where it stands.
    world.d1.failures = 0;
    await world.feed.restored(head);
  }

  /** What is still lost; nothing else is missing in the sums. */
  async holes(): Promise<Hole[]> {
    const { world } = this;
    const { DB } = world.env;
    const cursors = world.d1.rows<Counted>("SELECT * FROM cursors");
    const gaps = await gapsOfObjects(DB, [OBJECT]);
    const audit = await world.feed.audit(cursors);
    return audit.outputs.flatMap(({ purpose, pending, accepted }) => {
      const own = gaps.filter((gap) => gap.purpose === purpose);
      const refilled = own.reduce((sum, { events }) => sum + events, 0);
      const cursor = cursors.find((c) => c.purpose === purpose);
      const counted = (cursor?.rolled ?? 0) + (cursor?.parked ?? 0);
      expect([purpose, pending, counted]).toEqual([purpose, 0, accepted + refilled]);
      return openHoles(purpose, audit.holes, own, cursor ?? START);
    });
  }

  async check(): Promise<void> {
    const { world } = this;
    await world.settle();
    const holes = await this.holes();
    const counts = { AAPL: world.candleCounts("AAPL"), MSFT: world.candleCounts("MSFT") };
    const parked = world.parkedEvents();
    const archived = await world.archivedCounts();
    for (const times of [...counts.AAPL.values(), ...counts.MSFT.values(), ...archived.values()]) expect(times).toBe(1);
    expect(new Set(parked).size).toBe(parked.length);
    for (const [i, stream] of this.acknowledged) {
      const inD1 = (counts[stream as "AAPL"].get(i) ?? 0) + parked.filter((p) => p === i).length;
      this.#expectOnce(i, inD1, "candles", holes);
      this.#expectOnce(i, archived.get(i) ?? 0, ARCHIVE_PURPOSE, holes);
    }
    for (let turn = 0; turn < 200; turn++) await this.reader.read(world, 7);
    const stream = await world.feed.stream("AAPL");
    if (stream && stream.seq > 0) expect(this.reader.at).toEqual({ epoch: stream.epoch, seq: stream.seq });
  }

  /** ... or never, where it was lost and the audit says so. */
  #expectOnce(i: number, times: number, purpose: string, holes: Hole[]): void {
    const place = this.placeOf(i);
    const inHole =
      place !== undefined &&
      holes.some(
        (h) =>
          h.purpose === purpose &&
          (h.to === null
            ? place.epoch === "" || h.epoch < place.epoch || (h.epoch === place.epoch && place.n > h.after)
            : h.epoch === place.epoch && place.n > h.after && place.n <= h.to),
      );
    expect(
      times === 1 || (times === 0 && inHole),
      `event ${i}: ${times} times in ${purpose}, was in ${JSON.stringify(place)}, holes ${JSON.stringify(holes)}`,
    ).toBe(true);
  }

  /** The row in which an event was that may be lost. */
  protected placeOf(i: number): { epoch: string; n: number } | undefined {
    return this.lost.get(i);
  }
}

interface Counted {
  purpose: string;
  epoch: string;
  pos: number;
  rolled: number;
  parked: number;
}

const minuteOf = (event: AppendEvent<PriceCommand>): number =>
  event.body.type === "price" ? (event.body.timestamp - START_MS) / 60_000 : -1;

export function eventsIn(body: string): number[] {
  const frames = body
    .split("\n")
    .slice(1, -1)
    .map((line) => JSON.parse(line));
  return frames.filter((f) => f.type === "price").map((f) => (Date.parse(f.data.timestamp) - START_MS) / 60_000);
}
