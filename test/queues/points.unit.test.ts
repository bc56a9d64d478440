/* No invocation writes more points than the platform takes, and none of them is lost for that. */
import { describe, expect, it } from "vitest";
import { consumePoints, PointsMessage, report } from "../../src/queues/points";
import { POINTS_MAX, type Point, pointOf } from "../../src/storage/analytics";
import { fc, holds } from "../property";

/** An Analytics Engine that counts by invocation, and a queue that hands over one message at a time or several. */
class Platform {
  readonly written: string[] = [];
  readonly perInvocation: number[] = [];
  readonly parked: unknown[] = [];
  queue: PointsMessage[] = [];
  queueIsDown = false;

  readonly env = {
    ANALYTICS: {
      writeDataPoint: ({ indexes }: { indexes: string[] }) => {
        this.written.push(indexes[0] as string);
        this.perInvocation[this.perInvocation.length - 1] = (this.perInvocation.at(-1) ?? 0) + 1;
      },
    },
    POINTS: {
      send: async (message: PointsMessage) => {
        if (this.queueIsDown) throw new Error("queue is down");
        if (JSON.stringify(message).length > 127_000) throw new Error("too large");
        this.queue.push(PointsMessage.parse(message));
      },
    },
    DB: { prepare: () => ({ bind: (...values: unknown[]) => ({ run: async () => this.parked.push(values) }) }) },
  } as unknown as Env;

  async report(points: Point[]): Promise<void> {
    this.perInvocation.push(0);
    await report(this.env, points);
  }

  /** Hands over until nothing waits. */
  async drain(atOnce: number): Promise<void> {
    for (let turn = 0; turn < 1_000 && this.queue.length > 0; turn++) await this.hand(this.queue.splice(0, atOnce));
  }

  async hand(bodies: unknown[]): Promise<string[]> {
    this.perInvocation.push(0);
    const fate: string[] = [];
    const messages = bodies.map((body, i) => ({
      id: `${i}`,
      body,
      ack: () => fate.push("ack"),
      retry: () => {
        fate.push("retry");
        this.queue.push(body as PointsMessage);
      },
    }));
    await consumePoints({ queue: "tidings-points", messages } as unknown as MessageBatch, this.env);
    return fate;
  }
}

const pointsOf = (count: number, labels = "{}"): Point[] =>
  Array.from({ length: count }, (_, i) => {
    const figures = { start: 0, count: 1, sum: 1, min: 1, max: 1, last: 1, p50: 1, p95: 1, p99: 1 };
    return pointOf("metric", { name: `m${i}`, labels, resolution: "hour", ...figures });
  });

describe("points", () => {
  it("are all written, at most 250 in an invocation, whatever a queue hands over at a time", async () => {
    await holds(
      fc.asyncProperty(fc.nat(3_000), fc.nat(3_000), fc.integer({ min: 1, max: 10 }), async (count, chars, atOnce) => {
        const platform = new Platform();
        await platform.report(pointsOf(count, "x".repeat(chars)));
        await platform.drain(atOnce);
        expect(new Set(platform.written).size).toBe(count);
        expect(platform.written).toHaveLength(count);
        expect(Math.max(...platform.perInvocation)).toBeLessThanOrEqual(POINTS_MAX);
      }),
      { numRuns: 30 },
    );
  });

  it("never fail what they follow from", async () => {
    const platform = new Platform();
    platform.queueIsDown = true;
    await platform.report(pointsOf(600));
    expect(platform.written).toHaveLength(POINTS_MAX);
  });

  it("that cannot be read are parked", async () => {
    const platform = new Platform();
    expect(
      await platform.hand([
        { v: 1, points: "none" },
        { v: 1, points: pointsOf(POINTS_MAX + 1) },
      ]),
    ).toEqual(["ack", "ack"]);
    expect([platform.parked.length, platform.written.length]).toEqual([2, 0]);
  });

  it("are tried again when they cannot be written", async () => {
    const platform = new Platform();
    const broken = {
      ...platform.env,
      ANALYTICS: {
        writeDataPoint: () => {
          throw new Error("away");
        },
      },
    } as unknown as Env;
    const fate: string[] = [];
    const message = {
      id: "1",
      body: { v: 1, points: pointsOf(1) },
      ack: () => fate.push("ack"),
      retry: () => fate.push("retry"),
    };
    await consumePoints({ queue: "q", messages: [message] } as unknown as MessageBatch, broken);
    expect(fate).toEqual(["retry"]);
  });
});
