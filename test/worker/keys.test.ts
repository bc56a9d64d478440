/* Keys, roles and stream tickets. */
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppContext, AppEnv } from "../../src/worker/context";
import { principalOfStream } from "../../src/worker/middleware/stream-principal";
import { onError } from "../../src/worker/on-error";
import { CRONS, runSchedule } from "../../src/worker/schedule";
import { alice, bob, del, get, type Person, person, post, problem, sensor } from "./people";

const KEYS = "/api/v1/keys";

describe("keys", () => {
  it("are shown once, stored as a hash, listed without it", async () => {
    const made = await post(alice, KEYS, { role: "viewer", name: "Bob", scope: { symbols: ["a*"] } });
    expect(made.status).toBe(201);
    const { id, key, ...rest } = await made.json<Person & Record<string, unknown>>();
    expect(rest).toEqual({ role: "viewer", name: "Bob", scope: { symbols: ["A*"] } });
    const stored = await env.DB.prepare("SELECT * FROM keys WHERE id = ?").bind(id).first();
    expect(JSON.stringify(stored)).not.toContain(key.slice(4, 40));
    const listed = await (await get(alice, KEYS)).text();
    expect(listed).toContain(id);
    expect(listed).not.toContain(key);
    expect(listed).not.toContain("hash");
  });

  it("page by cursor, in the order they were made", async () => {
    const made = [await bob(), await bob(), await bob()].map((p) => p.id);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const path: string = `${KEYS}?limit=2${cursor && `&cursor=${cursor}`}`;
      const page = await (await get(alice, path)).json<{ keys: { id: string }[]; next_cursor: string | null }>();
      seen.push(...page.keys.map((k) => k.id));
      cursor = page.next_cursor;
    }
    expect(seen.filter((id) => made.includes(id)).sort()).toEqual(made.toSorted());
  });

  it("end at once where they are deleted", async () => {
    const him = await bob();
    expect((await get(him, "/api/v1/prices")).status).toBe(200);
    expect((await del(alice, `${KEYS}/${him.id}`)).status).toBe(204);
    expect((await problem(await get(him, "/api/v1/prices"))).status).toBe(401);
    expect((await problem(await del(alice, `${KEYS}/${him.id}`))).status).toBe(404);
  });

  it("are made by nobody whose own key is limited: a key without limits would be theirs", async () => {
    const limited = await person({ role: "admin", name: "Charlie", scope: { symbols: ["C*"] } });
    const refusal = await problem(await post(limited, KEYS, { role: "admin", name: "Charlie" }));
    expect([refusal.status, refusal.detail]).toEqual([403, expect.stringContaining("A key with a scope")]);
    expect((await get(limited, "/api/v1/archive")).status).toBe(403);
  });

  it("are made once under one Idempotency-Key", async () => {
    const headers = { "idempotency-key": "bob" };
    const first = await (await post(alice, KEYS, { role: "viewer", name: "Bob" }, headers)).json<Person>();
    const second = await post(alice, KEYS, { role: "viewer", name: "Bob" }, headers);
    expect(second.status).toBe(200);
    expect(await second.json()).toEqual({ id: first.id, role: "viewer", name: "Bob", scope: null });
  });

  it("are refused where another key was made under the same Idempotency-Key", async () => {
    const headers = { "idempotency-key": `other-${crypto.randomUUID()}` };
    await post(alice, "/api/v1/keys", { role: "viewer", name: "One" }, headers);
    const { status } = await problem(await post(alice, "/api/v1/keys", { role: "admin", name: "One" }, headers));
    expect(status).toBe(422);
  });

  it("refuse bad input by its fields", async () => {
    const pointers = async (body: unknown) =>
      (await problem(await post(alice, KEYS, body))).errors.map((e) => e.pointer);
    expect(await pointers({ role: "king", name: "", extra: 1 })).toEqual(["/role", "/name", "/extra"]);
    expect(await pointers({ role: "viewer", name: "B", scope: { symbols: ["A*B"], rooms: [] } })).toEqual([
      "/scope/symbols/0",
      "/scope/rooms",
    ]);
    expect(await pointers("[")).toEqual([""]);
  });

  it("are made, listed and ended by admins only", async () => {
    for (const role of ["operator", "analyst", "viewer", "source"]) {
      const charlie = await person({ role, name: "Charlie" });
      expect((await problem(await post(charlie, KEYS, { role: "admin", name: "x" }))).status).toBe(403);
      expect((await problem(await get(charlie, KEYS))).status).toBe(403);
      expect((await problem(await del(charlie, `${KEYS}/${charlie.id}`))).status).toBe(403);
    }
  });

  it("are refused when unknown, mistyped, empty or absurdly long", async () => {
    const him = await bob();
    const last = him.key.at(-1) === "a" ? "b" : "a";
    for (const key of ["nobody", `${him.key.slice(0, -1)}${last}`, "", "x".repeat(5_000)]) {
      const refused = await get({ key, id: "" }, "/api/v1/prices");
      expect(refused.headers.get("www-authenticate")).toBe("Bearer");
      expect((await problem(refused)).status).toBe(401);
    }
  });
});

