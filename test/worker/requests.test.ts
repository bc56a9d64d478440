/* Request logs through the front door: posted, ranked, aggregated, read back, refused. */
import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { KeptRequests, TopK, UploadedLog } from "../../src/domain/requests/answers";
import { consume } from "../../src/queues/consume";
import { until } from "../until";
import { alice, bob, get, type Person, person, post, problem, sensor } from "./people";

const REQUESTS = "/api/v1/requests";
const MINUTE = 60_000;
let serial = 0;
const requestOf = (more: Record<string, unknown> = {}) => ({
  request_id: `r-${++serial}`,
  timestamp: Date.now() - MINUTE,
  endpoint: "/orders/17?full=1",
  method: "GET",
  status_code: 200,
  ...more,
});

let source: Person;
let viewer: Person;
beforeAll(async () => {
  source = await sensor();
  viewer = await bob();
});

const top = async (query: string): Promise<TopK> => {
  const response = await get(viewer, `${REQUESTS}/top-k?${query}`);
  if (response.status !== 200) throw new Error(await response.text());
  return response.json();
};
const list = async (query: string): Promise<KeptRequests> => (await get(viewer, `${REQUESTS}?${query}`)).json();
const values = ({ data }: TopK) => data.map(({ request_id, metric_value }) => [request_id, metric_value]);
/** A path that no other test uses. */
const fresh = () => `/only-here-${++serial}x/things`;

describe("a posted request", () => {
  it("is in the ranking when it is acknowledged, in the exact shape", async () => {
    const endpoint = fresh();
    const timestamp = Date.now() - 5_000;
    const more = { endpoint: `${endpoint}/7?a=b`, timestamp, latency_ms: 12.5, bytes: 100 };
    const response = await post(source, REQUESTS, requestOf({ ...more, request_id: "shape-1" }));
    expect([response.status, await response.json()]).toEqual([
      200,
      { accepted: 1, duplicates: 0, results: [{ request_id: "shape-1", status: "accepted", duplicate: false }] },
    ]);
    const answer = await top("k=100&metric=frequency");
    expect(answer).toMatchObject({ status: "success", approximate: false, metric: "frequency", dimension: "endpoint" });
    expect(Date.parse(answer.window.start)).toBeLessThanOrEqual(Date.now() - 60 * MINUTE);
    const row = answer.data.find(({ endpoint: path }) => path === `${endpoint}/:id`);
    const key = `GET ${endpoint}/:id`;
    expect(row).toEqual({
      ...{ request_id: key, metric_value: 1, rank: expect.any(Number), lower: 1, upper: 1, count: 1 },
      ...{ endpoint: `${endpoint}/:id`, method: "GET" },
    });
    const latencies = await top("k=100&metric=latency&window=5m");
    expect(latencies.data.find(({ request_id }) => request_id === key)?.metric_value).toBe(12.5);
  });

  it("counts once under one id, and is a conflict with other content", async () => {
    const one = requestOf({ endpoint: fresh() });
    await post(source, REQUESTS, one);
    expect(await (await post(source, REQUESTS, [one])).json()).toMatchObject({ accepted: 0, duplicates: 1 });
    const refused = await problem(await post(source, REQUESTS, [requestOf(), { ...one, status_code: 500 }]));
    expect([refused.status, refused.errors.map(({ pointer }) => pointer)]).toEqual([422, ["/0", "/1"]]);
    // Another source has ids of its own.
    expect(await (await post(alice, REQUESTS, one)).json()).toMatchObject({ accepted: 1 });
    const { data } = await top("k=100&metric=frequency");
    expect(data.find(({ endpoint }) => endpoint === one.endpoint)?.metric_value).toBe(2);
  });

  it("counts once under one Idempotency-Key", async () => {
    const body = [requestOf(), requestOf()];
    const headers = { "idempotency-key": "requests-1" };
    expect(await (await post(source, REQUESTS, body, headers)).json()).toMatchObject({ accepted: 2 });
    expect(await (await post(source, REQUESTS, body, headers)).json()).toMatchObject({ accepted: 0, duplicates: 2 });
    expect((await post(source, REQUESTS, [requestOf()], headers)).status).toBe(422);
  });

  it("may come as lines of JSON", async () => {
    const lines = [requestOf(), requestOf()].map((one) => JSON.stringify(one)).join("\n");
    const headers = { "content-type": "application/x-ndjson" };
    expect(await (await post(source, REQUESTS, `${lines}\n`, headers)).json()).toMatchObject({ accepted: 2 });
    const refused = await problem(await post(source, REQUESTS, `${lines}\n{`, headers));
    expect(refused.errors[0]?.pointer).toBe("/2");
  });

  it.each([
    ["without an id", { request_id: undefined }, "/request_id"],
    ["without a time", { timestamp: undefined }, "/timestamp"],
    ["from the future", { timestamp: Date.now() + 10 * MINUTE }, "/timestamp"],
    ["with a status that is none", { status_code: 99 }, "/status_code"],
    ["with a negative latency", { latency_ms: -1 }, "/latency_ms"],
    ["with half a byte", { bytes: 0.5 }, "/bytes"],
    ["with a field nobody knows", { latency: 5 }, "/latency"],
    ["with a method that is none", { method: "GET /" }, "/method"],
  ])("is refused %s, by the field's name", async (_, more, pointer) => {
    const refused = await problem(await post(source, REQUESTS, requestOf(more)));
    expect([refused.status, refused.errors.map((error) => error.pointer)]).toEqual([400, [pointer]]);
  });
});

