/* POST /api/v1/prices through the front door. */
import { beforeAll, describe, expect, it } from "vitest";
import { alice, bob, freshSymbol, get, type Person, person, post, problem, sensor, tick } from "./people";

const PRICES = "/api/v1/prices";

interface Posted {
  accepted: number;
  duplicates: number;
  results: { symbol: string; epoch: string; seq: number | null; duplicate: boolean; status: string }[];
}

let source: Person;
let viewer: Person;
beforeAll(async () => {
  source = await sensor();
  viewer = await bob();
});

const posted = async (response: Response): Promise<Posted> => {
  expect(response.status).toBe(200);
  return response.json<Posted>();
};

const gzip = async (text: string): Promise<Uint8Array> => {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

describe("what is taken", () => {
  it("takes one object and answers with its position", async () => {
    const symbol = freshSymbol();
    const body = await posted(await post(source, PRICES, tick(symbol)));
    expect(body).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(body.results).toEqual([{ symbol, epoch: expect.any(String), seq: 1, duplicate: false, status: "accepted" }]);
  });

  it("takes an array and answers in the order sent", async () => {
    const [a, b] = [freshSymbol(), freshSymbol()];
    const body = await posted(await post(source, PRICES, [tick(a), tick(b), tick(a)]));
    expect(body.accepted).toBe(3);
    expect(body.results.map((r) => [r.symbol, r.seq])).toEqual([
      [a, 1],
      [b, 1],
      [a, 2],
    ]);
  });

  it("takes an empty array as nothing", async () => {
    expect(await posted(await post(source, PRICES, []))).toEqual({ accepted: 0, duplicates: 0, results: [] });
  });

  it("upper-cases symbols and reads prices and times in both forms", async () => {
    const symbol = freshSymbol();
    const event = { symbol: symbol.toLowerCase(), price: "12.50", timestamp: "2026-01-02T03:04:05+01:00", volume: "3" };
    await posted(await post(source, PRICES, event));
    const price = await (await get(viewer, `${PRICES}/${symbol}`)).json();
    expect(price).toMatchObject({ symbol, price: 12.5, volume: 3, timestamp: "2026-01-02T02:04:05.000Z" });
  });

  it("takes any past", async () => {
    await posted(await post(source, PRICES, tick(freshSymbol(), 1, { timestamp: "1971-05-01T00:00:00Z" })));
  });

  it("takes JSON whatever the Content-Type says", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    await posted(await post(source, PRICES, tick(freshSymbol()), headers));
  });

  it("takes gzip", async () => {
    const body = await gzip(JSON.stringify([tick(freshSymbol())]));
    await posted(await post(source, PRICES, body, { "content-encoding": "gzip" }));
  });
});

describe("what comes twice", () => {
  it("is answered with its first seq and has no second effect", async () => {
    const symbol = freshSymbol();
    const event = tick(symbol, 10, { id: "e1" });
    const first = await posted(await post(source, PRICES, event));
    const second = await posted(await post(source, PRICES, event));
    expect(second).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(second.results[0]).toEqual({ ...first.results[0], duplicate: true, status: "duplicate" });
  });

  it("is 422 when the same id has other content, and names the event", async () => {
    const symbol = freshSymbol();
    await posted(await post(source, PRICES, tick(symbol, 10, { id: "e1" })));
    const other = freshSymbol();
    const refused = await post(source, PRICES, [tick(other), tick(symbol, 11, { id: "e1" }), tick(symbol, 12)]);
    const body = (await problem(refused)) as Awaited<ReturnType<typeof problem>> & Posted;
    expect(body.status).toBe(422);
    expect(body.accepted).toBe(1);
    expect(body.results.map((r) => r.status)).toEqual(["accepted", "conflict", "conflict"]);
    expect(body.errors.map((e) => e.pointer)).toEqual(["/1", "/2"]);
    expect(body.errors[1]?.detail).toMatch(/because of/);
  });

  it("is recognised by the Idempotency-Key, within its principal", async () => {
    const symbol = freshSymbol();
    const events = [tick(symbol, 1), tick(symbol, 2)];
    const headers = { "idempotency-key": "batch-1" };
    await posted(await post(source, PRICES, events, headers));
    const again = await posted(await post(source, PRICES, events, headers));
    expect(again).toMatchObject({ accepted: 0, duplicates: 2 });
    expect(again.results.map((r) => r.seq)).toEqual([1, 2]);
    const byAlice = await posted(await post(alice, PRICES, events, headers));
    expect(byAlice.accepted).toBe(2);
  });

  it("is 422 when an Idempotency-Key comes with another body", async () => {
    const symbol = freshSymbol();
    const headers = { "idempotency-key": "batch-2" };
    await posted(await post(source, PRICES, tick(symbol, 1), headers));
    expect((await problem(await post(source, PRICES, tick(symbol, 2), headers))).status).toBe(422);
  });
});

