/* Closing holes from the archive, through the front door: real objects, the real consumers, D1 and the bucket. The local runtime
 * has no point-in-time recovery, so an object's earlier state is a copy of its tables. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Audit, AuditRow, Refilled } from "../../src/domain/audit";
import type { CandleRow } from "../../src/domain/prices/answers";
import { until } from "../until";
import { deliver, messageOf } from "./archiving";
import { alice, freshSymbol, get, person, post, problem, tick } from "./people";

const HOUR = 3_600_000;

// Only the date: with every timer faked, nothing would ever be delivered.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }));
afterEach(() => void vi.useRealTimers());

const refillOf = (symbol: string) => post(alice, "/api/v1/objects/refill", { object: `PriceFeed/${symbol}` });

/** As an operator does: again, while the answer asks for it. */
async function refill(symbol: string): Promise<Refilled[]> {
  const answers: Refilled[] = [];
  await until(
    async () => {
      const answer = await refillOf(symbol);
      expect(answer.status).toBe(200);
      answers.push(await answer.json<Refilled>());
      return !answers.at(-1)?.repeat;
    },
    { what: "the refill has nothing more to do", everyMs: 200 },
  );
  return answers;
}

async function auditOf(symbol: string, purpose: string): Promise<AuditRow | undefined> {
  const { objects } = await (await get(alice, "/api/v1/audit?limit=100")).json<Audit>();
  return objects.find((row) => row.object === `PriceFeed/${symbol}` && row.purpose === purpose);
}

async function countsOf(symbol: string): Promise<number[]> {
  const path = `/api/v1/prices/${symbol}/candles?resolution=minute&from=${Date.now() - 24 * HOUR}&to=${Date.now()}`;
  const { candles } = await (await get(alice, path)).json<{ candles: CandleRow[] }>();
  return candles.map(({ count }) => count);
}

/** Ticks of three minutes; the first one is in D1 and in the archive, the others only in the archive. */
async function archivedAhead(symbol: string): Promise<void> {
  const start = Date.now() - 2 * HOUR;
  await post(alice, "/api/v1/prices", [tick(symbol, 1, { timestamp: start })]);
  await until(() => env.DB.prepare("SELECT 1 FROM objects WHERE name = ?").bind(symbol).first(), {
    what: "registered",
  });
  await deliver(await messageOf(symbol));
  vi.setSystemTime(Date.now() + 2 * HOUR);
  await env.PRICE_FEED.getByName(symbol).wake();
  await until(async () => (await auditOf(symbol, "candles"))?.rolled_up === 1, { what: "rolled up" });
  await keepTables(symbol);
  for (const i of [2, 3]) await post(alice, "/api/v1/prices", [tick(symbol, i, { timestamp: start + i * 60_000 })]);
  await until(
    async () => {
      await deliver(await messageOf(symbol, await archivedTo(symbol)));
      return (await auditOf(symbol, "archive"))?.pending === 0;
    },
    { what: "archived" },
  );
}

/** Where the archive stands, in the shape of the message that brought it there. */
async function archivedTo(symbol: string) {
  const sql = "SELECT epoch, pos, rolled FROM cursors WHERE object = ? AND purpose = 'archive'";
  const row = await env.DB.prepare(sql)
    .bind(`PriceFeed/${symbol}`)
    .first<{ epoch: string; pos: number; rolled: number }>();
  const { epoch = "", pos = 0, rolled = 0 } = row ?? {};
  return { to: { epoch, pos }, events: rolled } as Awaited<ReturnType<typeof messageOf>>;
}

type Tables = [name: string, rows: Record<string, SqlStorageValue>[]][];
const kept = new Map<string, Tables>();

const keepTables = (symbol: string) =>
  runInDurableObject(env.PRICE_FEED.getByName(symbol), (_, { storage: { sql } }) => {
    const names = ["log", "checkpoint", "meta", "births", "leases"];
    kept.set(
      symbol,
      names.map((name) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()]),
    );
  });