describe("a ranking", () => {
  it.each([
    ["metric=frequency", "k"],
    ["k=0&metric=frequency", "k"],
    ["k=101&metric=frequency", "k"],
    ["k=5", "metric"],
    ["k=5&metric=speed", "metric"],
    ["k=5&metric=max&dimension=colour", "dimension"],
    ["k=5&metric=max&window=2m", "window"],
    ["k=5&metric=max&window=1h&start_time=2026-01-01T00:00:00Z", "window"],
    ["k=5&metric=max&start_time=2026-01-02T00:00:00Z&end_time=2026-01-01T00:00:00Z", "start_time"],
    ["k=5&metric=max&start_time=2020-01-02T00:00:00Z", "start_time"],
    ["k=5&metric=max&start_time=noon", "start_time"],
    ["k=5&metric=max&status_code=abc", "status_code"],
  ])("of %s is refused by the parameter's name", async (query, pointer) => {
    const refused = await problem(await get(viewer, `${REQUESTS}/top-k?${query}`));
    expect([refused.status, refused.errors.map((error) => error.pointer)]).toEqual([400, [pointer]]);
  });

  it("says which metrics there are", async () => {
    const refused = await problem(await get(viewer, `${REQUESTS}/top-k?k=5&metric=speed`));
    expect(refused.errors[0]?.detail).toContain("frequency, response_time, latency, error_rate");
  });

  it("merges sources, filters, and says what is absent", async () => {
    const endpoint = fresh();
    const timestamp = Date.parse("2026-02-01T10:00:30Z");
    const of = (more: object) => requestOf({ endpoint, timestamp, ...more });
    await post(source, REQUESTS, [of({ status_code: 503, user_id: "u1" }), of({ method: "POST" })]);
    await post(alice, REQUESTS, [of({ status_code: 404, user_id: "u1" }), of({ user_id: "u2" })]);
    const span = "start_time=2026-02-01T10:00:00Z&end_time=2026-02-01T10:01:00Z";
    expect(values(await top(`k=5&metric=frequency&${span}`))).toEqual([
      [`GET ${endpoint}`, 3],
      [`POST ${endpoint}`, 1],
    ]);
    expect(values(await top(`k=1&metric=error_rate&${span}`))).toEqual([[`GET ${endpoint}`, 1 / 3]]);
    expect(values(await top(`k=1&metric=error_rate&errors_from=400&${span}`))).toEqual([[`GET ${endpoint}`, 2 / 3]]);
    expect(values(await top(`k=5&metric=frequency&dimension=user_id&${span}`))).toEqual([
      ["u1", 2],
      ["u2", 1],
    ]);
    expect(values(await top(`k=5&metric=frequency&dimension=status_code&method=GET&${span}`))).toEqual([
      ["200", 1],
      ["404", 1],
      ["503", 1],
    ]);
    expect(values(await top(`k=5&metric=frequency&dimension=user_id&status_code=404&${span}`))).toEqual([["u1", 1]]);
    const latency = await top(`k=5&metric=latency&${span}`);
    expect([latency.data, latency.absent]).toEqual([[], "latency_ms"]);
  });
});