describe("tickets", () => {
  const door = new Hono<AppEnv>();
  door.get("/", async (c) => c.json(await principalOfStream(c as AppContext)));
  door.onError(onError);

  const open = (query: string, headers: Record<string, string> = {}, on: Env = env) =>
    door.request(`/${query}`, { headers }, on);
  const ticketOf = async (who: Person) => {
    const response = await post(who, "/api/v1/tickets");
    expect(response.status).toBe(201);
    return response.json<{ ticket: string; expires_at: string }>();
  };
  const age = (ms: number) => env.DB.prepare("UPDATE tickets SET created_at = created_at - ?").bind(ms).run();

  it("open one stream, then only that stream again", async () => {
    const him = await bob();
    const { ticket, expires_at } = await ticketOf(him);
    expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(60_000);
    const first = await (await open(`?ticket=${ticket}`)).json<{ principal: { id: string }; stream: string }>();
    expect(first.principal.id).toBe(him.id);
    expect((await open(`?ticket=${ticket}`)).status).toBe(401);
    expect((await open(`?ticket=${ticket}&stream=another-one`)).status).toBe(401);
    const again = await (await open(`?ticket=${ticket}&stream=${first.stream}`)).json<{ stream: string }>();
    expect(again.stream).toBe(first.stream);
  });

  it("are the same under one Idempotency-Key, and another for anybody else", async () => {
    const headers = { "idempotency-key": "tab-1" };
    const ticketOf = async (who: Person) =>
      (await (await post(who, "/api/v1/tickets", undefined, headers)).json<{ ticket: string }>()).ticket;
    const viewer = await bob();
    const ticket = await ticketOf(alice);
    expect(await ticketOf(alice)).toBe(ticket);
    expect(await ticketOf(viewer)).not.toBe(ticket);
  });

  it("do not live longer for being asked for again", async () => {
    const ask = async () => {
      const response = await post(alice, "/api/v1/tickets", undefined, { "idempotency-key": "tab-2" });
      return response.json<{ ticket: string; expires_at: string }>();
    };
    const first = await ask();
    await age(30_000);
    const again = await ask();
    expect(again.ticket).toBe(first.ticket);
    expect(Date.parse(again.expires_at)).toBe(Date.parse(first.expires_at) - 30_000);
  });

  it("open one stream of two who come at once", async () => {
    const { ticket } = await ticketOf(await bob());
    const answers = await Promise.all([1, 2, 3, 4].map(() => open(`?ticket=${ticket}`)));
    expect(answers.map((r) => r.status).sort()).toEqual([200, 401, 401, 401]);
  });

  it("may carry a stream of the client's own choice", async () => {
    const { ticket } = await ticketOf(await bob());
    for (const _ of [1, 2]) expect((await open(`?ticket=${ticket}&stream=my-own-stream`)).status).toBe(200);
    expect((await open(`?ticket=${ticket}&stream=x`)).status).toBe(400);
  });

  it("expire after 60 s unused and after 24 h used", async () => {
    const [unused, used] = [await ticketOf(await bob()), await ticketOf(await bob())];
    expect((await open(`?ticket=${used.ticket}&stream=used-stream`)).status).toBe(200);
    await age(61_000);
    expect((await open(`?ticket=${unused.ticket}`)).status).toBe(401);
    expect((await open(`?ticket=${used.ticket}&stream=used-stream`)).status).toBe(200);
    await age(24 * 3_600_000);
    expect((await open(`?ticket=${used.ticket}&stream=used-stream`)).status).toBe(401);
  });

  it("are forgotten when nobody can use them any more, however many they are", async () => {
    await ticketOf(alice);
    const many = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4500)
      INSERT INTO tickets (hash, key_id, created_at) SELECT 'old-' || i, 'admin', 0 FROM n`;
    await env.DB.prepare(many).run();
    const controller = createScheduledController({ cron: CRONS.sweep as string, scheduledTime: Date.now() });
    await runSchedule(controller, env);
    const left = env.DB.prepare("SELECT count(*) AS n FROM tickets WHERE created_at = 0").first("n");
    const fresh = env.DB.prepare("SELECT count(*) AS n FROM tickets WHERE created_at > 0").first<number>("n");
    expect([await left, ((await fresh) ?? 0) > 0]).toEqual([0, true]);
  });

  it("die with their key, the environment's too", async () => {
    const him = await bob();
    const { ticket } = await ticketOf(him);
    const admins = await ticketOf(alice);
    await del(alice, `/api/v1/keys/${him.id}`);
    expect((await open(`?ticket=${ticket}`)).status).toBe(401);
    expect((await open(`?ticket=${admins.ticket}`, {}, { ...env, ADMIN_KEY: "another" })).status).toBe(401);
  });

  it("are refused to Charlie: a source hears nothing", async () => {
    const charlie = await sensor();
    expect((await problem(await post(charlie, "/api/v1/tickets"))).status).toBe(403);
    expect((await open("", { authorization: `Bearer ${charlie.key}` })).status).toBe(403);
    expect((await open("?ticket=guess")).status).toBe(401);
    expect((await open("", {}, { ...env, PUBLIC_TOPICS: "" })).status).toBe(401);
  });

  it("are not needed where a key is sent, nor for public topics", async () => {
    const him = await bob();
    const answer = await (await open("", { authorization: `Bearer ${him.key}` })).json<{ principal: { id: string } }>();
    expect(answer.principal.id).toBe(him.id);
    const anyone = await open("", {}, { ...env, PUBLIC_TOPICS: "prices/AAPL" });
    expect(await anyone.json()).toMatchObject({ principal: { id: "anyone", role: null } });
  });
});
