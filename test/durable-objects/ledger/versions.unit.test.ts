/* A new version of the code reads what an older one wrote; an older one refuses what a newer one wrote. */
import { describe, expect, it } from "vitest";
import { archiveOutput } from "../../../src/domain/archive/batch";
import type { ParsedRow } from "../../../src/domain/ledger/row";
import { candles, feed, type PriceState } from "../../../src/domain/prices/feed";
import type { CursorRow } from "../../../src/storage/queries/cursors";
import { MINUTE, requestOf, tickOf, World } from "./world";

/** The second version counts prices in cents, and keeps the rows' ops under another name. */
const cents = (price: number) => Math.round(price * 100);
const secondReducer = {
  ...feed,
  version: 2,
  upgradeEntry: (entry: Parameters<NonNullable<typeof feed.upgradeEntry>>[0]) => {
    const data = entry.data as { price?: number };
    return { ...entry, data: data.price === undefined ? data : { ...data, price: cents(data.price) } } as never;
  },
  upgrade: (saved: unknown) => {
    const [latest, ...rest] = saved as [PriceState["latest"] | null, ...unknown[]];
    return [latest && { ...latest, price: cents(latest.price) }, ...rest];
  },
};
const secondRows = {
  version: 2,
  upgrade: (row: ParsedRow): ParsedRow => ({ ...row, header: { ...row.header, v: 2 } }),
};
const second = { reducer: secondReducer, rows: secondRows };

describe("a second version", () => {
  it("reads the log of the first, entry by entry", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0), tickOf(1)], "body"));
    world.upgrade(second);
    expect((await world.feed.stream("AAPL"))?.state.latest?.price).toBe(200);
    expect((await world.feed.append(requestOf("a", [tickOf(0), tickOf(1)], "body"))).receipts[0]).toMatchObject({
      seq: 1,
      duplicate: true,
    });
    await world.feed.append(requestOf("b", [tickOf(2)]));
    expect((await world.feed.stream("AAPL"))?.seq).toBeGreaterThan(3);
  });

  it("reads the checkpoint of the first", async () => {
    const world = new World();
    for (let i = 0; i < 4_200; i++) await world.feed.append(requestOf(`k${i}`, [tickOf(0)]));
    world.upgrade(second);
    expect((await world.feed.stream("AAPL"))?.state.latest?.price).toBe(100);
    expect((await world.feed.stream("AAPL"))?.seq).toBe(4_200);
  });

  it("sends downstream what the first said, never what it would say itself", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    world.upgrade(second);
    await world.settle();
    expect(world.d1.rows("SELECT close FROM candles WHERE resolution = 'minute'")).toEqual([{ close: 1 }]);
  });

  it("may have a purpose more: it begins with what is kept, and adds up", async () => {
    const world = new World();
    // A checkpoint, and then rows that are old enough to be overwritten.
    for (let i = 0; i < 4_200; i++) await world.feed.append(requestOf(`k${i}`, [tickOf(0)]));
    await world.settle();
    world.now += 20 * MINUTE;
    for (let i = 0; i < 5; i++) await world.feed.append(requestOf(`late${i}`, [tickOf(1)]));
    await world.settle();
    expect(world.disk.db.prepare("SELECT min(n) AS n FROM log").get()).not.toEqual({ n: 1 });
    world.upgrade({ outputs: [candles, archiveOutput(MINUTE)] });
    await world.feed.append(requestOf("new", [tickOf(50)]));
    const adds = async () => {
      const cursors = world.d1.rows<CursorRow>("SELECT * FROM cursors");
      const { outputs, holes } = await world.feed.audit(cursors);
      expect(holes).toEqual([]);
      for (const { purpose, accepted, pending } of outputs) {
        const { rolled, parked } = cursors.find((cursor) => cursor.purpose === purpose) ?? { rolled: 0, parked: 0 };
        expect([purpose, rolled + parked + pending]).toEqual([purpose, accepted]);
      }
    };
    await adds();
    world.rebirth();
    await adds();
    await world.settle();
    await adds();
    world.rebirth();
    await adds();
  });

  it("is refused by the first with 503, which changes nothing", async () => {
    const world = new World();
    world.upgrade(second);
    await world.feed.append(requestOf("a", [tickOf(0)]));
    const before = world.disk.bookmark();
    world.upgrade({ reducer: feed });
    expect(await world.feed.append(requestOf("b", [tickOf(1)]))).toMatchObject({ ok: false, code: "newer_format" });
    expect(world.disk.bookmark()).toEqual(before);
  });
});
