/* What is kept, in workerd: the archive over real objects, the real bucket and D1, and what becomes of old things. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ARCHIVE_PURPOSE } from "../../src/domain/archive/batch";
import { type ArchivePart, archiveKey } from "../../src/domain/archive/manifest";
import { DEFAULT_POLICY, type RetentionRun } from "../../src/domain/retention";
import { decompress, packMessage } from "../../src/storage/archive";
import { writeFact } from "../../src/storage/queries/facts";
import { sweepOrphans } from "../../src/worker/orphans";
import { retain, runRetention } from "../../src/worker/retention";
import { until } from "../until";
import { ARCHIVE, deliver, linesOf, messageOf, ofSymbol, partsOf } from "./archiving";
import { alice, bob, freshSymbol, get, person, post, problem, send, tick } from "./people";

const DAY = 86_400_000;
const RETENTION = "/api/v1/retention";

// Only the date: with every timer faked, nothing would ever be delivered.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }));
afterEach(() => void vi.useRealTimers());

describe("the archive", () => {
  it("has every entry once, however often and in whatever order its messages come", async () => {
    const symbol = freshSymbol();
    await post(alice, "/api/v1/prices", [tick(symbol, 1), tick(symbol, 2)]);
    const first = await messageOf(symbol);
    await post(alice, "/api/v1/prices", tick(symbol, 3));
    const second = await messageOf(symbol, first);
    expect(await deliver(second)).toEqual(["retry"]);
    expect(await deliver(second, first, first)).toEqual(["ack", "ack", "ack"]);
    expect(await deliver(first, second)).toEqual(["ack", "ack"]);
    const parts = await partsOf(ofSymbol(symbol));
    expect(parts).toHaveLength(1);
    expect(parts[0]).toMatchObject({ domain: "prices", entries: 3, from: { epoch: "", pos: 0 }, to: second.to });
    const lines = await linesOf(parts[0] as ArchivePart);
    expect(lines.map(({ seq, data }) => [seq, data.price])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it("puts the ledgers of a batch into one object, each where its part says", async () => {
    const symbols = [freshSymbol(), freshSymbol(), freshSymbol()];
    await post(
      alice,
      "/api/v1/prices",
      symbols.map((symbol, i) => tick(symbol, 10 + i)),
    );
    await deliver(...(await Promise.all(symbols.map((symbol) => messageOf(symbol)))));
    const parts = (await Promise.all(symbols.map((symbol) => partsOf(ofSymbol(symbol))))).flat();
    expect(new Set(parts.map(({ key }) => key)).size).toBe(1);
    const prices = await Promise.all(parts.map(async (part) => (await linesOf(part)).map(({ data }) => data.price)));
    expect(prices).toEqual([[10], [11], [12]]);
    const whole = await get(alice, `${ARCHIVE}/${encodeURIComponent(parts[0]?.key as string)}`);
    expect(
      decompress(new Uint8Array(await whole.arrayBuffer()))
        .trimEnd()
        .split("\n"),
    ).toHaveLength(3);
  });

  it("takes lines by the bucket that are too long for the queue, and cleans up", async () => {
    const symbol = freshSymbol();
    await post(alice, "/api/v1/prices", tick(symbol));
    const message = await messageOf(symbol);
    const noise = crypto.getRandomValues(new Uint8Array(60_000));
    const line = JSON.stringify({ at: new Date().toISOString(), data: {}, noise: [...noise].join() });
    const { batch: _, ...envelope } = message;
    const packed = await packMessage(env.ARCHIVE, { ...envelope, parts: [line, line.replaceAll("1", "2")] });
    expect(packed.batch?.lines).toMatch(/^spill\//);
    expect(await deliver(packed)).toEqual(["ack"]);
    expect((await partsOf(ofSymbol(symbol)))[0]?.entries).toBe(2);
    expect(await env.ARCHIVE.head(packed.batch?.lines as string)).toBeNull();
  });

  it("finds entries by the time that they are about, not by when they came", async () => {
    const symbol = freshSymbol();
    const then = Date.now() - 3 * DAY;
    await post(alice, "/api/v1/prices", tick(symbol, 1, { timestamp: then }));
    await deliver(await messageOf(symbol));
    const within = (from: number, to: number) => partsOf(`${ofSymbol(symbol)}&from=${from}&to=${to}`);
    expect(await within(then, then + 1)).toHaveLength(1);
    expect(await within(then + 120_000, Date.now() + DAY)).toHaveLength(0);
    expect(await within(0, then)).toHaveLength(0);
  });

  it("parks what is no message of its own, and what belongs to nobody", async () => {
    const stranger = { v: 1, object: "Topic/alerts", purpose: ARCHIVE_PURPOSE, events: 0 };
    const cursors = { from: { epoch: "", pos: 0 }, to: { epoch: "e", pos: 1 } };
    expect(await deliver("nonsense", { ...stranger, ...cursors })).toEqual(["ack", "ack"]);
    const letters = await env.DB.prepare(
      "SELECT count(*) AS n FROM dead_letters WHERE object = 'tidings-archive'",
    ).first("n");
    expect(letters).toBe(2);
  });

  it("asks again when the bucket fails, and writes nothing then", async () => {
    const symbol = freshSymbol();
    await post(alice, "/api/v1/prices", tick(symbol));
    const message = await messageOf(symbol);
    const put = vi.spyOn(env.ARCHIVE, "put").mockRejectedValueOnce(new Error("R2 is away"));
    expect(await deliver(message)).toEqual(["retry"]);
    put.mockRestore();
    expect(await partsOf(ofSymbol(symbol))).toEqual([]);
    expect(await deliver(message)).toEqual(["ack"]);
    expect(await partsOf(ofSymbol(symbol))).toHaveLength(1);
  });

  it("leaves out the canary, and the audit adds up all the same", async () => {
    await env.ALERT_AREA.getByName("~canary").startCanary();
    const canary = async () => {
      const { objects } = await (await get(alice, "/api/v1/audit")).json<{
        objects: { object: string; purpose: string }[];
      }>();
      return objects.filter(({ object }) => object === "AlertArea/~canary");
    };
    await until(async () => (await canary()).length > 0, { what: "the registry has heard of the canary" });
    expect(await canary()).toMatchObject([{ purpose: "alerts", status: "ok", balance: 0 }]);
  });

  it("is an admin's, and says what it does not have", async () => {
    for (const path of [ARCHIVE, `${ARCHIVE}/x`]) {
      expect((await problem(await get(await bob(), path))).status).toBe(403);
      expect((await problem(await get(undefined, path))).status).toBe(401);
    }
    expect((await problem(await get(alice, `${ARCHIVE}/x`))).status).toBe(404);
    const unnamed = archiveKey("prices", Date.now(), Date.now(), crypto.randomUUID());
    await env.ARCHIVE.put(unnamed, "x");
    expect((await problem(await get(alice, `${ARCHIVE}/${encodeURIComponent(unnamed)}`))).status).toBe(404);
    const bad = await problem(await get(alice, `${ARCHIVE}?from=yesterday&domain=stones&limit=0`));
    expect(bad.errors.map(({ pointer }) => pointer).sort()).toEqual(["domain", "from", "limit"]);
    expect((await problem(await get(alice, `${ARCHIVE}?cursor=x`))).status).toBe(400);
    expect((await problem(await get(alice, `${ARCHIVE}/x?offset=1`))).errors[0]?.pointer).toBe("bytes");
  });
});

describe("retention", () => {
  const sweep = async (body: unknown) => (await post(alice, `${RETENTION}/run`, body)).json<RetentionRun>();
  const rowsOf = (run: RetentionRun, what: string) => run.swept.find((row) => row.what === what)?.rows;
  const count = (table: string, where = "1 = 1") =>
    env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).first<number>("n");

  const candle = (symbol: string, resolution: string, start: number, updatedAt: number) =>
    env.DB.prepare(`INSERT INTO candles VALUES (?1, ?2, ?3, 1, 1, 1, 1, 1, 1, ?3, 'e', 1, ?3, 'e', 1, NULL, ?4)`)
      .bind(symbol, resolution, start, updatedAt)
      .run();
  const alert = (id: string, at: number) =>
    env.DB.batch([
      env.DB.prepare(
        `INSERT INTO alerts VALUES (?1, 'k', 'K', '[]', 't', 'severe', ?2, ?2, ?2, 1, 1, '{}', ?2, ?2, 0, 0, NULL)`,
      ).bind(id, at),
      env.DB.prepare(`INSERT INTO alert_events VALUES (?1, 'e', 1, 'i', 't', 'severe', NULL, ?2, ?2, ?2)`).bind(id, at),
      env.DB.prepare(`INSERT INTO reach VALUES (?1, 'e', 1, 'open', 1, 1, 1, 1, NULL, NULL, ?2)`).bind(id, at),
    ]);

  it("deletes what is too old, after it has said what that is", async () => {
    const now = Date.now();
    const symbol = freshSymbol();
    await candle(symbol, "minute", now - 31 * DAY, now - 31 * DAY);
    await candle(symbol, "minute", now - 29 * DAY, now - 29 * DAY);
    await candle(symbol, "hour", now - 366 * DAY, now - 366 * DAY);
    await candle(symbol, "hour", now - 31 * DAY, now - 31 * DAY);
    await candle(symbol, "day", now - 366 * DAY, now - 366 * DAY);
    await alert("old", now - 366 * DAY);
    await alert("young", now - 364 * DAY);
    const event = "INSERT INTO node_events VALUES ('n', 'e', ?1, 'down', 'down', ?2, NULL, 'info', NULL, NULL)";
    await env.DB.prepare(event)
      .bind(1, now - 366 * DAY)
      .run();
    await env.DB.prepare(event)
      .bind(2, now - 364 * DAY)
      .run();
    const things = ["candles.minute", "candles.hour", "candles.day", "alerts", "node_events"];
    const tried = await sweep({});
    expect([tried.dry_run, ...things.map((what) => rowsOf(tried, what))]).toEqual([true, 1, 1, 1, 1, 1]);
    expect(new Set(tried.swept.map(({ what }) => what)).size).toBe(tried.swept.length);
    expect(await count("candles", `symbol = '${symbol}'`)).toBe(5);
    const done = await sweep({ dry_run: false });
    expect(things.map((what) => rowsOf(done, what))).toEqual([1, 1, 1, 1, 1]);
    expect(await count("candles", `symbol = '${symbol}'`)).toBe(2);
    for (const table of ["alerts", "alert_events", "reach"]) {
      expect([await count(table, "alert_id = 'old'"), await count(table, "alert_id = 'young'")]).toEqual([0, 1]);
    }
    expect(await count("node_events", "node = 'n'")).toBe(1);
    const again = await sweep({ dry_run: false });
    expect(again.swept.every(({ rows, more }) => rows === 0 && !more)).toBe(true);
  });

  it("reaches days in D1, and what objects keep themselves", async () => {
    const now = Date.now();
    const old = now - 400 * DAY;
    const metric = "INSERT INTO metric_days VALUES (?1, ?2, '{}', 'MetricIntake/m', '[]', ?3)";
    const requests = "INSERT INTO request_days VALUES (?1, 'RequestIntake/r', 1, 0, 0, 0, 0, 0, '[]', 0, 0, ?2)";
    await env.DB.batch([
      env.DB.prepare(metric).bind("a", old, old),
      env.DB.prepare(metric).bind("b", old, now),
      env.DB.prepare(metric).bind("c", old, old),
      env.DB.prepare(requests).bind(old, old),
      env.DB.prepare(requests).bind(old + DAY, now),
    ]);
    const samples = [2, 1].map((hours) => ({ name: "kept", value: 1, timestamp: now - hours * 3_600_000 }));
    expect((await post(alice, "/api/v1/metrics", samples)).status).toBe(200);
    const done = await sweep({ dry_run: false });
    expect([rowsOf(done, "metric_days"), rowsOf(done, "request_days")]).toEqual([2, 1]);
    expect([await count("metric_days"), await count("request_days")]).toEqual([1, 1]);
    expect(["minute", "hour", "day"].map((tier) => rowsOf(done, `objects.${tier}`))).toEqual([0, 0, 0]);
    const asked = vi.fn(async () => ({ minute: 3, hour: 2, day: 1 }));
    const door = { getByName: () => ({ retain: asked }) };
    await vi.waitFor(async () => expect(await count("objects", "class = 'MetricIntake'")).toBe(1));
    await writeFact(env.DB, "retention.after", "");
    const some = await retain({ ...env, METRIC_INTAKE: door } as unknown as Env, DEFAULT_POLICY, now, true);
    expect([rowsOf(some, "objects.minute"), asked.mock.calls.length]).toEqual([3, 1]);
    expect(asked.mock.calls[0]).toEqual([expect.objectContaining({ hour: now - 365 * DAY }), 2_000, true]);
  });

  it("keeps old data that came today", async () => {
    const symbol = freshSymbol();
    const then = Date.now() - 100 * DAY;
    await post(alice, "/api/v1/prices", tick(symbol, 5, { timestamp: then }));
    await deliver(await messageOf(symbol));
    vi.setSystemTime(Date.now() + DAY / 12);
    const feed = env.PRICE_FEED.getByName(symbol);
    await feed.wake();
    await vi.waitFor(async () => expect(await count("candles", `symbol = '${symbol}'`)).toBe(3), { timeout: 8_000 });
    await runRetention(env, Date.now());
    expect(await count("candles", `symbol = '${symbol}'`)).toBe(3);
    const [part] = await partsOf(ofSymbol(symbol));
    expect(await env.ARCHIVE.head(part?.key as string)).not.toBeNull();
    await runRetention(env, Date.now() + 31 * DAY);
    expect(await count("candles", `symbol = '${symbol}' AND resolution = 'minute'`)).toBe(0);
    expect(await partsOf(ofSymbol(symbol))).toHaveLength(0);
    expect(await env.ARCHIVE.head(part?.key as string)).toBeNull();
  });

  it("goes on where a step ended, a bounded number of rows at a time", async () => {
    const now = Date.now();
    const rows = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4500)
      INSERT INTO points (dataset, timestamp, index1, blobs, doubles) SELECT 'tidings', ?1, 'x', '[]', '[]' FROM n`;
    await env.DB.prepare(rows)
      .bind(now - 91 * DAY)
      .run();
    const first = await sweep({ dry_run: false });
    expect(first.swept.find(({ what }) => what === "points")).toMatchObject({ rows: 2_000, more: true });
    await runRetention(env, now);
    expect(await count("points", `timestamp < ${now - 90 * DAY}`)).toBe(0);
    const { last_run } = await (await get(alice, RETENTION)).json<{ last_run: RetentionRun }>();
    expect(rowsOf(last_run, "points")).toBe(2_500);
  });

  it("sweeps what the manifest does not name, a day later and not before", async () => {
    const now = Date.now();
    const symbol = freshSymbol();
    await post(alice, "/api/v1/prices", tick(symbol));
    await deliver(await messageOf(symbol));
    const [named] = await partsOf(ofSymbol(symbol));
    const orphan = archiveKey("prices", now, now, crypto.randomUUID());
    for (const key of [orphan, "spill/PriceFeed/X/lost"]) await env.ARCHIVE.put(key, "x");
    expect(await sweepOrphans(env, now + DAY / 2)).toBe(0);
    await sweepOrphans(env, now + 2 * DAY);
    const left = (await env.ARCHIVE.list()).objects.map(({ key }) => key);
    expect([left.includes(orphan), left.includes(named?.key as string)]).toEqual([false, true]);
    expect(left.filter((key) => key.startsWith("spill/"))).toEqual([]);
  });

  it("is an admin's to change, and shows what a change will delete", async () => {
    expect(await (await get(alice, RETENTION)).json()).toMatchObject({
      policy: DEFAULT_POLICY,
      defaults: DEFAULT_POLICY,
    });
    const symbol = freshSymbol();
    await candle(symbol, "minute", Date.now() - 8 * DAY, Date.now() - 8 * DAY);
    const changed = await send(alice, "PUT", RETENTION, { minute_days: 7 });
    const { policy, would_delete } = await changed.json<{ policy: object; would_delete: RetentionRun }>();
    expect(policy).toEqual({ ...DEFAULT_POLICY, minute_days: 7 });
    expect([would_delete.dry_run, rowsOf(would_delete, "candles.minute")]).toEqual([true, 1]);
    expect(await count("candles", `symbol = '${symbol}'`)).toBe(1);
    const bad = await problem(await send(alice, "PUT", RETENTION, { minute_days: 0, hours: 1, raw_days: "x" }));
    expect(bad.errors.map(({ pointer }) => pointer).sort()).toEqual(["/hours", "/minute_days", "/raw_days"]);
    const olga = await person({ role: "operator", name: "Olga" });
    for (const answer of [get(olga, RETENTION), send(olga, "PUT", RETENTION, {}), post(olga, `${RETENTION}/run`, {})]) {
      expect((await problem(await answer)).status).toBe(403);
    }
    await send(alice, "PUT", RETENTION, {});
  });
});
