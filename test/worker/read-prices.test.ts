/* Reading prices through the front door, from the real objects and a real D1. */
import { beforeAll, describe, expect, it } from "vitest";
import { alice, bob, del, freshSymbol, get, type Person, person, post, problem, sensor, tick } from "./people";

const PRICES = "/api/v1/prices";
const MINUTE = 60_000;

let source: Person;
let viewer: Person;
beforeAll(async () => {
  source = await sensor();
  viewer = await bob();
});

async function known(...events: Record<string, unknown>[]): Promise<string> {
  const symbol = freshSymbol();
  const response = await post(
    source,
    PRICES,
    events.length > 0 ? events.map((e) => ({ ...tick(symbol), ...e })) : tick(symbol),
  );
  expect(response.status).toBe(200);
  return symbol;
}

interface Current {
  price: number;
  epoch: string;
  seq: number;
}

describe("one price", () => {
  it("comes with its position as ETag, and as 304 to who has it", async () => {
    const symbol = await known({ price: 7, volume: 2 });
    const response = await get(viewer, `${PRICES}/${symbol}`);
    const body = await response.json<Current>();
    const tag = `"${body.epoch}:${body.seq}"`;
    expect(body).toMatchObject({ symbol, price: 7, volume: 2, seq: 1 });
    expect(response.headers.get("etag")).toBe(tag);
    const again = await get(viewer, `${PRICES}/${symbol}`, { "if-none-match": `"x", W/${tag}` });
    expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", tag]);
    expect((await get(viewer, `${PRICES}/${symbol}`, { "if-none-match": "*" })).status).toBe(304);
    await post(source, PRICES, tick(symbol, 8));
    expect((await get(viewer, `${PRICES}/${symbol}`, { "if-none-match": tag })).status).toBe(200);
  });

  it("is found under its encoded name, in any case", async () => {
    const symbol = `${freshSymbol()}/USD`;
    await post(source, PRICES, tick(symbol));
    const found = await get(viewer, `${PRICES}/${encodeURIComponent(symbol.toLowerCase())}`);
    expect(await found.json()).toMatchObject({ symbol });
  });

  it("is 404 when unknown, 400 when it cannot be a symbol, 503 when it is older than what the caller saw", async () => {
    const symbol = await known();
    const { epoch } = await (await get(viewer, `${PRICES}/${symbol}`)).json<Current>();
    expect((await problem(await get(viewer, `${PRICES}/${freshSymbol()}`))).status).toBe(404);
    for (const bad of ["A%20B", "A%00", "%E0%A4%A", "x".repeat(33)]) {
      expect((await problem(await get(viewer, `${PRICES}/${bad}`))).status).toBe(400);
    }
    const older = await problem(await get(viewer, `${PRICES}/${symbol}?min=${epoch}:9`));
    expect([older.status, older.detail]).toEqual([503, expect.stringContaining(`older than ${epoch}:9`)]);
    expect((await problem(await get(viewer, `${PRICES}/${symbol}?min=9`))).errors[0]?.pointer).toBe("min");
  });

  it("is refused to Charlie, whose key lacks the permission or the symbol", async () => {
    const symbol = await known();
    expect((await problem(await get(undefined, `${PRICES}/${symbol}`))).status).toBe(401);
    expect((await problem(await get(source, `${PRICES}/${symbol}`))).status).toBe(403);
    const charlie = await person({ role: "viewer", name: "Charlie", scope: { symbols: ["C.*"] } });
    for (const path of ["", "/events", "/candles", "/window"]) {
      const refused = await problem(await get(charlie, `${PRICES}/${symbol}${path}`));
      expect([refused.status, refused.detail.includes(symbol)]).toEqual([403, true]);
    }
    expect((await get(charlie, `${PRICES}?symbols=${symbol}`)).status).toBe(403);
  });
});

describe("many prices", () => {
  it("come together, with what is missing", async () => {
    const [a, b, none] = [await known({ price: 1 }), await known({ price: 2 }), freshSymbol()];
    const body = await (await get(viewer, `${PRICES}?symbols=${a},${b},${none},${a.toLowerCase()}`)).json<{
      prices: Current[];
    }>();
    expect(body).toMatchObject({ missing: [none], unavailable: [] });
    expect(body.prices.map((p) => p.price).sort()).toEqual([1, 2]);
  });

  it("are at most 200 and well-formed", async () => {
    const many = Array.from({ length: 201 }, (_, i) => `S${i}`).join(",");
    expect((await problem(await get(viewer, `${PRICES}?symbols=${many}`))).status).toBe(400);
    expect((await problem(await get(viewer, `${PRICES}?symbols=A,,B`))).status).toBe(400);
    expect((await problem(await get(viewer, `${PRICES}?symbols=A&min=x`))).status).toBe(400);
  });
});

