/* Requests over time through the front door: live, and the same when minutes have left memory. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { RequestTimeline } from "../../src/domain/requests/answers";
import { bob, get, type Person, post, problem, sensor } from "./people";

const REQUESTS = "/api/v1/requests";
const MINUTE = 60_000;
const START = Date.parse("2026-03-01T10:00:00Z");
const KEY = `key=${encodeURIComponent("GET /orders/:id")}`;

let source: Person;
let viewer: Person;
const timeline = async (query: string): Promise<RequestTimeline> => {
  const response = await get(viewer, `${REQUESTS}/timeline?${query}`);
  if (response.status !== 200) throw new Error(await response.text());
  return response.json();
};
const span = (minutes: number) =>
  `start_time=${new Date(START).toISOString()}&end_time=${new Date(START + minutes * MINUTE).toISOString()}`;

// Only the date: with every timer faked, nothing would ever be delivered.
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  source = await sensor();
  viewer = await bob();
  const at = (minute: number, more: Record<string, unknown> = {}) => ({
    ...{ request_id: `r-${JSON.stringify([minute, more])}`, timestamp: START + minute * MINUTE },
    ...{ endpoint: "/orders/17", method: "GET", status_code: 200, ...more },
  });
  await post(source, REQUESTS, [
    ...[at(0, { latency_ms: 10 }), at(0, { latency_ms: 30, status_code: 503, user_id: "u1" })],
    ...[at(2, { user_id: "u1" }), at(2, { endpoint: "/health" }), at(90, { latency_ms: 5 })],
  ]);
});
afterAll(() => void vi.useRealTimers());

const points = ({ data }: RequestTimeline) =>
  data.map(({ start, total_requests, average_latency, error_rate }) => [
    ...[(Date.parse(start) - START) / MINUTE, total_requests, average_latency, error_rate],
  ]);

async function isRight(): Promise<void> {
  const own = await timeline(`${span(10)}&${KEY}`);
  expect(own).toMatchObject({ status: "success", resolution: "minute", approximate: false });
  const minutes = [
    [0, 2, 20, 0.5],
    [2, 1, null, 0],
  ];
  expect(points(own)).toEqual(minutes);
  expect(own.total).toMatchObject({ total_requests: 3, average_latency: 20, max_latency: 30, error_rate: 1 / 3 });
  expect(points(await timeline(span(10)))[1]).toEqual([2, 2, null, 0]);
  expect(points(await timeline(`${span(10)}&dimension=user_id&key=u1`))).toEqual([
    [0, 1, 30, 1],
    [2, 1, null, 0],
  ]);
  expect(points(await timeline(`${span(10)}&status_code=503`))).toEqual([[0, 1, 30, 1]]);
  expect(points(await timeline(`${span(120)}&resolution=hour`))).toEqual([
    [0, 4, 20, 0.25],
    [60, 1, 5, 0],
  ]);
  const day = await timeline(`${span(120)}&resolution=day`);
  expect([day.window.start, day.total.total_requests]).toEqual(["2026-03-01T00:00:00.000Z", 5]);
}

describe("requests over time", () => {
  it("are exact while their minutes are open, when they have left memory, and when the object has", async () => {
    await isRight();
    vi.setSystemTime(Date.now() + MINUTE);
    const intake = env.REQUEST_INTAKE.getByName(`${source.id}/0`);
    await runDurableObjectAlarm(intake);
    await isRight();
    await evictDurableObject(intake);
    await isRight();
  });

  it("say what no request says, and that there are none", async () => {
    const silent = `start_time=${new Date(START + 2 * MINUTE).toISOString()}&end_time=${new Date(START + 3 * MINUTE).toISOString()}`;
    expect(await timeline(silent)).toMatchObject({ absent: "latency_ms", total: { p95_latency: null } });
    const none = await timeline("window=1h&key=nobody%20/knows");
    expect(none).toMatchObject({ data: [], total: { total_requests: 0, error_rate: null } });
    expect(none.absent).toBeUndefined();
  });

  it.each([
    ["window=1h&start_time=2026-01-01T00:00:00Z", "window"],
    ["window=2h", "window"],
    ["start_time=2026-01-02T00:00:00Z&end_time=2026-01-01T00:00:00Z", "start_time"],
    ["resolution=minute&start_time=2026-01-01T00:00:00Z&end_time=2026-03-01T00:00:00Z", "resolution"],
  ])("refuse %s by name", async (query, pointer) => {
    const refused = await problem(await get(viewer, `${REQUESTS}/timeline?${query}`));
    expect([refused.status, refused.errors.map((error) => error.pointer)]).toEqual([400, [pointer]]);
  });

  it("are not for sources", async () => {
    expect((await get(source, `${REQUESTS}/timeline`)).status).toBe(403);
  });
});
