/* The five promises of a ledger, one story each. */
import { describe, expect, it } from "vitest";
import { feed, type PriceState } from "../../../src/domain/prices/feed";
import { applyDeadLetter } from "../../../src/queues/dead-letter";
import { CHECKPOINT_EACH_COMMIT, requestOf, START_MS, tickOf, World } from "./world";

const seqs = (answer: { receipts: { seq: number | null }[] }) => answer.receipts.map((r) => r.seq);
const pricesOf = (frames: string[]) =>
  frames
    .map((f) => JSON.parse(f))
    .filter((f) => f.type === "price")
    .map((f) => f.data.price);

describe("appending", () => {
  it("numbers entries of a stream 1, 2, 3 and answers in the order sent", async () => {
    const world = new World();
    const answer = await world.feed.append(requestOf("a", [tickOf(0), tickOf(0), tickOf(0, "MSFT"), tickOf(0)]));
    expect(seqs(answer)).toEqual([1, 2, 1, 3]);
  });

  it("answers a repeated request with its first seqs and does nothing", async () => {
    const world = new World();
    const request = requestOf("a", [tickOf(0), tickOf(0)]);
    const first = await world.feed.append(request);
    world.rebirth();
    const again = await world.feed.append(request);
    expect(seqs(again)).toEqual(seqs(first));
    expect(again.receipts.every((r) => r.duplicate)).toBe(true);
    expect((await world.feed.stream("AAPL"))?.seq).toBe(2);
  });

  it("refuses a request key that comes again with another body, and changes nothing", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)], "1"));
    const answer = await world.feed.append(requestOf("a", [tickOf(1)], "2"));
    expect(answer).toMatchObject({ ok: false, code: "conflict" });
    expect((await world.feed.stream("AAPL"))?.seq).toBe(1);
  });

  it("refuses the whole share of a caller for one conflicting id, and its neighbours in the group not", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0, "AAPL", { id: "x", hash: "1" })]));
    const [bad, good] = await Promise.all([
      world.feed.append(requestOf("b", [tickOf(1), tickOf(2, "AAPL", { id: "x", hash: "2" })])),
      world.feed.append(requestOf("c", [tickOf(3)])),
    ]);
    expect(bad.receipts.map((r) => r.status)).toEqual(["unavailable", "conflict"]);
    expect(good).toMatchObject({ ok: true });
    expect((await world.feed.stream("AAPL"))?.state.latest?.price).toBe(4);
  });

  it("refuses an id that comes twice in one request with other content, and has the same content once", async () => {
    const world = new World();
    const known = (hash: string) => tickOf(0, "AAPL", { id: "x", hash });
    const bad = await world.feed.append(requestOf("a", [known("1"), known("2")]));
    expect(bad.receipts.map((r) => r.status)).toEqual(["unavailable", "conflict"]);
    const good = await world.feed.append(requestOf("b", [known("1"), known("1")]));
    expect(good.receipts.map((r) => [r.status, r.seq])).toEqual([
      ["accepted", 1],
      ["duplicate", 1],
    ]);
    world.disk.rowsWritten = 0;
    await world.feed.append(requestOf("c", [known("1")]));
    expect(world.disk.rowsWritten).toBe(0);
  });

  it("writes one row for callers that wait together", async () => {
    const world = new World();
    await world.feed.append(requestOf("first", [tickOf(0)]));
    world.disk.rowsWritten = 0;
    await Promise.all(Array.from({ length: 64 }, (_, i) => world.feed.append(requestOf(`k${i}`, [tickOf(0)]))));
    // The first commits at once, the other 63 share the next row.
    expect(world.disk.rowsWritten).toBe(2);
  });

  it("writes one row after it was woken, since its alarm is set", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    world.rebirth();
    world.disk.rowsWritten = 0;
    await world.feed.append(requestOf("b", [tickOf(0)]));
    expect(world.disk.rowsWritten).toBe(1);
  });
});

