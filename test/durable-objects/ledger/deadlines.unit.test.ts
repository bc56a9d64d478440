/* Deadlines that depend on more than the entries: they move without one, and are asked for again. */
import { describe, expect, it } from "vitest";
import type { Reducer } from "../../../src/domain/ledger/reducer";
import { Ledger } from "../../../src/durable-objects/ledger/ledger";
import { Disk, Life } from "./fake-object";

type Rang = { type: "set" | "rang"; data: null };
const DELAY = 10_000;

/** A stream that says something so long after it was last touched, which no entry tells. */
class Watch {
  now = 1_000_000;
  readonly disk = new Disk();
  readonly touched = new Map<string, number>();
  ledger = this.#born();
  #keys = 0;

  #born() {
    const due = (name: string) => (this.touched.get(name) ?? this.now) + DELAY;
    const reducer: Reducer<{ name: string; rang: boolean; at: number }, null, Rang> = {
      version: 1,
      topic: "watches",
      empty: (name) => ({ name, rang: false, at: 0 }),
      decide: () => [{ type: "set", data: null }],
      tick: ({ name, rang }, now) => (rang || due(name) > now ? [] : [{ type: "rang", data: null }]),
      deadline: ({ name, rang, at }, after) => (!rang && due(name) > Math.max(after, at) ? due(name) : undefined),
      apply: ({ name }, { type, at }) => ({ name, rang: type === "rang", at }),
      snapshot: (state) => state,
      save: (state) => state,
      load: (saved) => saved as { name: string; rang: boolean; at: number },
    };
    return new Ledger(new Life(this.disk).ctx, {
      object: "Watch/w",
      reducer,
      outputs: [],
      delayMs: 0,
      downstream: {
        send: async () => {},
        cursor: async () => ({ epoch: "", pos: 0, rolled: 0, parked: 0 }),
        waitingSince: async () => undefined,
      },
      deliver: async () => ({ have: {} }),
      introduce: async () => {},
      now: () => this.now,
      random: () => 0.5,
    });
  }

  /** The object wakes from its disk. */
  rebirth(): void {
    this.ledger = this.#born();
  }

  async set(name: string): Promise<void> {
    this.touched.set(name, this.now);
    const events = [{ stream: name, source: "test", body: null }];
    await this.ledger.append({ key: `${this.#keys++}`, hash: "", events });
    // Telling of its birth has its own alarm.
    await this.ledger.runDueDuties();
  }

  async ring(): Promise<void> {
    this.now = Math.max(this.now, this.disk.alarm ?? 0);
    this.disk.alarm = null;
    await this.ledger.runDueDuties();
  }

  async rang(name: string): Promise<boolean> {
    return (await this.ledger.stream(name))?.state.rang ?? false;
  }
}

describe("A deadline that moved", () => {
  it("is asked for when the old one comes: nothing is said then, and it is not forgotten", async () => {
    const watch = new Watch();
    await watch.set("a");
    watch.now += 6_000;
    watch.touched.set("a", watch.now);
    await watch.ring();
    expect(await watch.rang("a")).toBe(false);
    expect(watch.disk.alarm).toBe(watch.now + 6_000);
    await watch.ring();
    expect(await watch.rang("a")).toBe(true);
    expect(watch.disk.alarm).toBeNull();
  });

  it("costs one row when its alarm rings, however often it moved", async () => {
    const watch = new Watch();
    for (const name of ["a", "b", "c"]) await watch.set(name);
    const before = watch.disk.rowsWritten;
    for (let look = 0; look < 10; look++) {
      for (let i = 0; i < 9; i++) {
        watch.now += 1_000;
        for (const name of ["a", "b", "c"]) watch.touched.set(name, watch.now);
      }
      await watch.ring();
    }
    expect(watch.disk.rowsWritten - before).toBe(10);
    expect(await watch.rang("a")).toBe(false);
  });

  it("is not lost when it passes while the object sleeps", async () => {
    const watch = new Watch();
    await watch.set("a");
    watch.now += 60_000;
    watch.rebirth();
    await watch.ledger.wake();
    expect(await watch.rang("a")).toBe(true);
  });

  it("that comes nearer is heard of by whoever says so", async () => {
    const watch = new Watch();
    await watch.set("a");
    const due = watch.disk.alarm ?? 0;
    watch.touched.set("a", watch.now - 4_000);
    await watch.ledger.reconsider("a");
    expect(watch.disk.alarm).toBe(due - 4_000);
    await watch.ledger.reconsider("nobody");
    await watch.ring();
    expect(await watch.rang("a")).toBe(true);
  });
});
