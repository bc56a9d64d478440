/* Owners that cannot be reached: a stand-in for the PRICE_FEED binding fails where a test says so. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { app } from "../../src/worker/app";
import { alice, freshSymbol, type ProblemBody, problem, tick } from "./people";

const PRICES = "/api/v1/prices";

type Failure = { retryable?: boolean; overloaded?: boolean; times?: number };

/** The real binding, except that calls to the named objects fail. */
function failing(failures: Record<string, Failure>): { env: Env; calls: string[] } {
  const calls: string[] = [];
  const getByName = (name: string) => {
    const stub = env.PRICE_FEED.getByName(name);
    const failure = failures[name];
    return new Proxy(stub, {
      get: (target, method) =>
        failure === undefined ? Reflect.get(target, method) : () => fail(name, failure, target, method),
    });
  };
  async function fail(name: string, failure: Failure, target: object, method: string | symbol) {
    calls.push(name);
    if (failure.times !== undefined && calls.length > failure.times)
      throw new Error(`no such call ${String(method)} ${target}`);
    throw Object.assign(new Error("Network connection lost. at secret-host"), failure);
  }
  return { env: { ...env, PRICE_FEED: { getByName } as unknown as Env["PRICE_FEED"] }, calls };
}

const send = (on: Env, path: string, init: RequestInit = {}) =>
  app.request(path, { ...init, headers: { authorization: `Bearer ${alice.key}`, ...init.headers } }, on);
const post = (on: Env, body: unknown) => send(on, PRICES, { method: "POST", body: JSON.stringify(body) });

afterEach(() => void vi.restoreAllMocks());

async function rollUp(symbol: string, seq: number, price: number, epoch = "e1"): Promise<void> {
  const start = Math.floor(Date.now() / 60_000) * 60_000;
  await env.DB.prepare(
    `INSERT INTO candles VALUES (?1, 'minute', ?2, ?3, ?3, ?3, ?3, 1, 1, ?2, ?4, ?5, ?2, ?4, ?5, NULL, 0)`,
  )
    .bind(symbol, start, price, epoch, seq)
    .run();
}

describe("posting", () => {
  it("keeps what reached its owner and says what did not", async () => {
    const [good, bad] = [freshSymbol(), freshSymbol()];
    const response = await post(failing({ [bad]: {} }).env, [tick(bad), tick(good)]);
    const body = (await problem(response)) as ProblemBody & { accepted: number; results: { status: string }[] };
    expect(body).toMatchObject({ status: 503, accepted: 1, errors: [{ pointer: "/0" }] });
    expect(body.results.map((r) => r.status)).toEqual(["unavailable", "accepted"]);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(JSON.stringify(body)).not.toContain("secret-host");
  });

  it("tries again only what is retryable and not overloaded, at most three times", async () => {
    const tries = async (failure: Failure) => {
      const symbol = freshSymbol();
      const { env: on, calls } = failing({ [symbol]: failure });
      await post(on, tick(symbol));
      return calls.length;
    };
    expect(await tries({})).toBe(1);
    expect(await tries({ retryable: true })).toBe(4);
    expect(await tries({ retryable: true, overloaded: true })).toBe(1);
  });
});

describe("reading", () => {
  it("answers the newest stored value, marked stale", async () => {
    const symbol = freshSymbol();
    await rollUp(symbol, 5, 42);
    const response = await send(failing({ [symbol]: {} }).env, `${PRICES}/${symbol}`);
    expect(await response.json()).toMatchObject({
      symbol,
      price: 42,
      epoch: "e1",
      seq: 5,
      stale: true,
      as_of: expect.any(String),
    });
  });

  it("never answers a position below the one the caller shows", async () => {
    const symbol = freshSymbol();
    await rollUp(symbol, 5, 42);
    const on = failing({ [symbol]: {} }).env;
    expect((await problem((await send(on, `${PRICES}/${symbol}?min=e1:6`)) as Response)).status).toBe(503);
    const shown = { headers: { "if-none-match": '"e2:1"' } };
    expect((await problem((await send(on, `${PRICES}/${symbol}`, shown)) as Response)).status).toBe(503);
    expect((await send(on, `${PRICES}/${symbol}?min=e1:5`)).status).toBe(200);
    expect((await send(on, `${PRICES}/${symbol}`, { headers: { "if-none-match": '"e1:5"' } })).status).toBe(304);
  });

  it("sorts many into stale, unavailable and the rest", async () => {
    const [stale, gone, newer, good] = [freshSymbol(), freshSymbol(), freshSymbol(), freshSymbol()];
    await rollUp(stale, 5, 42);
    await rollUp(newer, 5, 42);
    await post(env, tick(good, 3));
    const on = failing({ [stale]: {}, [gone]: {}, [newer]: {} }).env;
    const body = await (await send(on, `${PRICES}?symbols=${stale},${gone},${newer},${good}&min=,,e1:6,`)).json();
    expect(body).toMatchObject({ missing: [], unavailable: [gone, newer] });
    expect((body as { prices: object[] }).prices).toMatchObject([
      { symbol: good, price: 3 },
      { symbol: stale, stale: true },
    ]);
  });

  it("answers candles from what is rolled up, and says so", async () => {
    const symbol = freshSymbol();
    await rollUp(symbol, 5, 42);
    const body = await (await send(failing({ [symbol]: {} }).env, `${PRICES}/${symbol}/candles`)).json();
    expect(body).toMatchObject({ stale: true, candles: [{ close: 42 }] });
  });

  it("is 503 where nothing can stand in", async () => {
    const symbol = freshSymbol();
    const on = failing({ [symbol]: {} }).env;
    for (const path of ["", "/events", "/window"]) {
      expect((await problem((await send(on, `${PRICES}/${symbol}${path}`)) as Response)).status).toBe(503);
    }
  });
});

it("shows an object that does not answer as unavailable in the audit", async () => {
  const symbol = freshSymbol();
  await post(env, tick(symbol));
  await env.DB.prepare("INSERT OR IGNORE INTO objects VALUES ('PriceFeed', ?, 'e', 0)").bind(symbol).run();
  const audit = await (await send(failing({ [symbol]: {} }).env, "/api/v1/audit")).json<{
    balanced: boolean;
    objects: object[];
  }>();
  expect(audit.balanced).toBe(false);
  expect(audit.objects).toContainEqual(
    expect.objectContaining({ object: `PriceFeed/${symbol}`, status: "unavailable" }),
  );
});