describe("what is refused", () => {
  it("names every bad field by its pointer and accepts nothing", async () => {
    const symbol = freshSymbol();
    const events = [
      tick(symbol),
      { ...tick(symbol), price: "ten", timestamp: 1_763_719_000 },
      { symbol: "no spaces", price: 1, timestamp: Date.now() + 600_000, extra: 1 },
      5,
      { symbol, timestamp: Date.now() + 600_000, price: 1 },
    ];
    const body = await problem(await post(source, PRICES, events));
    expect(body.status).toBe(400);
    expect(body.errors.map((e) => e.pointer).sort()).toEqual([
      "/1/price",
      "/1/timestamp",
      "/2/extra",
      "/2/symbol",
      "/2/timestamp",
      "/3",
      "/4/timestamp",
    ]);
    expect(body.errors.find((e) => e.pointer === "/1/timestamp")?.detail).toMatch(/seconds/);
    expect(body.errors.find((e) => e.pointer === "/4/timestamp")?.detail).toMatch(/ahead/);
    expect((await get(viewer, `${PRICES}/${symbol}`)).status).toBe(404);
  });

  it("points into a single object without an index", async () => {
    const body = await problem(await post(source, PRICES, { symbol: "A" }));
    expect(body.errors).toEqual([
      { pointer: "/price", detail: "is missing" },
      { pointer: "/timestamp", detail: "is missing" },
    ]);
  });

  it.each([
    ["no JSON", "{", 400],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), 400],
    ["nothing", "", 400],
    ["more than 1,000 events", JSON.stringify(Array(1_001).fill(tick("A"))), 413],
    ["more than 1 MB", `"${"x".repeat(1_000_001)}"`, 413],
    ["a deeply nested body", "[".repeat(400_000), 400],
  ])("is %s", async (_, body, status) => {
    expect((await problem(await post(source, PRICES, body))).status).toBe(status);
  });

  it("is a gzip bomb, before it is unpacked", async () => {
    const bomb = await gzip(" ".repeat(50_000_000));
    expect(bomb.byteLength).toBeLessThan(1_000_000);
    const refused = await post(source, PRICES, bomb, { "content-encoding": "gzip" });
    expect((await problem(refused)).status).toBe(413);
  });

  it("is broken gzip and every other encoding", async () => {
    const broken = (await gzip(JSON.stringify(tick("A")))).slice(0, 20);
    expect((await problem(await post(source, PRICES, broken, { "content-encoding": "gzip" }))).status).toBe(400);
    expect((await problem(await post(source, PRICES, tick("A"), { "content-encoding": "br" }))).status).toBe(415);
  });

  it("is an Idempotency-Key that is none", async () => {
    const body = await problem(await post(source, PRICES, tick("A"), { "idempotency-key": "a b" }));
    expect(body.errors[0]?.pointer).toBe("Idempotency-Key");
  });

  it("is Charlie: without a key 401, without the permission 403, outside the scope 403 naming the symbol", async () => {
    expect((await problem(await post(undefined, PRICES, tick("A")))).status).toBe(401);
    expect((await problem(await post(viewer, PRICES, tick("A")))).status).toBe(403);
    const charlie = await person({ role: "source", name: "Charlie", scope: { symbols: ["CH.*", "X"] } });
    await posted(await post(charlie, PRICES, [tick("CH.1"), tick("x")]));
    const body = await problem(await post(charlie, PRICES, [tick("CH.1"), tick("AAPL")]));
    expect([body.status, body.detail.includes("AAPL")]).toEqual([403, true]);
  });
});
