/* A real access log through the front door: every ranking equals a plain count of its lines, whatever happens to the objects
 * and the messages in between. It says no latency: each line is given one that follows from its size. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { OutboxMessage } from "../../src/domain/event";
import { fingerprint } from "../../src/domain/ledger/fingerprint";
import type { History, TopK, UploadedLog } from "../../src/domain/requests/answers";
import { METRICS, type Metric } from "../../src/domain/requests/rank";
import type { LoggedRequest } from "../../src/domain/requests/request";
import { requestOfLine } from "../../src/domain/requests/upload";
import { consume } from "../../src/queues/consume";
import LOG from "../data/access.log?raw";
import { type Asked, type Dimension, plainFigure, plainRanking } from "../domain/requests/plain-count";
import { fc, holds } from "../property";
import { until } from "../until";
import { get, type Person, person, post, sensor } from "./people";

const REQUESTS = "/api/v1/requests";
const MINUTE = 60_000;
const DAY = 86_400_000;
const FIRST = Date.parse("2015-05-17T10:00:00Z");
const MINUTES = 18 * 60;

const lines = LOG.trimEnd()
  .split("\n")
  .map((line, i) => (i % 10 === 0 ? line : `${line} ${((line.length * 37) % 997) / 1_000}`));
const half = lines.slice(0, 1_200).join("\n");
const rest = lines.slice(1_200).join("\n");

let first: Person;
let second: Person;
let viewer: Person;
/** Everything that was acknowledged. */
const counted: LoggedRequest[] = [];
/** Whose ids begin how. */
const prefixes = new Map<string, string>();

const objectOf = (who: Person) => env.REQUEST_INTAKE.getByName(`${who.id}/0`);

async function upload(who: Person, key: string, text: string): Promise<UploadedLog> {
  const response = await post(who, `${REQUESTS}/log`, text, { "idempotency-key": key, "content-type": "text/plain" });
  if (response.status !== 200) throw new Error(await response.text());
  return response.json();
}

/** The lines as whoever reads the log by hand would count them. */
function countIn(who: Person, key: string, text: string): number {
  const idPrefix = fingerprint(`${who.id}/log/${key}`).toString(36);
  const meaning = { format: "combined" as const, rules: [], idPrefix, now: Date.now(), shift: 0 };
  prefixes.set(idPrefix, who.id);
  const before = counted.length;
  for (const [i, line] of text.split("\n").entries()) {
    const read = requestOfLine(line, i + 1, meaning);
    if (!read.ok) continue;
    const { request, client } = read.value;
    counted.push(client === undefined ? request : { ...request, user_id: client });
  }
  return counted.length - before;
}

const question = fc.record({
  dimension: fc.constantFrom<Dimension>("endpoint", "user_id", "status_code", "request_id"),
  metric: fc.constantFrom<Metric>(...METRICS),
  k: fc.integer({ min: 1, max: 100 }),
  method: fc.option(fc.constantFrom("GET", "HEAD"), { nil: undefined, freq: 3 }),
  status: fc.option(fc.constantFrom(200, 304, 404), { nil: undefined, freq: 3 }),
  errorsFrom: fc.constantFrom(400, 500),
  minutes: fc.tuple(fc.nat(MINUTES), fc.nat(MINUTES)),
});

async function answer({ dimension, metric, k, method, status, errorsFrom, from, to }: Asked): Promise<TopK> {
  const asked = {
    dimension,
    metric,
    k,
    method,
    status_code: status,
    errors_from: errorsFrom,
    start_time: from,
    end_time: to,
  };
  const said = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const response = await get(viewer, `${REQUESTS}/top-k?${new URLSearchParams(said)}`);
  if (response.status !== 200) throw new Error(await response.text());
  return response.json();
}

async function isPlainCount(asked: Asked): Promise<void> {
  const { data, approximate } = await answer(asked);
  const plain = plainRanking(counted, asked);
  expect(approximate).toBe(false);
  expect(data.map(({ rank }) => rank)).toEqual(data.map((_, i) => i + 1));
  if (asked.metric !== "p95") {
    const said = data.map(({ request_id, metric_value }) => ({ key: request_id, value: metric_value }));
    expect(said).toEqual(plain.slice(0, asked.k));
    return;
  }
  const exact = new Map(plain.map(({ key, value }) => [key, value]));
  expect(data.length).toBe(Math.min(asked.k, plain.length));
  for (const { request_id, metric_value, lower, upper } of data) {
    const value = exact.get(request_id) as number;
    expect(Math.abs(metric_value - value)).toBeLessThanOrEqual(value * 0.010001);
    expect([lower <= value + 1e-9, upper >= value - 1e-9]).toEqual([true, true]);
  }
}

/** Every dimension and metric over everything, and many windows, filters and sizes of some. */
async function equalsThePlainCount(numRuns = 25): Promise<void> {
  for (const dimension of ["endpoint", "user_id", "status_code", "request_id"] as const) {
    for (const metric of METRICS) await isPlainCount({ dimension, metric, k: 100, from: FIRST, to: FIRST + DAY });
  }
  const property = fc.asyncProperty(question, ({ minutes, ...asked }) => {
    const [from, to] = minutes.map((minute) => FIRST + minute * MINUTE).toSorted((a, b) => a - b) as [number, number];
    return isPlainCount({ ...(asked as Asked), from, to: to + MINUTE });
  });
  await holds(property, { numRuns });
}

const evict = (...people: Person[]) => Promise.all(people.map((who) => evictDurableObject(objectOf(who))));