describe("an aggregation", () => {
  const asked = {
    ...{ start_time: "2026-03-01T00:00:00Z", end_time: "2026-03-01T23:59:59Z" },
    metrics: ["frequency", "latency", "bytes"],
  };

  it("is submitted, worked by the queue, and shown", async () => {
    const timestamp = Date.parse("2026-03-01T12:00:00Z");
    await post(
      source,
      REQUESTS,
      [10, 20, 60].map((latency_ms) => requestOf({ timestamp, latency_ms })),
    );
    const response = await post(viewer, `${REQUESTS}/aggregate`, asked, { "idempotency-key": "aggregate-1" });
    const submitted = await response.json<{ aggregation_id: string }>();
    expect([response.status, submitted]).toEqual([
      202,
      { status: "success", message: "Aggregation request submitted.", aggregation_id: submitted.aggregation_id },
    ]);
    const body = { v: 1, aggregation_id: submitted.aggregation_id };
    const message = () => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body });
    // Twice, and beside what nobody can read.
    const messages = [message(), { ...message(), body: "nonsense" }, message()];
    await consume(createMessageBatch<unknown>("tidings-aggregations", messages), env);
    const { data } = await (await get(viewer, `${REQUESTS}/aggregate/${submitted.aggregation_id}`)).json<{
      data: object;
    }>();
    expect(data).toMatchObject({
      ...{ state: "done", total_requests: 3, start_time: "2026-03-01T00:00:00.000Z" },
      metrics: [
        { metric_name: "frequency", metric_value: 3 },
        { metric_name: "latency", metric_value: 30 },
        { metric_name: "bytes", metric_value: null },
      ],
    });
    const again = await post(viewer, `${REQUESTS}/aggregate`, asked, { "idempotency-key": "aggregate-1" });
    expect(await again.json()).toMatchObject({ aggregation_id: submitted.aggregation_id });
    const other = { ...asked, metrics: ["max"] };
    expect((await post(viewer, `${REQUESTS}/aggregate`, other, { "idempotency-key": "aggregate-1" })).status).toBe(422);
  });

  it("is worked by the server's own queue", async () => {
    const { aggregation_id: id } = await (await post(viewer, `${REQUESTS}/aggregate`, asked)).json<{
      aggregation_id: string;
    }>();
    const isDone = async () => {
      const { data } = await (await get(viewer, `${REQUESTS}/aggregate/${id}`)).json<{ data: { state: string } }>();
      return data.state === "done";
    };
    await until(isDone, { what: "the aggregation is worked" });
  });

  it.each([
    [{ ...asked, end_time: asked.start_time }, "/end_time"],
    [{ ...asked, start_time: "2020-01-01T00:00:00Z" }, "/end_time"],
    [{ ...asked, metrics: ["speed"] }, "/metrics/0"],
    [{ ...asked, metrics: [] }, "/metrics"],
    [{ ...asked, more: 1 }, "/more"],
  ])("of %j is refused by the field's name", async (body, pointer) => {
    const refused = await problem(await post(viewer, `${REQUESTS}/aggregate`, body));
    expect([refused.status, refused.errors.map((error) => error.pointer)]).toEqual([400, [pointer]]);
  });

  it("that nobody asked for is not found", async () => {
    expect((await problem(await get(viewer, `${REQUESTS}/aggregate/none`))).status).toBe(404);
  });
});

