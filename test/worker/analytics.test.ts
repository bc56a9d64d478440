/* Questions of analysts at the front door: by name on the local tables, in SQL where Analytics Engine is reached. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { QueryAnswer, QueryList } from "../../src/domain/analytics/answers";
import { pointOf, writePoints } from "../../src/storage/analytics";
import { QUERIES } from "../../src/storage/analytics-queries";
import { app } from "../../src/worker/app";
import { alice, bob, get, type Person, person, post, problem, sensor } from "./people";

const QUERY = "/api/v1/analytics/queries";
const SQL = "/api/v1/analytics/sql";
const MINUTE = 60_000;

const ann = () => person({ role: "analyst", name: "Ann" });
const deployed = { ...env, TIDINGS_RUNTIME: "", AE_ACCOUNT_ID: "account", AE_API_TOKEN: "secret-token" };

afterEach(() => void vi.restoreAllMocks());

/** The Worker as it is deployed, with an Analytics Engine that answers this. */
function ask(who: Person, path: string, sql: string | undefined, status = 200, answer: unknown = undefined) {
  const table = { meta: [{ name: "symbol", type: "String" }], data: [{ symbol: "A" }] };
  const fetched = vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(async () => new Response(JSON.stringify(answer ?? table), { status }));
  const init = sql === undefined ? {} : { method: "POST", body: JSON.stringify({ sql }) };
  const headers = { authorization: `Bearer ${who.key}` };
  return { fetched, response: Promise.resolve(app.request(path, { ...init, headers }, deployed)) };
}

describe("named queries", () => {
  it("are listed in both dialects", async () => {
    const { queries } = await (await get(await ann(), QUERY)).json<QueryList>();
    expect(queries.map(({ name }) => name)).toEqual(QUERIES.map(({ name }) => name));
    for (const { analytics_engine, sqlite } of queries) {
      expect([analytics_engine, sqlite]).toEqual([
        expect.stringContaining("FROM tidings"),
        expect.stringContaining("FROM points"),
      ]);
    }
  });

  it("are answered from the points of this server", async () => {
    const start = Math.floor(Date.now() / MINUTE) * MINUTE - 2 * MINUTE;
    const figures = { start, open: 1, high: 3, low: 1, close: 2, volume: 10, count: 4 };
    const points = ["A/B", "C"].map((symbol) => pointOf("candle", { symbol, ...figures }));
    await writePoints(env, [...points, points[0] as (typeof points)[0]], Date.now());
    const answer = await (await get(await ann(), `${QUERY}/busiest-symbols`)).json<QueryAnswer>();
    expect(answer).toMatchObject({ query: "busiest-symbols", columns: ["symbol", "prices", "volume"], sampled: false });
    expect(answer.rows).toEqual([
      { symbol: "A/B", prices: 8, volume: 20 },
      { symbol: "C", prices: 4, volume: 10 },
    ]);
    const one = await (await get(alice, `${QUERY}/busiest-symbols?symbol=A%2FB&limit=1`)).json<QueryAnswer>();
    expect([one.rows.length, one.truncated]).toEqual([1, true]);
    for (const { name } of QUERIES) expect((await get(alice, `${QUERY}/${name}`)).status).toBe(200);
  });

  it("name what is wrong with a parameter, and what there is", async () => {
    const pointers = async (query: string) =>
      (await problem(await get(alice, `${QUERY}/quiet-symbols?${query}`))).errors.map(({ pointer }) => pointer).sort();
    expect(await pointers("limit=0&from=then&resolution=year")).toEqual(["from", "limit", "resolution"]);
    expect(await pointers("name=A&endpoint=B")).toEqual(["endpoint", "name"]);
    expect(await pointers("symbol=A'B")).toEqual(["symbol"]);
    expect(await pointers("from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z")).toEqual(["from"]);
    expect(await pointers("from=2020-01-01T00:00:00Z")).toEqual(["from"]);
    const unknown = await problem(await get(alice, `${QUERY}/nothing`));
    expect([unknown.status, unknown.detail]).toEqual([404, expect.stringContaining("top-endpoints")]);
  });

  it("are asked of Analytics Engine where the Worker is deployed", async () => {
    const { fetched, response } = ask(await ann(), `${QUERY}/quiet-symbols`, undefined);
    expect(await (await response).json()).toMatchObject({ sampled: true, rows: [{ symbol: "A" }] });
    const [url, init] = fetched.mock.calls[0] as [string, RequestInit];
    expect(url).toBe("https://api.cloudflare.com/client/v4/accounts/account/analytics_engine/sql");
    expect(init).toMatchObject({ method: "POST", body: expect.stringMatching(/FROM tidings[\s\S]*FORMAT JSON$/) });
  });

  it("show a limited key its own symbols and metrics, and nothing in SQL", async () => {
    const scope = { symbols: ["AA*"], names: ["cpu"] };
    const charlie = await person({ role: "analyst", name: "Charlie", scope });
    const statusOf = async (query: string) => (await get(charlie, `${QUERY}/${query}`)).status;
    for (const { name, kind } of QUERIES)
      expect([name, await statusOf(name)]).toEqual([name, kind === "request" ? 200 : 403]);
    expect(await statusOf("busiest-symbols?symbol=AAPL")).toBe(200);
    expect(await statusOf("busiest-symbols?symbol=MSFT")).toBe(403);
    expect(await statusOf("quiet-symbols?symbol=AAPL")).toBe(200);
    expect([await statusOf("metric-summary?name=cpu"), await statusOf("metric-summary?name=disk")]).toEqual([200, 403]);
    expect((await problem(await post(charlie, SQL, { sql: "SELECT 1 FROM tidings" }))).status).toBe(403);
    const dora = await person({ role: "analyst", name: "Dora", scope: {} });
    expect((await problem(await post(dora, SQL, { sql: "SELECT 1 FROM tidings" }))).status).toBe(501);
  });

  it("are an analyst's", async () => {
    for (const path of [QUERY, `${QUERY}/quiet-symbols`]) {
      for (const who of [await bob(), await sensor()]) expect((await problem(await get(who, path))).status).toBe(403);
      expect((await problem(await get(undefined, path))).status).toBe(401);
    }
    expect((await problem(await post(await bob(), SQL, { sql: "SELECT 1 FROM tidings" }))).status).toBe(403);
  });
});