/** Rings every object's alarm a minute later: minutes that are over leave memory. */
async function closeMinutes(): Promise<void> {
  vi.setSystemTime(Date.now() + MINUTE);
  for (const who of [first, second]) await runDurableObjectAlarm(objectOf(who));
  const rows = await runInDurableObject(objectOf(first), (_, { storage }) =>
    storage.sql.exec("SELECT start FROM tiers WHERE tier = 'minute' AND series = 'endpoint'").toArray(),
  );
  expect(rows.map(({ start }) => start)).toEqual(minutesOf(first));
}

const minutesOf = (who: Person): number[] => {
  const mine = counted.filter(({ request_id }) => prefixes.get(request_id.split("-")[0] as string) === who.id);
  const starts = mine.map(({ timestamp }) => Math.floor(timestamp / MINUTE) * MINUTE);
  return [...new Set(starts)].sort((a, b) => a - b);
};

// Only the date: with every timer faked, nothing would ever be delivered.
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  [first, second] = [await sensor(), await sensor()];
  viewer = await person({ role: "viewer", name: "Vera" });
});
afterAll(() => void vi.useRealTimers());

interface WithParts {
  ledger: { partsAfter(purpose: string, cursor: { epoch: string; pos: number }): Promise<unknown[]> };
}

/** What the outbox of an object sends: all after a message. */
async function messageOf(who: Person, after?: OutboxMessage): Promise<OutboxMessage> {
  const { epoch, head, accepted } = await objectOf(who).audit([]);
  const from = after?.to ?? { epoch: "", pos: 0 };
  const parts = await runInDurableObject(objectOf(who), (object) => {
    return (object as unknown as WithParts).ledger.partsAfter("requests", from);
  });
  const events = accepted - (after?.events ?? 0);
  return {
    v: 1,
    object: `RequestIntake/${who.id}/0`,
    purpose: "requests",
    from,
    to: { epoch, pos: head },
    events,
    parts,
  };
}

async function deliver(...bodies: OutboxMessage[]): Promise<void> {
  const messages = bodies.map((body) => {
    return { id: crypto.randomUUID(), attempts: 1, body: structuredClone(body), ack: () => {}, retry: () => {} };
  });
  await consume({ queue: "tidings-events", messages } as unknown as MessageBatch, env);
}

async function historyIsPlain(): Promise<void> {
  const response = await get(viewer, `${REQUESTS}/history?start_date=2015-05-16&end_date=2015-05-19`);
  const { data } = await response.json<History>();
  expect(data.map(({ date }) => date)).toEqual(["2015-05-16", "2015-05-17", "2015-05-18", "2015-05-19"]);
  for (const { date, total_requests, average_latency, bytes, p95_latency, error_rate } of data) {
    const start = Date.parse(date);
    const mine = counted.filter(({ timestamp }) => timestamp >= start && timestamp < start + DAY);
    const none = mine.length === 0;
    expect([date, total_requests, average_latency]).toEqual([date, mine.length, plainFigure(mine, "latency") ?? null]);
    expect([bytes, error_rate]).toEqual([
      plainFigure(mine, "bytes") ?? null,
      none ? null : plainFigure(mine, "error_rate"),
    ]);
    const exact = plainFigure(mine, "p95") ?? 0;
    expect(Math.abs((p95_latency ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.010001);
  }
}

describe("a real log", () => {
  const messages: OutboxMessage[] = [];

  it("is taken line by line, and ranked as a plain count of it", async () => {
    const taken = await upload(first, "log-1", half);
    const read = countIn(first, "log-1", half);
    expect(taken).toMatchObject({ lines: 1_200, accepted: read, duplicates: 0, bad: 1_200 - read, chunks: 2 });
    expect(read).toBeGreaterThan(1_190);
    messages.push(await messageOf(first));
    await equalsThePlainCount();
  }, 30_000);

  it("counts once when it is uploaded again, the same after an eviction", async () => {
    await evict(first);
    const again = await upload(first, "log-1", half);
    expect(again).toMatchObject({ accepted: 0, duplicates: counted.length });
    await equalsThePlainCount();
  }, 30_000);

  it("is the same when its minutes have left memory, and when the object has", async () => {
    await closeMinutes();
    await equalsThePlainCount();
    await evict(first);
    await equalsThePlainCount();
  }, 60_000);

  it("goes on where it was: another source, a log that overlaps, minutes that open again", async () => {
    await upload(second, "log-1", rest);
    countIn(second, "log-1", rest);
    await upload(first, "log-2", lines.slice(600).join("\n"));
    countIn(first, "log-2", lines.slice(600).join("\n"));
    await equalsThePlainCount();
    await closeMinutes();
    await evict(first, second);
    await equalsThePlainCount();
  }, 60_000);

  it("has a history that is exact before D1 has anything, and after every message came twice and in any order", async () => {
    await historyIsPlain();
    messages.push(await messageOf(first, messages[0]), await messageOf(second));
    const [a, b, c] = messages as [OutboxMessage, OutboxMessage, OutboxMessage];
    await deliver(b, c);
    await historyIsPlain();
    await deliver(b, a, c, a);
    await historyIsPlain();
    await deliver(a, c, b);
    await deliver(b, b);
    await historyIsPlain();
    const stored = await env.DB.prepare("SELECT sum(count) AS n FROM request_days").first<{ n: number }>();
    expect(stored?.n).toBe(counted.length);
    // Minutes that closed are points of their endpoints, those of one that closed again beside the former ones.
    const points = "SELECT sum(doubles->>1) FROM points WHERE blobs->>0 = 'request'";
    const isAll = async () => (await env.DB.prepare(points).first<number>("sum(doubles->>1)")) === counted.length;
    await until(isAll, { what: "every request is in a point" });
  });
});