describe("the list of known symbols", () => {
  interface List {
    symbols: { symbol: string }[];
    next_cursor: string | null;
    as_of: string;
  }

  it("has a symbol as soon as it was posted, pages by cursor, and keeps to the scope", async () => {
    const prefix = freshSymbol();
    const names = ["A", "B", "C"].map((s) => `${prefix}.${s}`);
    await post(
      source,
      PRICES,
      names.map((n) => tick(n)),
    );
    const charlie = await person({ role: "viewer", name: "Charlie", scope: { symbols: [`${prefix}.*`] } });
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: List = await (await get(charlie, `${PRICES}?limit=2${cursor && `&cursor=${cursor}`}`)).json();
      expect(page.symbols.length).toBeLessThanOrEqual(2);
      seen.push(...page.symbols.map((s) => s.symbol));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(names);
  });

  it("refuses a limit that is none", async () => {
    for (const limit of ["0", "x", "100001", "-1"]) {
      expect((await problem(await get(viewer, `${PRICES}?limit=${limit}`))).errors[0]?.pointer).toBe("limit");
    }
  });
});

describe("deleting", () => {
  it("is Alice's alone, makes the symbol unknown, and the next post begins a later epoch", async () => {
    const symbol = await known();
    const before = await (await get(viewer, `${PRICES}/${symbol}`)).json<Current>();
    expect((await problem(await del(viewer, `${PRICES}/${symbol}`))).status).toBe(403);
    expect((await problem(await del(source, `${PRICES}/${symbol}`))).status).toBe(403);
    const deleted = await del(alice, `${PRICES}/${symbol}`);
    expect(await deleted.json()).toEqual({ symbol, epoch: before.epoch, seq: 2 });
    expect((await get(viewer, `${PRICES}/${symbol}`)).status).toBe(404);
    expect((await problem(await del(alice, `${PRICES}/${symbol}`))).status).toBe(404);
  });
});

describe("events", () => {
  interface Events {
    status: string;
    epoch: string;
    seq: number;
    events: { seq: number; type: string; data: { price: number } }[];
    more: boolean;
  }

  it("come complete and in order after a position", async () => {
    const symbol = await known({ price: 1 }, { price: 2 }, { price: 3 });
    const { epoch } = await (await get(viewer, `${PRICES}/${symbol}`)).json<Current>();
    const first = await (await get(viewer, `${PRICES}/${symbol}/events?after=${epoch}:0&limit=2`)).json<Events>();
    expect(first).toMatchObject({ symbol, status: "range", seq: 3, more: true });
    expect(first.events.map((e) => e.seq)).toEqual([1, 2]);
    const rest = await (await get(viewer, `${PRICES}/${symbol}/events?after=${first.epoch}:2`)).json<Events>();
    expect(rest.events.map((e) => [e.seq, e.data.price])).toEqual([[3, 3]]);
    expect(rest.more).toBe(false);
  });

  it("are a snapshot for who has no position yet", async () => {
    const symbol = await known({ price: 1 }, { price: 2 });
    const body = await (await get(viewer, `${PRICES}/${symbol}/events`)).json<Events>();
    expect(body).toMatchObject({ symbol, status: "snapshot", seq: 2, events: [], more: false });
    expect(body).toHaveProperty("snapshot.data.price", 2);
  });

  it("are 404 for an unknown symbol and 400 for what is no position", async () => {
    expect((await problem(await get(viewer, `${PRICES}/${freshSymbol()}/events`))).status).toBe(404);
    expect((await problem(await get(viewer, `${PRICES}/A/events?after=5`))).errors[0]?.pointer).toBe("after");
  });
});