describe("single requests", () => {
  it("are read back as they were posted, newest first, page by page", async () => {
    const endpoint = `${fresh()}?q=1`;
    const ids = Array.from({ length: 7 }, (_, i) => `page-${serial}-${i}`);
    for (const [i, request_id] of ids.entries()) {
      const who = i % 2 === 0 ? source : alice;
      await post(who, REQUESTS, requestOf({ request_id, endpoint, user_id: i < 6 ? "ann" : "ben", bytes: i }));
    }
    const query = `endpoint=${encodeURIComponent(endpoint)}&user_id=ann&limit=2`;
    const seen: string[] = [];
    for (let cursor = ""; ; ) {
      const page = await list(`${query}${cursor}`);
      const isLast = page.next_cursor === null;
      expect([page.status, page.looked.complete, page.looked.back_to === null]).toEqual(["success", isLast, isLast]);
      seen.push(...page.data.map(({ request_id }) => request_id));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
    expect(seen).toEqual(ids.slice(0, 6).toReversed());
    expect((await list(`user_id=ann&from=${Date.now()}`)).data).toEqual([]);
    expect((await list(`status_code=500&endpoint=${encodeURIComponent(endpoint)}`)).data).toEqual([]);
  });

  it("are found by their id, or not, with how far was looked", async () => {
    const one = requestOf({ latency_ms: 3, user_id: "ann" });
    await post(source, REQUESTS, one);
    const found = await (await get(viewer, `${REQUESTS}/${one.request_id}`)).json<{ data: object }>();
    expect(found).toMatchObject({
      status: "success",
      data: { ...one, bytes: null, source: source.id, timestamp: expect.any(String) },
    });
    const missing = await problem(await get(viewer, `${REQUESTS}/nowhere`));
    expect(missing).toMatchObject({ status: 404, looked: { complete: true } });
    for (const [query, pointer] of [
      ["cursor=x", "cursor"],
      ["from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to"],
    ]) {
      expect((await problem(await get(viewer, `${REQUESTS}?${query}`))).errors[0]?.pointer).toBe(pointer);
    }
  });

  it("are found by their own method, and by the one that a ranking counts them under", async () => {
    const endpoint = fresh();
    await post(source, REQUESTS, requestOf({ endpoint, method: "M-SEARCH" }));
    for (const [method, count] of [
      ["m-search", 1],
      ["OTHER", 1],
      ["GET", 0],
      ["BREW", 0],
    ] as const) {
      expect((await list(`endpoint=${endpoint}&method=${method}`)).data.length).toBe(count);
    }
  });
});

describe("who may", () => {
  it("post is a source, and read is a viewer", async () => {
    expect((await post(viewer, REQUESTS, requestOf())).status).toBe(403);
    expect((await post(viewer, `${REQUESTS}/log`, "x")).status).toBe(403);
    for (const path of ["/top-k?k=1&metric=max", "", "/x", "/history?start_date=2026-01-01&end_date=2026-01-01"]) {
      expect((await get(source, `${REQUESTS}${path}`)).status).toBe(403);
      expect((await get(undefined, `${REQUESTS}${path}`)).status).toBe(401);
    }
    const analyst = await person({ role: "analyst", name: "Ana" });
    expect((await get(analyst, `${REQUESTS}/top-k?k=1&metric=max`)).status).toBe(200);
    const { accepted } = await (
      await post(source, `${REQUESTS}/log`, '1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5')
    ).json<UploadedLog>();
    expect(accepted).toBe(1);
  });
});
