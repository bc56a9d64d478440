/* What the archive may cost the other purposes of an object: nothing. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { ARCHIVE_PURPOSE, archiveOutput, MESSAGE_BODY_MAX } from "../../../src/domain/archive/batch";
import type { OutboxMessage } from "../../../src/domain/event";
import { candles } from "../../../src/domain/prices/feed";
import { packMessage } from "../../../src/storage/archive";
import { readCursor } from "../../../src/storage/queries/cursors";
import { requestOf, tickOf, World } from "./world";

const MINUTE = 60_000;
const BOTH = [candles, archiveOutput(MINUTE)];

afterEach(() => void vi.useRealTimers());

/** A world in which the archive's queue does as it is told. */
function worldWith(archive: (message: OutboxMessage) => Promise<void>): World {
  const world: World = new World({
    outputs: BOTH,
    downstream: {
      send: async ([message]) => {
        if (message === undefined) return;
        if (message.purpose === ARCHIVE_PURPOSE) await archive(message);
        else world.queue.push({ body: structuredClone(message), attempts: 1 });
      },
      cursor: async (object, purpose) =>
        (await readCursor(world.d1.database, object, purpose)) ?? { epoch: "", pos: 0, rolled: 0, parked: 0 },
      waitingSince: async () => undefined,
    },
  });
  return world;
}

describe("the archive of a ledger", () => {
  it("adds no row and no character to a commit", async () => {
    const stored = async (outputs: typeof BOTH) => {
      const world = new World({ outputs });
      for (let i = 0; i < 5; i++) await world.feed.append(requestOf(`k${i}`, [tickOf(i), tickOf(i, "MSFT")]));
      return { rows: world.disk.rowsWritten, log: world.disk.db.prepare("SELECT * FROM log").all() };
    };
    expect(await stored(BOTH)).toEqual(await stored([candles]));
  });

  it("does not hold candles back while its queue refuses, and is sent once that is over", async () => {
    let isDown = true;
    const sent: OutboxMessage[] = [];
    const world = worldWith(async (message) => {
      if (isDown) throw new Error("the archive's queue is down");
      sent.push(structuredClone(message));
    });
    for (let i = 0; i < 3; i++) {
      await world.feed.append(requestOf(`k${i}`, [tickOf(i)]));
      await world.advance(MINUTE + 1_000);
      await world.drain();
      expect([...world.candleCounts().keys()]).toContain(i);
    }
    expect(sent).toEqual([]);
    isDown = false;
    await world.advance(2 * MINUTE);
    expect(sent.flatMap(({ parts }) => parts).length).toBeGreaterThanOrEqual(3);
  });

  it("does not hold candles back while its queue hangs", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const world = worldWith(() => new Promise(() => {}));
    for (let i = 0; i < 2; i++) {
      await world.feed.append(requestOf(`k${i}`, [tickOf(i)]));
      const passed = world.advance(MINUTE + 1_000);
      // The duty is left to itself after five seconds.
      await vi.advanceTimersByTimeAsync(60_000);
      await passed;
      await world.drain();
      expect([...world.candleCounts().keys()]).toContain(i);
    }
  });

  it("fills messages that fit the queue, or the bucket, however large the rows", async () => {
    const sent: OutboxMessage[] = [];
    const world = worldWith(async (message) => void sent.push(structuredClone(message)));
    const noise = (i: number) => Array.from({ length: 8 }, (_, k) => Math.sin(i * 8 + k).toString(36)).join("");
    for (let i = 0; i < 6; i++) {
      const events = Array.from({ length: 2_000 }, (_, k) => tickOf(k, `S${i}${noise(k).slice(0, 60)}`.slice(0, 32)));
      await world.feed.append(requestOf(`k${i}`, events));
      await world.advance(1_000);
    }
    await world.advance(2 * MINUTE);
    const lines = sent.flatMap(({ parts }) => parts as string[]).map((line) => JSON.parse(line));
    // Nothing is confirmed here, so all of it is sent again: what counts is that nothing is missing.
    const prices = lines.filter(({ type }) => type === "price");
    expect(new Set(prices.map(({ topic, seq }) => `${topic} ${seq}`)).size).toBe(12_000);
    for (const message of sent) {
      expect((message.parts as string[]).reduce((sum, line) => sum + line.length, 0)).toBeLessThan(1_200_000);
      const { batch } = await packMessage(world.bucket.bucket, message);
      const inQueue = typeof batch?.lines === "string" ? batch.lines.length : (batch?.lines.byteLength ?? 0);
      expect(inQueue).toBeLessThanOrEqual(MESSAGE_BODY_MAX);
    }
    // A full message does not wait for the minute to pass.
    expect(sent.length).toBeGreaterThan(3);
  });
});
