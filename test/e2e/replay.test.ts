/* The archive as a backup: what was archived while the server was killed adds up to what it shows, and a candle that somebody
 * changed is found. */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import { type Server, startServer } from "./server.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The beginning of an hour, so that a whole one is compared; of yesterday, soon after midnight. */
const BEGIN = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;
/** Replayed from here on: the requests are a day older. */
const FROM = Math.floor(Date.now() / DAY) * DAY - 2 * DAY;

let server: Server;

async function post(path: string, body: unknown): Promise<void> {
  const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
  const answer = await server.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

/** As `npm run replay`. */
function replay(...args: string[]): Promise<{ code: number; out: string }> {
  const env = { ...process.env, TIDINGS_ADMIN_KEY: server.key };
  const from = new Date(FROM).toISOString();
  const all = ["tools/replay.ts", "--from", from, "--state", server.state, ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, all, { env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out: out + err }),
    );
  });
}

/** Samples of metrics may wait ten minutes for their own purpose; the archive takes them at once. */
async function isArchived(): Promise<boolean> {
  const { objects } = (await (await server.fetch("/api/v1/audit?limit=100")).json()) as {
    objects: { purpose: string; pending: number; balance: number }[];
  };
  const archived = objects.filter(({ purpose }) => purpose === "archive");
  const isDone = objects.every(({ purpose, pending }) => pending === 0 || purpose === "metrics");
  return archived.length > 0 && isDone && objects.every(({ balance }) => balance === 0);
}

/** The last minutes close by the clock, and what it says is archived a little later. */
const isSettled =
  (verdict: RegExp, ...args: string[]) =>
  async () => {
    const answer = await replay(...args);
    if (!verdict.test(answer.out)) throw new Error(answer.out);
    return answer;
  };

/** Where Miniflare keeps D1. */
function withD1(use: (db: DatabaseSync) => void): void {
  const storage = join(server.state, "storage");
  for (const file of readdirSync(storage, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".sqlite")) continue;
    const db = new DatabaseSync(join(storage, file));
    const hasCandles = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'candles'").get() !== undefined;
    if (hasCandles) use(db);
    db.close();
  }
}

/** An hour of two symbols, an alert with its end, a node. */
async function live(): Promise<void> {
  for (let minute = 0; minute < 90; minute++) {
    const at = BEGIN + minute * MINUTE;
    const tick = (symbol: string, second: number) => ({
      symbol,
      price: 100 + ((minute * 7 + second) % 13),
      volume: 1 + second,
      timestamp: at + second * 1_000,
    });
    await post("/api/v1/prices", [tick("AAPL", 1), tick("AAPL", 30), tick("BTC/USD", 2)]);
    if (minute === 45) await server.kill("both").then(() => server.restart());
  }
  await post("/api/v1/alerts", { location: "Haifa", type: "Flood", timestamp: Date.now(), duration: 30 });
  await post("/api/v1/nodes/n1/heartbeats", {});
  for (let minute = 0; minute < 90; minute++) {
    const timestamp = BEGIN + minute * MINUTE;
    await post(
      "/api/v1/metrics",
      [1, 2].map((host) => ({ name: "load", value: minute * host, timestamp, labels: { host: `h${host}` } })),
    );
    const request = {
      request_id: `r${minute}`,
      endpoint: "/a",
      status_code: minute % 7 === 0 ? 500 : 200,
      latency_ms: minute,
    };
    await post("/api/v1/requests", { ...request, timestamp: timestamp - DAY });
  }
}

describe("a replay of the archive", () => {
  beforeAll(async () => {
    server = await startServer({ env: { OUTBOX_DELAY_MS: "300" } });
    await live();
    await until(isArchived, { deadlineMs: 90_000, everyMs: 500, what: "everything is archived" });
  }, 180_000);
  afterAll(() => server.stop());

  it("adds up to what the installation shows, in every domain", { timeout: 90_000 }, async () => {
    const { code, out } = await until(isSettled(/^Equal: \d+ compared\.$/m), {
      deadlineMs: 60_000,
      what: "all is equal",
    });
    expect(code).toBe(0);
    expect(out).toMatch(/minute candles +180 +equal/);
    expect(out).toMatch(/hour candles +2 +equal|hour candles +4 +equal/);
    expect(out).toMatch(/events of alerts +1 +equal/);
    expect(out).toMatch(/hours of metrics +2 +equal/);
    const days = Math.floor((Date.now() - FROM) / DAY);
    expect(out).toMatch(new RegExp(`days of requests +${days} +equal`));
    expect(out).toMatch(/events of nodes +[1-9]\d* +equal/);
  });

  it("finds a candle that was changed by hand, a row that is gone, and nothing else", {
    timeout: 120_000,
  }, async () => {
    await server.interrupt();
    const minute = BEGIN + 10 * MINUTE;
    withD1((db) => {
      db.prepare(
        "UPDATE candles SET high = high + 1 WHERE symbol = 'AAPL' AND resolution = 'minute' AND start = ?",
      ).run(minute);
      db.prepare("DELETE FROM candles WHERE symbol = 'BTC/USD' AND resolution = 'minute' AND start = ?").run(minute);
    });
    await server.restart();
    const found = isSettled(/^2 of \d+ are different\.$/m, "--domain", "prices");
    const { code, out } = await until(found, { deadlineMs: 60_000, what: "two differences are found" });
    expect(code).toBe(1);
    const start = new Date(minute).toISOString();
    expect(out).toContain(`minute candles: AAPL ${start}`);
    expect(out).toContain(`minute candles: BTC/USD ${start}`);
  });

  it("says in one line what it cannot do", async () => {
    expect(await replay("--domain", "stones")).toEqual({
      code: 1,
      out: expect.stringMatching(/^No domain "stones"\. There are: [^\n]+\n$/),
    });
    expect((await replay("--to", "yesterday")).out).toMatch(/^--to must be a time[^\n]+\n$/);
  });
});
