/* The routes of operators, and what every request meets. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { app, GROUPS } from "../../src/worker/app";
import { pathOf } from "../../src/worker/route";
import { runSchedule, wakeForgotten } from "../../src/worker/schedule";
import { until } from "../until";
import { alice, bob, freshSymbol, get, person, post, problem, send, sensor, tick } from "./people";

const HOUR = 3_600_000;

// Only the date: with every timer faked, nothing would ever be delivered.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }));
afterEach(() => void vi.useRealTimers());

interface Audit {
  balanced: boolean;
  totals: Record<string, number>;
  objects: { object: string; accepted: number; rolled_up: number; pending: number; parked: number; balance: number }[];
  next_cursor: string | null;
}

const analyst = () => person({ role: "analyst", name: "Ann" });
const operator = () => person({ role: "operator", name: "Olga" });

describe("the audit", () => {
  const auditOf = async (query = "") => (await get(alice, `/api/v1/audit${query}`)).json<Audit>();
  const rowOf = async (symbol: string) => (await auditOf()).objects.find((o) => o.object === `PriceFeed/${symbol}`);

  it("adds up while candles wait", async () => {
    const symbol = freshSymbol();
    await post(alice, "/api/v1/prices", [tick(symbol), tick(symbol)]);
    const waiting = await until(() => rowOf(symbol), { what: "the object is registered" });
    expect(waiting).toMatchObject({ accepted: 2, rolled_up: 0, pending: 2, parked: 0, balance: 0 });
    const page = await auditOf();
    expect([page.balanced, page.totals.balance]).toEqual([true, 0]);
  });

  it("adds up after they are rolled up, and so do the candles", async () => {
    const symbol = freshSymbol();
    await post(alice, "/api/v1/prices", [tick(symbol, 1, { volume: 1 }), tick(symbol, 3, { volume: 2 })]);
    await until(() => rowOf(symbol), { what: "the object is registered" });
    vi.setSystemTime(Date.now() + 2 * HOUR);
    await env.PRICE_FEED.getByName(symbol).wake();
    const rolled = await until(async () => ((await rowOf(symbol))?.rolled_up ? rowOf(symbol) : undefined), {
      what: "rolled up",
    });
    expect(rolled).toMatchObject({
      accepted: 2,
      rolled_up: 2,
      pending: 0,
      balance: 0,
      rolled_up_at: expect.any(String),
    });
    await post(alice, "/api/v1/prices", tick(symbol, 5, { timestamp: Date.now() - 2 * HOUR }));
    const path = `/api/v1/prices/${symbol}/candles?resolution=day&fields=window`;
    const { candles } = await (await get(alice, path)).json<{ candles: { count: number; high: number }[] }>();
    expect(candles.reduce((sum, c) => sum + c.count, 0)).toBe(3);
    expect(Math.max(...candles.map((c) => c.high))).toBe(5);
  });

  it("pages by cursor", async () => {
    const symbols = [freshSymbol(), freshSymbol(), freshSymbol()];
    await post(
      alice,
      "/api/v1/prices",
      symbols.map((s) => tick(s)),
    );
    for (const symbol of symbols) await until(() => rowOf(symbol), { what: "registered" });
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: Audit = await auditOf(`?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...page.objects.map((o) => o.object));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual((await auditOf()).objects.map((o) => o.object));
    expect((await problem(await get(alice, "/api/v1/audit?limit=101"))).errors[0]?.pointer).toBe("limit");
  });

  it("is for every reader but not for sources", async () => {
    expect((await get(await bob(), "/api/v1/audit")).status).toBe(200);
    expect((await problem(await get(await sensor(), "/api/v1/audit"))).status).toBe(403);
    expect((await problem(await get(undefined, "/api/v1/audit"))).status).toBe(401);
  });
});

describe("dead letters", () => {
  const DEAD = "/api/v1/dead-letters";
  const park = (id: string, purpose: string, body: unknown, at = Date.now()) =>
    env.DB.prepare("INSERT INTO dead_letters VALUES (?, 'PriceFeed/DEAD', ?, ?, 'unreadable', 1, ?, NULL)")
      .bind(id, purpose, JSON.stringify(body), at)
      .run();

  it("are listed, the newest first, and page by cursor", async () => {
    for (const i of [1, 2, 3]) await park(`PriceFeed/D/candles/${i}`, "candles", {}, i);
    const ann = await analyst();
    const first = await (await get(ann, `${DEAD}?limit=2`)).json<{
      dead_letters: { id: string }[];
      next_cursor: string;
    }>();
    expect(first.dead_letters.map((d) => d.id)).toEqual(["PriceFeed/D/candles/3", "PriceFeed/D/candles/2"]);
    const rest = await (await get(ann, `${DEAD}?limit=2&cursor=${encodeURIComponent(first.next_cursor)}`)).json<
      typeof first
    >();
    expect(rest.dead_letters.map((d) => d.id)).toEqual(["PriceFeed/D/candles/1"]);
    expect((await problem(await get(ann, `${DEAD}?cursor=x`))).status).toBe(400);
  });

  it("are applied once, by operators", async () => {
    const moment = [60_000, "e", 1];
    const part = {
      kind: "candle",
      symbol: "DEAD",
      start: 60_000,
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      volume: 0,
      count: 1,
    };
    const id = "PriceFeed/DEAD/candles/e:1/0";
    await park(id, "candles", { ...part, first: moment, last: moment });
    await park("junk", "candles", { kind: "riddle" });
    const apply = async (name: string) => post(await operator(), `${DEAD}/${encodeURIComponent(name)}/apply`);
    expect(await (await apply(id)).json()).toEqual({ id, status: "applied" });
    expect(await (await apply(id)).json()).toEqual({ id, status: "already_applied" });
    expect((await problem(await apply("nobody"))).status).toBe(404);
    expect((await problem(await apply("junk"))).status).toBe(422);
    expect((await problem(await post(await analyst(), `${DEAD}/junk/apply`))).status).toBe(403);
    expect((await problem(await get(await bob(), DEAD))).status).toBe(403);
  });
});

describe("health and overview", () => {
  it("say that it runs and what there is", async () => {
    expect(await (await get(undefined, "/healthz")).json()).toMatchObject({
      status: "ok",
      version: expect.any(String),
    });
    const overview = await (await get(await bob(), "/api/v1/overview")).json();
    expect(overview).toMatchObject({
      symbols: expect.any(Number),
      objects: expect.any(Number),
      dead_letters: expect.any(Number),
    });
    expect((await problem(await get(await sensor(), "/api/v1/overview"))).status).toBe(403);
  });

  it("are 503 under another partition scheme, naming both", async () => {
    await get(undefined, "/healthz");
    const other = { ...env, PRICE_PARTITIONS: "64" };
    for (const path of ["/healthz", "/api/v1/prices", "/openapi.json"]) {
      const body = await problem((await app.request(path, {}, other)) as Response);
      expect(body).toMatchObject({ status: 503, type: "/docs#problem-scheme_mismatch" });
      expect(body.detail).toMatch(/PRICE_PARTITIONS is 64, .* unset/);
    }
  });

  it("name a bad setting", async () => {
    const body = await problem((await app.request("/healthz", {}, { ...env, PRICE_PARTITIONS: "many" })) as Response);
    expect([body.status, body.detail.includes("PRICE_PARTITIONS")]).toEqual([500, true]);
  });

  it("are 503 when D1 does not answer, without its words", async () => {
    const DB = { prepare: fail, batch: fail } as unknown as D1Database;
    function fail(): never {
      throw new Error("D1_ERROR: Network connection lost at secret-host");
    }
    const body = await problem((await app.request("/healthz", {}, { ...env, DB })) as Response);
    expect([body.status, JSON.stringify(body).includes("secret")]).toEqual([503, false]);
  });
});

describe("every answer", () => {
  it("carries the request's id, the caller's when it is plain", async () => {
    const own = await get(undefined, "/healthz", { "x-request-id": "abc-1" });
    expect(own.headers.get("x-request-id")).toBe("abc-1");
    const refused = await get(undefined, "/api/v1/prices", { "x-request-id": "<script>" });
    const id = refused.headers.get("x-request-id") as string;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await problem(refused)).request_id).toBe(id);
  });

  it("carries the headers that keep it data", async () => {
    const { headers } = await get(undefined, "/healthz");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("is readable by pages of allowed origins only", async () => {
    const from = async (origin: string) =>
      (await get(undefined, "/healthz", { origin })).headers.get("access-control-allow-origin");
    expect(await from("http://localhost:5173")).toBe("http://localhost:5173");
    for (const origin of ["http://localhost", "http://127.0.0.1:8080", "http://[::1]:3000"])
      expect(await from(origin)).toBe(origin);
    expect(await from("https://evil.example")).toBe(null);
    expect(await from("http://localhost.evil.example")).toBe(null);
    const preflight = await send(undefined, "OPTIONS", "/api/v1/prices", undefined, {
      headers: { origin: "http://localhost:5173", "access-control-request-method": "POST" },
    });
    expect([
      preflight.status,
      preflight.headers.get("access-control-allow-headers")?.includes("authorization"),
      preflight.headers.get("access-control-allow-methods")?.split(", ").sort(),
    ]).toEqual([204, true, [...new Set(GROUPS.flatMap(({ routes }) => routes.map(({ method }) => method)))].sort()]);
  });

  it("is a problem for paths and methods there are not", async () => {
    expect((await problem(await get(alice, "/api/v1/nothing"))).status).toBe(404);
    const put = await send(alice, "PUT", "/api/v1/prices", tick("A"));
    expect(put.headers.get("allow")).toBe("POST, GET");
    expect((await problem(put)).status).toBe(405);
  });
});

describe("access", () => {
  const filled = (path: string) => path.replace(/:\w+/g, "x");

  it("is asked of every route that is not public", async () => {
    // With no topic public, what is open while one is asks as well.
    const closed = { ...env, PUBLIC_TOPICS: "" };
    for (const group of GROUPS.filter((g) => g.access !== "public")) {
      for (const { method, path } of group.routes) {
        const response = await app.request(filled(pathOf(group, path)), { method }, closed);
        expect([method, pathOf(group, path), response.status]).toEqual([method, pathOf(group, path), 401]);
      }
    }
  });
});

describe("the clock", () => {
  it("wakes objects whose cursor has not moved, each in its turn", async () => {
    const symbol = freshSymbol();
    await post(alice, "/api/v1/prices", tick(symbol));
    await until(() => env.DB.prepare("SELECT 1 FROM objects WHERE name = ?").bind(symbol).first(), {
      what: "registered",
    });
    expect(await wakeForgotten(env, Date.now())).not.toContain(`PriceFeed/${symbol}`);
    expect(await wakeForgotten(env, Date.now() + 11 * 60_000)).toContain(`PriceFeed/${symbol}`);
    // The clock was set back since.
    expect(await wakeForgotten(env, Date.now() - 11 * 60_000)).toContain(`PriceFeed/${symbol}`);
  });

  it("sweeps tickets nobody can use", async () => {
    await post(alice, "/api/v1/tickets");
    const controller = { cron: "17 * * * *", scheduledTime: Date.now() + 61_000, noRetry() {} } as ScheduledController;
    await runSchedule(controller, env);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM tickets").first("n")).toBe(0);
  });
});

describe("restoring an object", () => {
  const restore = (who: Parameters<typeof send>[0], body: unknown) =>
    send(who, "POST", "/api/v1/objects/restore", body);

  async function registered(symbol: string): Promise<void> {
    await post(alice, "/api/v1/prices", [tick(symbol)]);
    const row = () => env.DB.prepare("SELECT 1 FROM objects WHERE name = ?").bind(symbol).first();
    await until(row, { what: "the object is registered" });
  }

  it("begins a later epoch, keeps the price, and reports what may be lost", async () => {
    const symbol = freshSymbol();
    await registered(symbol);
    const before = await (await get(alice, `/api/v1/prices/${symbol}`)).json<{ epoch: string; price: number }>();
    expect((await restore(alice, { object: `PriceFeed/${symbol}` })).status).toBe(200);
    await post(alice, "/api/v1/prices", [tick(symbol)]);
    const after = await (await get(alice, `/api/v1/prices/${symbol}`)).json<{ epoch: string; seq: number }>();
    expect([after.epoch > before.epoch, after.seq]).toEqual([true, 1]);
    const page = await (await get(alice, "/api/v1/audit")).json<{ objects: { object: string; holes: unknown[] }[] }>();
    expect(page.objects.find((o) => o.object === `PriceFeed/${symbol}`)?.holes).toMatchObject([
      { reason: "restored", to: null },
    ]);
  });

  it("says that the local runtime has no earlier state, and changes nothing", async () => {
    const symbol = freshSymbol();
    await registered(symbol);
    const refused = await restore(alice, {
      object: `PriceFeed/${symbol}`,
      at: new Date(Date.now() - HOUR).toISOString(),
    });
    expect(refused.status).toBe(503);
    expect(await (await get(alice, `/api/v1/prices/${symbol}`)).json()).toMatchObject({ seq: 1 });
  });

  it("refuses Olga, who is no admin, and an object that is none", async () => {
    expect((await restore(await operator(), { object: "PriceFeed/A" })).status).toBe(403);
    expect((await restore(alice, { object: "Nothing/A" })).status).toBe(400);
    expect((await restore(alice, { object: "PriceFeed/NEVER-POSTED" })).status).toBe(404);
  });
});