describe("numbered sources", () => {
  const numbered = (n: number, session?: string) => tickOf(n, "AAPL", { seq: n, ...(session ? { session } : {}) });
  const post = async (world: World, n: number, session?: string) =>
    (await world.feed.append(requestOf(`${session}${n}-${world.now}`, [numbered(n, session)]))).receipts[0];

  it("holds an early event for its predecessor and applies both in order", async () => {
    const world = new World();
    await post(world, 5);
    expect(await post(world, 7)).toMatchObject({ status: "held", seq: null });
    world.rebirth();
    await post(world, 6);
    const range = await world.feed.range("AAPL", { epoch: "", seq: 0 }, 100);
    expect(pricesOf((range as { frames: string[] }).frames)).toEqual([6, 7, 8]);
  });

  it("gives a gap up after two seconds; what comes later still is late, and never the current price", async () => {
    const world = new World();
    await post(world, 1);
    await post(world, 3);
    await world.advance(2_001);
    expect((await world.feed.stream("AAPL"))?.state.latest?.price).toBe(4);
    expect(await post(world, 2)).toMatchObject({ status: "accepted", late: true });
    expect((await world.feed.stream("AAPL"))?.state.latest?.price).toBe(4);
    expect(await post(world, 2)).toMatchObject({ status: "duplicate", duplicate: true });
  });

  it("answers a repeated number with its first seq", async () => {
    const world = new World();
    const first = await post(world, 1);
    await post(world, 2);
    expect(await post(world, 1)).toMatchObject({ seq: first?.seq, duplicate: true });
  });

  it("lets a new session count from anywhere and still knows the old one", async () => {
    const world = new World();
    await post(world, 8, "monday");
    expect(await post(world, 1, "tuesday")).toMatchObject({ status: "accepted" });
    expect(await post(world, 8, "monday")).toMatchObject({ status: "duplicate" });
  });
});

describe("readers", () => {
  it("resume at any position of the present epoch", async () => {
    const world = new World();
    await world.feed.append(
      requestOf(
        "a",
        Array.from({ length: 50 }, () => tickOf(0)),
      ),
    );
    const epoch = (await world.feed.stream("AAPL"))?.epoch as string;
    for (const seq of [0, 1, 25, 49, 50]) {
      const range = await world.feed.range("AAPL", { epoch, seq }, 1_000);
      const got = (range as { frames: string[] }).frames.map((f) => JSON.parse(f).seq);
      expect(got).toEqual(Array.from({ length: 50 - seq }, (_, i) => seq + 1 + i));
    }
  });

  it("get a snapshot that says so when the range is no longer kept", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    const answer = await world.feed.range("AAPL", { epoch: "0000000000earlier", seq: 7 }, 10);
    expect(answer).toMatchObject({ status: "snapshot", head: { seq: 1 } });
    expect(JSON.parse((answer as { snapshot: string }).snapshot)).toMatchObject({
      seq: 1,
      gap: true,
      data: { price: 1 },
    });
  });

  it("that all ask for a snapshot share one, until something is appended or a second has passed", async () => {
    let written = 0;
    const counting = {
      ...feed,
      snapshot: (state: PriceState) => {
        written++;
        return feed.snapshot(state);
      },
    };
    const world = new World({ reducer: counting });
    const ask = async () => {
      const answer = await world.feed.range("AAPL", null, 1);
      return answer.status === "snapshot" ? JSON.parse(answer.snapshot).seq : undefined;
    };
    await world.feed.append(requestOf("a", [tickOf(0)]));
    for (let hub = 0; hub < 256; hub++) expect(await ask()).toBe(1);
    expect(written).toBe(1);
    await world.feed.append(requestOf("b", [tickOf(0)]));
    expect([await ask(), written]).toEqual([2, 2]);
    world.now += 1_000;
    expect([await ask(), written]).toEqual([2, 3]);
  });

  it("of an unknown key leave nothing behind", async () => {
    const world = new World();
    expect(await world.feed.range("AAPL", null, 10)).toEqual({ status: "unknown" });
    expect(await world.feed.lease("local-0", "prices/AAPL", null)).toEqual({ status: "unknown" });
    expect(world.disk.rowsWritten).toBe(0);
    expect(world.disk.bookmark().tables).toEqual([]);
  });
});

describe("a deleted stream", () => {
  it("is gone at once, loses its candles in order, and begins a later epoch with its next event", async () => {
    const world = new World();
    const first = await world.feed.append(requestOf("a", [tickOf(0), tickOf(1)]));
    await world.settle();
    await world.feed.append(requestOf("b", [{ stream: "AAPL", source: "test", body: { type: "delete" } }]));
    expect(await world.feed.stream("AAPL")).toBeUndefined();
    const reborn = await world.feed.append(requestOf("c", [tickOf(2)]));
    await world.settle();
    expect(reborn.receipts[0]).toMatchObject({ seq: 1 });
    expect((reborn.receipts[0]?.epoch as string) > (first.receipts[0]?.epoch as string)).toBe(true);
    expect([...world.candleCounts()]).toEqual([[2, 1]]);
  });
});