describe("free SQL", () => {
  it("is refused by name where Analytics Engine is not reached, with what can be asked instead", async () => {
    const refusal = await problem(await post(await ann(), SQL, { sql: "SELECT 1 FROM tidings" }));
    expect(refusal).toMatchObject({
      status: 501,
      type: "/docs#problem-sql_unavailable",
      queries: QUERIES.map(({ name }) => name),
    });
  });

  it("is forwarded where it is, bounded", async () => {
    const { fetched, response } = ask(await ann(), SQL, "SELECT blob2 AS symbol FROM tidings");
    expect(await (await response).json()).toMatchObject({
      columns: ["symbol"],
      rows: [{ symbol: "A" }],
      truncated: false,
    });
    expect(fetched.mock.calls[0]?.[1]?.body).toBe("SELECT blob2 AS symbol FROM tidings\nLIMIT 10001\nFORMAT JSON");
  });

  it("that is no SELECT, or reads elsewhere, goes nowhere", async () => {
    for (const sql of ["DROP TABLE tidings", "SELECT 1 FROM others", "SELECT 1 FROM tidings; SELECT 2 FROM tidings"]) {
      const { fetched, response } = ask(alice, SQL, sql);
      expect((await problem(await response)).errors).toEqual([{ pointer: "/sql", detail: expect.any(String) }]);
      expect(fetched).not.toHaveBeenCalled();
    }
    expect((await problem(await post(alice, SQL, { query: "x" }))).errors.map(({ pointer }) => pointer).sort()).toEqual(
      ["/query", "/sql"],
    );
  });

  it("passes nothing on of what an upstream says that fails", async () => {
    for (const [status, ours] of [
      [400, 400],
      [403, 503],
      [500, 503],
    ] as const) {
      const { response } = ask(alice, SQL, "SELECT 1 FROM tidings", status, {
        errors: ["secret-token of internal-host"],
      });
      const refusal = await problem(await response);
      expect([refusal.status, /secret|internal-host/.test(JSON.stringify(refusal))]).toEqual([ours, false]);
    }
  });
});
