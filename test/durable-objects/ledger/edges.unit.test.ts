/* What a ledger does at its edges: before its first entry, of a deleted stream, when it is full, when it ends, and when it
 * was restored and nobody said so. */
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/domain/frame";
import { endOf } from "../../../src/domain/live/delivery";
import { candles } from "../../../src/domain/prices/feed";
import { requestOf, tickOf, World } from "./world";

const TOPIC = "prices/AAPL";

describe("an object that never appended", () => {
  it("is told of a cursor, and woken, and writes nothing", async () => {
    const world = new World();
    await world.feed.confirm("candles", { epoch: "0mwq8lds0dbipx4", pos: 7 }, true);
    await world.feed.wake();
    expect(world.disk.rowsWritten).toBe(0);
    expect(world.disk.bookmark().tables).toEqual([]);
  });
});

describe("a lease", () => {
  it("of a deleted stream is one of an unknown stream, but for who has some of it", async () => {
    const world = new World();
    const first = await world.feed.append(requestOf("a", [tickOf(0)]));
    const epoch = first.receipts[0]?.epoch as string;
    await world.feed.append(requestOf("b", [{ stream: "AAPL", source: "test", body: { type: "delete" } }]));
    expect(await world.feed.lease("local-0", TOPIC, null)).toEqual({ status: "unknown" });
    const lease = await world.feed.lease("local-0", TOPIC, { epoch, seq: 1 });
    expect(lease).toMatchObject({ status: "leased", delivery: [{ first: 2 }] });
  });

  it("whose answer would be too long brings the rest by the alarm, in order", async () => {
    const world = new World();
    for (let i = 0; i < 7; i++) {
      await world.feed.append(
        requestOf(
          `k${i}`,
          Array.from({ length: 1_000 }, () => tickOf(0)),
        ),
      );
    }
    // The alarm that is set is an hour away: what is left must not wait for it.
    world.disk.alarm = world.now + 3_600_000;
    world.rebirth();
    const lease = await world.feed.lease("local-0", TOPIC, { epoch: "", seq: 0 });
    if (lease.status !== "leased") throw new Error(lease.status);
    let have = endOf(lease.delivery.at(-1) as Delivery);
    expect(have.seq).toBeLessThan(lease.head.seq);
    world.deliver = async (_, deliveries) => {
      for (const delivery of deliveries) {
        expect(delivery).toMatchObject({ first: have.seq + 1 });
        have = endOf(delivery);
      }
      return { have: { [TOPIC]: have } };
    };
    await world.advance(1_000);
    expect(have).toEqual(lease.head);
  });
});

describe("a full log", () => {
  it("takes in nothing that the clock would say, until there is room", async () => {
    const world = new World({ limits: { recycleBytes: 50_000, fullBytes: 100_000 } });
    await world.feed.append(requestOf("a", [tickOf(0, "AAPL", { seq: 1 })]));
    await world.feed.append(requestOf("b", [tickOf(2, "AAPL", { seq: 3 })]));
    world.disk.size = 100_000;
    world.queueIsDown = true;
    await world.advance(30_000);
    expect((await world.feed.stream("AAPL"))?.seq).toBe(1);
    world.disk.size = undefined;
    await world.settle();
    expect([...world.candleCounts().keys()]).toEqual([0, 2]);
  });
});

describe("an object that ends", () => {
  it("by a throw while it commits has not the half of it, and takes the same again", async () => {
    let isBroken = false;
    const world = new World({
      outputs: [
        {
          ...candles,
          parts(entry) {
            if (isBroken) throw new Error("no such candle");
            return candles.parts(entry);
          },
        },
      ],
    });
    await world.feed.append(requestOf("a", [tickOf(0)]));
    isBroken = true;
    const request = requestOf("b", [tickOf(0, "AAPL", { id: "x" })]);
    await expect(world.feed.append(request)).rejects.toThrow("no such candle");
    expect(world.life.dead).toBe(true);
    isBroken = false;
    world.rebirth();
    expect((await world.feed.stream("AAPL"))?.seq).toBe(1);
    expect((await world.feed.append(request)).receipts).toMatchObject([{ seq: 2, status: "accepted" }]);
  });

  it("to be restored takes nothing more in, and says where its log ends", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    const { epoch, head } = await world.feed.audit([]);
    expect(await world.feed.close()).toEqual({ epoch, pos: head });
    await expect(world.feed.append(requestOf("b", [tickOf(1)]))).rejects.toThrow("this object ends");
    world.rebirth();
    expect((await world.feed.stream("AAPL"))?.seq).toBe(1);
  });

  it("does not say so while it holds an event that is in no entry yet", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0, "AAPL", { seq: 1 })]));
    await world.feed.append(requestOf("b", [tickOf(2, "AAPL", { seq: 3 })]));
    expect(await world.feed.close()).toBeUndefined();
  });
});

describe("an object that was restored", () => {
  it("behind everybody's back begins a new epoch as soon as D1 says that it is further", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    const bookmark = world.disk.bookmark();
    await world.feed.append(requestOf("b", [tickOf(1)]));
    await world.settle();
    const { epoch, outputs } = await world.feed.audit([]);
    world.disk.restore(bookmark);
    world.now++;
    world.rebirth();
    await world.feed.confirm("candles", outputs[0]?.confirmed as never, false);
    await world.feed.append(requestOf("c", [tickOf(2)]));
    const stream = await world.feed.stream("AAPL");
    expect((stream?.epoch as string) > epoch).toBe(true);
    await world.settle();
    expect([...world.candleCounts()].sort()).toEqual([0, 1, 2].map((minute) => [minute, 1]));
  });

  it("asks D1 by itself where it stands, as soon as it is marked", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.settle();
    expect(world.disk.alarm).toBeNull();
    await world.feed.restored();
    const { epoch } = await world.feed.audit([]);
    await world.advance(1_000);
    await world.drain();
    expect((await world.feed.audit([])).outputs).toMatchObject([{ confirmed: { epoch } }]);
  });
});