describe("what follows", () => {
  it("reaches D1 once and is confirmed", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0), tickOf(1), tickOf(2)]));
    await world.advance(60_000);
    await world.drain();
    expect([...world.candleCounts().values()]).toEqual([1, 1, 1]);
    const [cursor] = world.d1.rows<{ epoch: string; pos: number; rolled: number }>(
      "SELECT epoch, pos, rolled FROM cursors",
    );
    const audit = await world.feed.audit([{ purpose: "candles", epoch: cursor?.epoch ?? "", pos: cursor?.pos ?? 0 }]);
    expect(cursor?.rolled).toBe(3);
    expect(audit.outputs).toEqual([
      { purpose: "candles", confirmed: { epoch: audit.epoch, pos: audit.head }, accepted: 3, pending: 0 },
    ]);
  });

  it("is sent again when it was lost, but not while it still waits in the queue", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.advance(60_000);
    world.waitingSince = world.now;
    await world.advance(20 * 60_000);
    expect(world.queue.length).toBe(1);
    world.queue = [];
    world.waitingSince = undefined;
    await world.advance(40 * 60_000);
    await world.drain();
    expect([...world.candleCounts()]).toEqual([[0, 1]]);
  });

  it("learns from D1 that only the confirmation was lost, and sends nothing again", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.advance(60_000);
    world.loseConfirmations = true;
    await world.drain();
    await world.advance(60 * 60_000);
    expect(world.queue).toEqual([]);
    expect((await world.feed.audit([])).outputs[0]?.confirmed.pos).toBeGreaterThan(0);
  });

  it("is merged again when D1 was restored to an earlier moment, as soon as the watchdog calls", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await world.settle();
    world.d1.rows("DELETE FROM candles");
    world.d1.rows("UPDATE cursors SET epoch = '', pos = 0, rolled = 0");
    await world.feed.wake();
    await world.drain();
    expect([...world.candleCounts()]).toEqual([[0, 1]]);
    expect((await world.feed.audit([])).outputs[0]?.confirmed.pos).toBeGreaterThan(0);
  });

  it("refuses at its byte budget while nothing is confirmed, and goes on once it is", async () => {
    const limits = { recycleBytes: 50_000, fullBytes: 100_000 };
    const world = new World({ limits, checkpoints: CHECKPOINT_EACH_COMMIT });
    await world.feed.append(requestOf("a", [tickOf(0)]));
    world.disk.size = 100_000;
    expect(await world.feed.append(requestOf("b", [tickOf(1)]))).toMatchObject({ ok: false, code: "log_full" });
    world.disk.size = undefined;
    await world.settle();
    expect([...world.candleCounts()]).toEqual([[0, 1]]);
    // The only row there is may be written over.
    world.disk.size = 100_000;
    expect(await world.feed.append(requestOf("b", [tickOf(1)]))).toMatchObject({ ok: true });
  });

  it("parks what it cannot read, moves on, and applies it later under its own id, once", async () => {
    const world = new World();
    await world.feed.append(requestOf("a", [tickOf(0), tickOf(1)]));
    await world.advance(60_000);
    const part = world.queue[0]?.body.parts.find((p) => (p as { start: number }).start === START_MS) as {
      open: unknown;
    };
    part.open = "unreadable";
    await world.drain();
    expect([...world.candleCounts()]).toEqual([[1, 1]]);
    expect(world.parkedEvents()).toEqual([0]);
    const [cursor] = world.d1.rows<{ rolled: number; parked: number }>("SELECT rolled, parked FROM cursors");
    expect(cursor).toEqual({ rolled: 1, parked: 1 });

    const [letter] = world.d1.rows<{ id: string; body: string }>("SELECT id, body FROM dead_letters");
    const id = letter?.id as string;
    expect(await applyDeadLetter(world.env, id, world.now)).toBe("still_unreadable");
    world.d1.rows("UPDATE dead_letters SET body = json_set(body, '$.open', 1)");
    const apply = () => applyDeadLetter(world.env, id, world.now);
    expect(await Promise.all([apply(), apply()])).toEqual(["applied", "already_applied"]);
    expect(await apply()).toBe("already_applied");
    expect(world.candleCounts().get(0)).toBe(1);
    expect(world.d1.rows("SELECT rolled, parked FROM cursors")).toEqual([{ rolled: 2, parked: 0 }]);
  });
});
