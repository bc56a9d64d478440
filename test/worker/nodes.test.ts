/* Nodes through the front door: beats, configuration, lists, history. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../../src/worker/app";
import { until } from "../until";
import { alice, bob, del, get, type Person, person, post, problem, send, sensor } from "./people";

let ids = 0;
const fresh = (): string => `web-${++ids}`;
const put = (who: Person | undefined, path: string, body?: unknown) => send(who, "PUT", path, body);
const beatOf = (node: string, who: Person, body?: unknown) => post(who, `/api/v1/nodes/${node}/heartbeats`, body);

interface Beats {
  accepted: number;
  duplicates: number;
  results: { node: string; status: string; active: boolean; created: boolean; duplicate: boolean; ignored: boolean }[];
}
interface Node {
  node: string;
  status: string;
  active: boolean;
  pool: string;
  last_seen: string;
  config: Record<string, unknown>;
  ping?: { ping_url: string; push_url: string; by_name_url: string };
}
const node = async (id: string, who = alice) => (await get(who, `/api/v1/nodes/${id}`)).json<Node>();

describe("a beat", () => {
  it("registers a node that nobody knows, and it is up", async () => {
    const id = fresh();
    const response = await beatOf(id, await sensor());
    expect(response.status).toBe(200);
    const { results } = await response.json<Beats>();
    expect(results).toEqual([
      { node: id, status: "up", active: true, created: true, duplicate: false, ignored: false },
    ]);
    expect(await node(id)).toMatchObject({ status: "up", active: true, config: { interval_s: 10, down_after_s: 60 } });
  });

  it("is heard for many nodes at once, in the order sent", async () => {
    const [a, b] = [fresh(), fresh()];
    const beats = [{ node: a }, { node: b, status: "degraded", pool: "db" }, { node: a, boot_id: "1" }];
    const { accepted, results } = await (await post(await sensor(), "/api/v1/heartbeats", beats)).json<Beats>();
    expect([accepted, results.map((result) => result.node)]).toEqual([3, [a, b, a]]);
    expect(await node(b)).toMatchObject({ pool: "db", health: "warning" });
  });

  it("that says stopping stops it", async () => {
    const id = fresh();
    const who = await sensor();
    await beatOf(id, who);
    await beatOf(id, who, { status: "stopping" });
    expect(await node(id)).toMatchObject({ status: "stopped", active: false });
  });

  it("that is old or doubled changes nothing", async () => {
    const id = fresh();
    const who = await sensor();
    const timestamp = Date.now();
    await beatOf(id, who, { timestamp, status: "stopping" });
    const { results } = await (await beatOf(id, who, { timestamp })).json<Beats>();
    expect(results[0]).toMatchObject({ duplicate: true, status: "stopped" });
    const older = await (await beatOf(id, who, { timestamp: timestamp - 3_600_000 })).json<Beats>();
    expect(older.results[0]).toMatchObject({ ignored: true, status: "stopped" });
  });

  it("is refused by its fields, and to Charlie, who may only look", async () => {
    const who = await sensor();
    const bad = await problem(await post(who, "/api/v1/heartbeats", [{ node: "a b", status: "fine", up: true }]));
    expect(bad.status).toBe(400);
    expect(bad.errors.map((e) => e.pointer)).toEqual(["/0/status", "/0/node", "/0/up"]);
    const ahead = await problem(await beatOf(fresh(), who, { timestamp: Date.now() + 3_600_000 }));
    expect(ahead.errors.map((e) => e.pointer)).toEqual(["/timestamp"]);
    expect((await problem(await beatOf(fresh(), await bob()))).status).toBe(403);
  });

  it("comes only from the nodes that a key is for", async () => {
    const id = fresh();
    const agent = await person({ role: "source", name: "Agent", scope: { nodes: [id] } });
    expect((await beatOf(id, agent)).status).toBe(200);
    expect((await problem(await beatOf(fresh(), agent))).status).toBe(403);
  });

  it("measures and shows only what a key may touch, and no secret of all nodes to one that is for some", async () => {
    const id = fresh();
    await beatOf(id, await sensor());
    const url = `/api/v1/nodes/${id}/metrics`;
    const measure = (...names: string[]) => ({
      timestamp: Date.now(),
      metrics: Object.fromEntries(names.map((name) => [name, 1])),
    });
    const names = ["cpu.*"];
    const agent = await person({ role: "source", name: "Agent", scope: { names } });
    expect((await post(agent, url, measure("cpu.total"))).status).toBe(200);
    const refusal = await problem(await post(agent, url, [measure("cpu.total"), measure("cpu.user", "revenue")]));
    expect([refusal.status, refusal.detail]).toEqual([403, expect.stringContaining("revenue")]);
    await post(alice, url, measure("revenue"));
    const dora = await person({ role: "operator", name: "Dora", scope: { nodes: [id], names } });
    const { metrics } = await (await get(dora, url)).json<{ metrics: { name: string }[] }>();
    expect(metrics.map(({ name }) => name)).toEqual(["cpu.total"]);
    expect((await get(dora, `${url}?name=revenue`)).status).toBe(403);
    const { ping } = await (await get(dora, `/api/v1/nodes/${id}`)).json<Node>();
    expect(Object.keys(ping ?? {}).sort()).toEqual(["ping_url", "push_url"]);
  });
});

describe("a key that registers too many nodes", () => {
  const narrow = { ...env, NEW_NODES_PER_HOUR: "1" };
  const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    app.request(`http://tidings.test${path}`, { method, headers }, narrow, createExecutionContext());

  it("is stopped at every door by which a first beat comes, and its known nodes go on", async () => {
    const { key } = await sensor();
    const authorization = `Bearer ${key}`;
    const beats = (id: string) => ask(`/api/v1/nodes/${id}/heartbeats`, { authorization }, "POST");
    const session = (id: string) => ask(`/api/v1/nodes/${id}/session`, { authorization, upgrade: "websocket" });
    const [one, two] = [fresh(), fresh()];
    expect((await session(one)).status).toBe(101);
    const refused = await session(two);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "3600"]);
    expect((await beats(two)).status).toBe(429);
    expect([(await session(one)).status, (await beats(one)).status]).toEqual([101, 200]);
    expect((await get(alice, `/api/v1/nodes/${two}`)).status).toBe(404);

    const ping = new URL((await node(one)).ping?.by_name_url as string).pathname;
    const created = (id: string) => ask(`${ping.replace(one, id)}?create=1`);
    const [three, four] = [fresh(), fresh()];
    expect((await created(three)).status).toBe(201);
    expect((await created(four)).status).toBe(429);
    expect((await created(three)).status).toBe(200);
  });
});

describe("configuration", () => {
  it("says what is expected, whole, and derives what is left out", async () => {
    const id = fresh();
    const response = await put(alice, `/api/v1/nodes/${id}`, { pool: "web", interval_s: 60 });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: "new",
      config: { pool: "web", interval_s: 60, suspect_after_s: 180, down_after_s: 360 },
    });
  });

  it("is refused by its fields, and to whoever may not configure", async () => {
    const bad = await problem(await put(alice, `/api/v1/nodes/${fresh()}`, { interval_s: 0, cron: "x", color: "red" }));
    expect(bad.errors.map((e) => e.pointer)).toEqual(expect.arrayContaining(["/interval_s", "/color"]));
    expect((await problem(await put(await sensor(), `/api/v1/nodes/${fresh()}`, {}))).status).toBe(403);
  });

  it("ends with the node", async () => {
    const id = fresh();
    await put(alice, `/api/v1/nodes/${id}`, {});
    expect((await del(alice, `/api/v1/nodes/${id}`)).status).toBe(204);
    expect((await problem(await get(alice, `/api/v1/nodes/${id}`))).status).toBe(404);
    expect((await problem(await del(alice, `/api/v1/nodes/${id}`))).status).toBe(404);
  });
});

describe("lists", () => {
  it("have a node within seconds, by status, pool and part of its name", async () => {
    const id = fresh();
    await beatOf(id, await sensor(), { pool: `pool-${id}` });
    const found = async (query: string) =>
      (await (await get(await bob(), `/api/v1/nodes?${query}`)).json<{ nodes: Node[] }>()).nodes.map((n) => n.node);
    await until(async () => (await found(`q=${id.toUpperCase()}`)).includes(id), { what: "listed" });
    expect(await found(`pool=pool-${id}&status=up&active=true`)).toEqual([id]);
    expect(await found(`pool=pool-${id}&status=down`)).toEqual([]);
    const { events } = await (await get(alice, `/api/v1/nodes/${id}/history`)).json<{ events: { event: string }[] }>();
    expect(events.map((event) => event.event)).toContain("registered");
  });
});

describe("addresses for scripts", () => {
  const path = (url: string) => new URL(url).pathname;

  it("are shown to operators only", async () => {
    const id = fresh();
    await beatOf(id, await sensor());
    expect((await node(id)).ping?.ping_url).toMatch(/\/ping\/[0-9a-f-]{36}$/);
    expect((await node(id, await bob())).ping).toBeUndefined();
  });

  it("take what healthchecks clients send", async () => {
    const id = fresh();
    await beatOf(id, await sensor());
    await until(
      async () => (await (await get(alice, `/api/v1/nodes?q=${id}`)).json<{ nodes: Node[] }>()).nodes.length > 0,
      {
        what: "listed",
      },
    );
    const url = path((await node(id)).ping?.ping_url as string);
    const { results } = await env.DB.prepare("SELECT * FROM facts").all();
    expect(JSON.stringify(results)).toContain(id);
    expect(JSON.stringify(results)).not.toContain(url.slice("/ping/".length));
    for (const method of ["GET", "POST", "HEAD"]) {
      const response = await send(undefined, method, url);
      expect([method, response.status, await response.text()]).toEqual([method, 200, method === "HEAD" ? "" : "OK"]);
      expect(response.headers.get("ping-body-limit")).toBe("100000");
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
    }
    expect(await (await send(undefined, "POST", `${url}/fail`, "disk full")).text()).toBe("OK");
    expect(await node(id)).toMatchObject({ status: "down" });
    expect((await get(undefined, `${url}/0`)).status).toBe(200);
    expect(await node(id)).toMatchObject({ status: "up" });
    expect((await get(undefined, `${url}/17`)).status).toBe(200);
    expect(await node(id)).toMatchObject({ status: "down" });
    expect((await get(undefined, `${url}/start?rid=123e4567-e89b-12d3-a456-426614174000`)).status).toBe(200);
    expect((await get(undefined, `${url}/log`)).status).toBe(200);
    expect((await get(undefined, `${url}/256`)).status).toBe(400);
    expect((await get(undefined, `${url}/start?rid=1`)).status).toBe(400);
    expect((await get(undefined, "/ping/123e4567-e89b-12d3-a456-426614174000")).status).toBe(404);
    const endless = new ReadableStream<Uint8Array>();
    const stranger = new Request("http://tidings.test/ping/123e4567-e89b-12d3-a456-426614174000", {
      method: "POST",
      body: endless,
    });
    expect((await app.fetch(stranger, env, createExecutionContext())).status).toBe(404);
  });

  it("work by name, and make a node where they are asked to", async () => {
    const known = fresh();
    await beatOf(known, await sensor());
    const byName = path((await node(known)).ping?.by_name_url as string);
    expect((await get(undefined, byName)).status).toBe(200);
    const other = byName.replace(known, fresh());
    expect((await get(undefined, other)).status).toBe(404);
    expect((await get(undefined, `${other}?create=1`)).status).toBe(201);
    expect((await get(undefined, `${other}/fail`)).status).toBe(200);
    expect((await get(undefined, `/ping/not-the-key/${known}`)).status).toBe(404);
  });

  it("take what push monitors send", async () => {
    const id = fresh();
    await beatOf(id, await sensor());
    await until(
      async () => (await (await get(alice, `/api/v1/nodes?q=${id}`)).json<{ nodes: Node[] }>()).nodes.length > 0,
      {
        what: "listed",
      },
    );
    const url = path((await node(id)).ping?.push_url as string);
    expect(await (await get(undefined, `${url}?status=up&msg=OK&ping=12`)).json()).toEqual({ ok: true });
    expect(await (await get(undefined, `${url}?status=down&msg=broken`)).json()).toEqual({ ok: true });
    expect(await node(id)).toMatchObject({ status: "down" });
    const unknown = await get(undefined, "/api/push/nobody?status=up");
    expect([unknown.status, await unknown.json()]).toEqual([404, { ok: false, msg: expect.any(String) }]);
  });
});
