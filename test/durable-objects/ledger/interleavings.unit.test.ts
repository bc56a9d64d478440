/* Interleavings that went wrong once: what overtakes what at an await, under load, after a deletion, a restore, a wake. */
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/domain/frame";
import { requestOf, START_MS, tickOf, World } from "./world";

const calls = () => new Promise<void>((resolve) => setImmediate(resolve));
const del = { stream: "AAPL", source: "test", body: { type: "delete" as const } };

describe("interleavings", () => {
  it("delivers the frame `deleted` to who listens", async () => {
    const world = new World();
    const got: string[] = [];
    world.deliver = async (_, deliveries: Delivery[]) => {
      const have: Record<string, { epoch: string; seq: number }> = {};
      for (const d of deliveries) {
        if (!("frames" in d)) {
          got.push("snapshot");
          have[d.topic] = { epoch: d.epoch, seq: d.seq };
          continue;
        }
        for (const f of d.frames) {
          got.push(JSON.parse(f).type);
        }
        have[d.topic] = { epoch: d.epoch, seq: d.first + d.frames.length - 1 };
      }
      return { have };
    };
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.feed.lease("h", "prices/AAPL", null);
    await world.feed.append(requestOf("d", [del]));
    await calls();
    await world.advance(120_000);
    expect(got).toContain("deleted");
  });

  it("names the epoch a repeated number was taken in", async () => {
    const world = new World();
    const numbered = (n: number) => tickOf(0, "AAPL", { seq: n });
    const first = await world.feed.append(requestOf("a", [numbered(1), numbered(2), numbered(3)]));
    await world.feed.append(requestOf("d", [del]));
    await world.feed.append(requestOf("b", [numbered(4)]));
    const again = await world.feed.append(requestOf("c", [numbered(3)]));
    expect(again.receipts[0]).toMatchObject({ duplicate: true, epoch: first.receipts[2]?.epoch, seq: 3 });
  });

  it("takes no event in under the old epoch while a restore asks D1", async () => {
    let release = () => {};
    let hold = false;
    const world = new World();
    const original = world.env;
    void original;
    const { readCursor } = await import("../../../src/storage/queries/cursors");
    world.upgrade({
      downstream: {
        send: async (messages) => {
          for (const body of messages) world.queue.push({ body: structuredClone(body), attempts: 1 });
        },
        cursor: async (object, purpose) => {
          const c = (await readCursor(world.d1.database, object, purpose)) ?? {
            epoch: "",
            pos: 0,
            rolled: 0,
            parked: 0,
          };
          if (hold)
            await new Promise<void>((r) => {
              release = r;
            });
          return c;
        },
        waitingSince: async () => undefined,
      },
    });
    for (let i = 0; i < 3; i++) await world.feed.append(requestOf(`a${i}`, [tickOf(i)]));
    const mark = world.disk.bookmark();
    for (let i = 3; i < 8; i++) await world.feed.append(requestOf(`a${i}`, [tickOf(i)]));
    await world.settle();
    world.life.die();
    world.disk.restore(mark);
    world.rebirth();
    hold = true;
    const restored = world.feed.restored();
    await calls();
    const appended = world.feed.append(requestOf("new", [tickOf(100)]));
    await calls();
    hold = false;
    release();
    await restored;
    await appended;
    await world.settle();
    expect(world.candleCounts().get(100)).toBe(1);
  });

  it("does not go back to an older cursor when a confirmation overtakes the question", async () => {
    let release = () => {};
    let hold = false;
    const world = new World();
    const { readCursor } = await import("../../../src/storage/queries/cursors");
    world.upgrade({
      downstream: {
        send: async (messages) => {
          for (const body of messages) world.queue.push({ body: structuredClone(body), attempts: 1 });
        },
        cursor: async (object, purpose) => {
          const c = (await readCursor(world.d1.database, object, purpose)) ?? {
            epoch: "",
            pos: 0,
            rolled: 0,
            parked: 0,
          };
          if (hold)
            await new Promise<void>((r) => {
              release = r;
            });
          return c;
        },
        waitingSince: async () => undefined,
      },
    });
    for (let i = 0; i < 4200; i++) await world.feed.append(requestOf(`a${i}`, [tickOf(0)]));
    await world.advance(60_001);
    const messages = world.queue.splice(0);
    expect(messages.length).toBeGreaterThan(0);
    world.now += 20 * 60_000;
    hold = true;
    const pass = world.feed.runDueDuties(); // overdue: asks D1, whose answer is on its way
    await calls();
    await world.consume(messages); // meanwhile everything is merged and confirmed
    for (let i = 0; i < 5; i++) await world.feed.append(requestOf(`b${i}`, [tickOf(1)]));
    hold = false;
    release();
    await pass;
    await world.settle();
    const audit = await world.feed.audit([]);
    expect(audit.holes).toEqual([]);
  });

  it("does not move the alarm with every commit while something is overdue", async () => {
    const world = new World({ delayMs: 60_000 });
    // 450 symbols: more than FULL_PARTS joined parts at once.
    const events = (k: number) => Array.from({ length: 450 }, (_, i) => tickOf(0, `S${i}`, { source: `s${k}` }));
    await world.feed.append(requestOf("first", events(0)));
    const alarms: number[] = [];
    let was = world.disk.alarm;
    for (let i = 1; i <= 20; i++) {
      world.now += 1;
      await world.feed.append(requestOf(`k${i}`, [tickOf(0, "S1")]));
      if (world.disk.alarm !== was) {
        alarms.push((world.disk.alarm as number) - START_MS);
        was = world.disk.alarm;
      }
    }
    expect(alarms.length).toBeLessThanOrEqual(1);
  });

  it("does not ring every millisecond while an introduction is under way", async () => {
    const world = new World({ introduce: () => new Promise(() => {}) }); // D1 hangs
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await calls();
    let rings = 0;
    const until = world.now + 2_000;
    while (world.disk.alarm !== null && world.disk.alarm <= until && rings < 5_000) {
      world.now = Math.max(world.now, world.disk.alarm);
      rings++;
      await world.ring();
    }
    expect(rings).toBeLessThan(10);
  });

  it("does not ring every millisecond while a call to a hub is under way after waking", async () => {
    const world = new World();
    world.deliver = async () => ({ have: {} });
    const first = await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.feed.lease("h", "prices/AAPL", { epoch: first.receipts[0]?.epoch as string, seq: 1 });
    await world.advance(200_000);
    world.rebirth();
    let answer = (_: { have: Record<string, never> }) => {};
    world.deliver = () =>
      new Promise((r) => {
        answer = r;
      }); // an ocean away: 150 ms
    await world.feed.append(requestOf("b", [tickOf(4)]));
    let rings = 0;
    const until = world.now + 150;
    while (world.disk.alarm !== null && world.disk.alarm <= until && rings < 5_000) {
      world.now = Math.max(world.now, world.disk.alarm);
      rings++;
      await world.ring();
    }
    answer({ have: {} });
    expect(rings).toBeLessThan(10);
  });

  it("takes a number in that was never seen, however far behind", async () => {
    const world = new World();
    const batch = (from: number) => Array.from({ length: 1000 }, (_, i) => tickOf(from + i, "AAPL", { seq: from + i }));
    await world.feed.append(requestOf("c", batch(2001)));
    await world.feed.append(requestOf("a", batch(1)));
    await world.feed.append(requestOf("b", batch(1001)));
    await world.settle();
    expect(world.candleCounts().size).toBe(3000);
  });
  it("takes in what was skipped, however wide the gap", async () => {
    const world = new World();
    const batch = (from: number) => Array.from({ length: 1000 }, (_, i) => tickOf(from + i, "AAPL", { seq: from + i }));
    await world.feed.append(requestOf("a", batch(1)));
    await world.feed.append(requestOf("d", batch(3001)));
    await world.advance(2_100);
    await world.feed.append(requestOf("b", batch(1001)));
    await world.feed.append(requestOf("c", batch(2001)));
    await world.settle();
    expect(world.candleCounts().size).toBe(4000);
  });

  it("counts no numbered event twice because there are many sources", async () => {
    const world = new World();
    for (let k = 0; k < 11; k++) {
      const events = Array.from({ length: 1000 }, (_, i) =>
        tickOf(k === 0 && i === 0 ? 0 : 1, "AAPL", { source: `s${k * 1000 + i}`, seq: 1 }),
      );
      await world.feed.append(requestOf(`k${k}`, events));
    }
    const again = await world.feed.append(requestOf("again", [tickOf(0, "AAPL", { source: "s0", seq: 1 })]));
    const audit = await world.feed.audit([]);
    expect(again.receipts[0]?.duplicate || audit.forgotten > 0).toBe(true);
  });

  it("lets no request write a row beyond 2 MB", async () => {
    const world = new World();
    await world.feed.append(requestOf("z", [tickOf(0)]));
    const long = "\u0001".repeat(124);
    const events = Array.from({ length: 628 }, (_, i) =>
      tickOf(0, "AAPL", {
        source: long,
        id: long + String(i).padStart(4, "0"),
        hash: "abcdefghijk",
        seq: i === 0 ? 1 : i + 2,
      }),
    );
    expect(await world.feed.append(requestOf("big", events))).toMatchObject({ ok: true });
  });

  it("answers a held event that comes again without an empty epoch", async () => {
    const world = new World();
    await world.feed.append(requestOf("z", [tickOf(0, "AAPL", { seq: 1 })]));
    const e = tickOf(1, "AAPL", { seq: 3, id: "x", hash: "h" });
    await world.feed.append(requestOf("a", [e]));
    // Under its own id, and by the key of its request.
    for (const key of ["b", "a"]) {
      const again = await world.feed.append(requestOf(key, [e]));
      expect(again.receipts[0]).toMatchObject({ epoch: null, seq: null, duplicate: true });
    }
  });
});