/** What the platform would do: the next session begins with the tables as they were kept. */
const letRestore = (symbol: string) =>
  runInDurableObject(env.PRICE_FEED.getByName(symbol), (_, { storage }) => {
    const restore = async () => {
      for (const [name, rows] of kept.get(symbol) as Tables) {
        storage.sql.exec(`DELETE FROM ${name}`);
        for (const row of rows) {
          const marks = Object.keys(row).map(() => "?");
          storage.sql.exec(`INSERT INTO ${name} (${Object.keys(row)}) VALUES (${marks})`, ...Object.values(row));
        }
      }
      return "bookmark";
    };
    Object.assign(storage, { getBookmarkForTime: async () => "bookmark", onNextSessionRestoreBookmark: restore });
  });

describe("a hole", () => {
  it("that a restore left is closed from the archive, once", async () => {
    const symbol = freshSymbol();
    await archivedAhead(symbol);
    await letRestore(symbol);
    const at = new Date(Date.now() - HOUR).toISOString();
    const restored = await post(alice, "/api/v1/objects/restore", { object: `PriceFeed/${symbol}`, at });
    expect([restored.status, await restored.json()]).toEqual([
      200,
      { object: `PriceFeed/${symbol}`, status: "restored" },
    ]);
    expect((await auditOf(symbol, "candles"))?.holes).toMatchObject([{ reason: "restored", to: expect.any(Number) }]);
    expect(await countsOf(symbol)).toEqual([1]);

    const answers = await refill(symbol);
    expect(answers.reduce((sum, { holes }) => sum + (holes[0]?.found ?? 0), 0)).toBeGreaterThanOrEqual(2);
    expect(await countsOf(symbol)).toEqual([1, 1, 1]);
    expect(await auditOf(symbol, "candles")).toMatchObject({
      accepted: 3,
      rolled_up: 3,
      pending: 0,
      balance: 0,
      holes: [],
    });

    const before = await env.DB.prepare("SELECT * FROM candles WHERE symbol = ?").bind(symbol).all();
    expect(await refill(symbol)).toMatchObject([{ repeat: false, holes: [] }]);
    expect((await env.DB.prepare("SELECT * FROM candles WHERE symbol = ?").bind(symbol).all()).results).toEqual(
      before.results,
    );
    await post(alice, "/api/v1/prices", [tick(symbol, 9)]);
    expect(await auditOf(symbol, "candles")).toMatchObject({ accepted: 4, pending: 1, balance: 0, holes: [] });
  });

  it("of unknown length is put back as far as the archive goes, and stays", async () => {
    const symbol = freshSymbol();
    await archivedAhead(symbol);
    await letRestore(symbol);
    await runInDurableObject(env.PRICE_FEED.getByName(symbol), (_, { storage }) =>
      storage.onNextSessionRestoreBookmark("bookmark"),
    );
    await env.PRICE_FEED.getByName(symbol)
      .end()
      .catch(() => undefined);
    expect((await post(alice, "/api/v1/objects/restore", { object: `PriceFeed/${symbol}` })).status).toBe(200);
    const [hole] = (await auditOf(symbol, "candles"))?.holes ?? [];
    expect(hole).toMatchObject({ reason: "restored", to: null });

    await refill(symbol);
    expect(await countsOf(symbol)).toEqual([1, 1, 1]);
    const row = await auditOf(symbol, "candles");
    expect(row).toMatchObject({ accepted: 3, rolled_up: 3, balance: 0, holes: [{ epoch: hole?.epoch, to: null }] });
    expect(row?.holes[0]?.after).toBeGreaterThan(hole?.after ?? Number.POSITIVE_INFINITY);
    const [again] = await refill(symbol);
    expect(again).toMatchObject({ repeat: false, holes: [{ found: 0, closed: false, missing: [{ to: null }] }] });
    expect(again?.refused).toMatchObject([{ purpose: "archive" }]);
    expect(await countsOf(symbol)).toEqual([1, 1, 1]);
  });

  it("is nobody's to close but an admin's, and none of an object that there is not", async () => {
    const operator = await person({ role: "operator", name: "Olga" });
    expect((await problem(await post(operator, "/api/v1/objects/refill", { object: "PriceFeed/A" }))).status).toBe(403);
    expect((await problem(await post(alice, "/api/v1/objects/refill", { object: "Nothing/A" }))).status).toBe(400);
    expect((await problem(await refillOf("NEVER-POSTED"))).status).toBe(404);
  });
});