describe("candles", () => {
  interface Candle {
    start: string;
    open: number;
    close: number;
    high: number;
    low: number;
    volume: number;
    count: number;
    partial: boolean;
    window?: object;
  }
  const start = Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000;
  const candlesOf = async (symbol: string, query = "") =>
    (
      await (
        await get(viewer, `${PRICES}/${symbol}/candles?from=${start}&to=${start + 5 * MINUTE}${query}`)
      ).json<{
        candles: Candle[];
      }>()
    ).candles;

  it("are there before anything is rolled up, in every resolution", async () => {
    const at = (ms: number) => ({ timestamp: start + ms });
    const symbol = await known(
      { price: 2, volume: 1, ...at(1_000) },
      { price: 5, volume: 1, ...at(2_000) },
      { price: 1, ...at(30_000) },
      { price: 4, volume: 2, ...at(61_000) },
    );
    const minutes = await candlesOf(symbol);
    expect(minutes[0]).toMatchObject({
      start: new Date(start).toISOString(),
      open: 2,
      high: 5,
      low: 1,
      close: 1,
      volume: 2,
      count: 3,
      partial: false,
    });
    expect(minutes[1]).toMatchObject({ open: 4, close: 4, count: 1 });
    const [hour] = await candlesOf(symbol, "&resolution=hour");
    expect(hour).toMatchObject({ open: 2, high: 5, low: 1, close: 4, volume: 4, count: 4 });
    const [day] = await candlesOf(symbol, "&resolution=day");
    expect(day).toMatchObject({ count: 4 });
  });

  it("end where recorded prices end, when no range is asked for", async () => {
    const symbol = freshSymbol();
    const at = Date.parse("2020-05-01T21:26:25.881Z");
    await post(source, PRICES, [
      tick(symbol, 1, { timestamp: at - 2 * 86_400_000 }),
      tick(symbol, 2, { timestamp: at }),
    ]);
    const starts = async (query: string) => {
      const response = await get(viewer, `${PRICES}/${symbol}/candles${query}`);
      return (await response.json<{ candles: Candle[] }>()).candles.map((candle) => candle.start);
    };
    expect(await starts("")).toEqual(["2020-05-01T21:26:00.000Z"]);
    expect(await starts("?resolution=day")).toEqual(["2020-04-29T00:00:00.000Z", "2020-05-01T00:00:00.000Z"]);
    expect(await starts(`?to=${Date.now()}`)).toEqual([]);
  });

  it("refuse ranges that are none or too long, and unknown symbols", async () => {
    const symbol = await known();
    const errors = async (query: string) =>
      (await problem(await get(viewer, `${PRICES}/${symbol}/candles?${query}`))).errors.map((e) => e.pointer);
    expect(await errors("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z")).toEqual(["from"]);
    expect(await errors("from=2020-01-01T00:00:00Z")).toEqual(["from"]);
    expect(await errors("resolution=week&to=x")).toEqual(["resolution", "to"]);
    expect((await problem(await get(viewer, `${PRICES}/${freshSymbol()}/candles`))).status).toBe(404);
  });
});

describe("the window", () => {
  const QUOTES = [
    [1588368385881, 2279.9, 1],
    [1588368390816, 2278.74, 10],
    [1588368391313, 2278.74, 12],
    [1588368392383, 2279.89, 1],
    [1588368411117, 2279.89, 6],
  ].map(([timestamp, price, volume]) => ({ timestamp, price, volume }));

  it("gives the figures that recorded ticks gave then", async () => {
    const symbol = await known(...QUOTES);
    const of = async (query: string) => (await get(viewer, `${PRICES}/${symbol}/window?${query}`)).json();
    const at = "at=1588368411117";
    expect(await of(`window_ms=30000&${at}`)).toMatchObject({
      transactions: 5,
      volume: 30,
      avg_price_trans: 2279.432,
      avg_price_volume: 2279.047,
      min_price: 2278.74,
      max_price: 2279.9,
      last_price: 2279.89,
      window_ms: 30_000,
    });
    expect(await of(`window_ms=1000&${at}`)).toMatchObject({ transactions: 1, avg_price_volume: 2279.89 });
    const empty = await of("window_ms=1000&at=2020-05-01T21:27:30.000Z");
    expect(empty).toMatchObject({ transactions: 0 });
    expect(empty).not.toHaveProperty("avg_price_trans");
  });

  it("refuses what is out of bounds and unknown symbols", async () => {
    const symbol = await known();
    for (const bad of ["999", "3600001", "x", "1000.5"]) {
      expect((await problem(await get(viewer, `${PRICES}/${symbol}/window?window_ms=${bad}`))).errors[0]?.pointer).toBe(
        "window_ms",
      );
    }
    expect((await problem(await get(viewer, `${PRICES}/${freshSymbol()}/window`))).status).toBe(404);
  });
});
