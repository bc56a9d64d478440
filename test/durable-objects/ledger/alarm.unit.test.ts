/* One alarm for many duties: one that hangs or fails is alone with it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarm, type Duty } from "../../../src/durable-objects/ledger/alarm";

const NOW = Date.parse("2026-11-21T10:00:00Z");

class Clockwork {
  rings: number | null = null;
  readonly storage = {
    getAlarm: async () => this.rings,
    setAlarm: async (at: number) => {
      this.rings = at;
    },
  } as unknown as DurableObjectStorage;
}

/** Due from `at` on, until it has run. */
function duty(name: string, work: () => Promise<void>, at = NOW) {
  const made = { name, runs: 0, due: at as number | undefined, dueAt: () => made.due, run };
  async function run(): Promise<void> {
    made.runs++;
    await work();
    made.due = undefined;
  }
  return made satisfies Duty;
}

const never = () => new Promise<void>(() => {});
const once = async () => {};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a duty that hangs", () => {
  it("holds up neither its neighbours nor the next ring", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const hanging = duty("introduction", never);
    const other = duty("follower", once);
    const clock = new Clockwork();
    const alarm = new Alarm(clock.storage, [hanging, other]);
    await alarm.load();
    const ringing = alarm.ring(NOW);
    await vi.advanceTimersByTimeAsync(0);
    expect(other.runs).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
    await ringing;
    expect(clock.rings).toBeLessThanOrEqual(NOW + 5_000);
  });

  it("leaves a deadline that comes meanwhile its time", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const clock = new Clockwork();
    const later = duty("clock", once, NOW + 2_000);
    const alarm = new Alarm(clock.storage, [duty("outbox", never), later]);
    await alarm.load();
    const ringing = alarm.ring(NOW);
    await vi.advanceTimersByTimeAsync(5_000);
    await ringing;
    void alarm.ring(NOW + 5_000);
    expect(later.runs).toBe(1);
  });
});

describe("a duty that fails", () => {
  it("is tried again, ever more seldom, beside neighbours that go on", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    const failing = duty("outbox", () => Promise.reject(new Error("the queue is down")));
    const other = duty("clock", once);
    const clock = new Clockwork();
    const alarm = new Alarm(clock.storage, [failing, other]);
    await alarm.load();
    for (const after of [1_000, 2_000, 4_000]) {
      const at = clock.rings ?? NOW;
      await alarm.ring(at);
      expect((clock.rings ?? 0) - at).toBe(after);
    }
    expect([failing.runs, other.runs, said.mock.calls.length]).toEqual([3, 1, 2]);
  });
});
