/* Topic `alerts` at the front door: filters in the address, and streams of people without a key. */
import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../../src/worker/app";
import { Client } from "../durable-objects/hub-world";
import { until } from "../until";
import { alice, type ProblemBody, post } from "./people";

const STREAM = "https://tidings.test/api/v1/stream";
const asAlice = { authorization: `Bearer ${alice.key}` };

async function alert(...locations: string[]): Promise<void> {
  const events = locations.map((location) => ({ location, type: "Missiles", timestamp: Date.now(), duration: 10 }));
  expect((await post(alice, "/api/v1/alerts", events)).status).toBe(200);
}

async function openSocket(query: string): Promise<Client> {
  const { webSocket } = await exports.default.fetch(`${STREAM}${query}`, {
    headers: { Upgrade: "websocket", ...asAlice },
  });
  if (webSocket === null) throw new Error("refused");
  return new Client(webSocket);
}

/** Everything that arrives as server-sent events until a text comes, and then the client hangs up. */
async function eventsUntil(text: string, query: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await exports.default.fetch(`${STREAM}${query}`, {
    headers: { Accept: "text/event-stream", ...asAlice, ...headers },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let all = "";
  const read = async () => {
    all += (await reader?.read())?.value ?? "";
    return all.includes(text);
  };
  await until(read, { what: text, everyMs: 0 });
  await reader?.cancel();
  return all;
}

const lastId = (events: string) => [...events.matchAll(/^id: (\S+)$/gm)].at(-1)?.[1] ?? "";

describe("A filter in the address of a stream", () => {
  it("holds for a socket, in whatever script", async () => {
    const places = "locations=%D7%AA%D7%9C%20%D7%90%D7%91%D7%99%D7%91*,jaffa";
    const client = await openSocket(`?topics=alerts&${places}&severities=extreme,unknown`);
    await client.get({ type: "snapshot", topic: "alerts" });
    await alert("Haifa", "תל אביב - דרום", "Jaffa");
    const heard = () => client.messages.filter(({ type }) => type === "open").map(({ data }) => data);
    await until(() => heard().length === 2, { what: "two alerts" });
    expect(heard().map((data) => (data as { location: string }).location)).toEqual(
      expect.arrayContaining(["תל אביב - דרום", "Jaffa"]),
    );
  });

  it("may name places with commas, as a JSON list", async () => {
    const client = await openSocket(`?topics=alerts&locations=${encodeURIComponent('["Washington, DC"]')}`);
    await client.get({ type: "snapshot", topic: "alerts" });
    await alert("DC", "washington,  dc");
    await until(() => client.messages.some(({ type }) => type === "open"), { what: "the alert" });
    const heard = client.messages.filter(({ type }) => type === "open").map(({ data }) => data);
    expect(heard).toMatchObject([{ location: "washington,  dc" }]);
  });

  it("holds for server-sent events, and for those that resume", async () => {
    const query = "?topics=alerts&locations=Acre";
    const before = eventsUntil('"seq"', query);
    await alert("Eilat", "Acre");
    const id = lastId(await before);
    await alert("Eilat", "Acre");
    const events = await eventsUntil('"type":"open"', query, { "Last-Event-ID": id });
    expect(events).toContain("Acre");
    expect(events).not.toContain("Eilat");
  });

  it.each([
    ["topics=symbols&locations=Acre", "topics"],
    ["topics=alerts&severities=terrible", "severities"],
    [`topics=alerts&locations=${"x".repeat(129)}`, "locations"],
    ["topics=alerts&locations=[Acre", "locations"],
    [`topics=alerts&locations=${Array.from({ length: 90 }, (_, i) => `${"x".repeat(100)}${i}`)}`, "topics"],
  ])("is refused by name: %s", async (query, pointer) => {
    const response = await exports.default.fetch(`${STREAM}?${query}`, {
      headers: { Upgrade: "websocket", ...asAlice },
    });
    expect(response.status).toBe(400);
    expect((await response.json<ProblemBody>()).errors[0]?.pointer).toBe(pointer);
  });
});

describe("People without a key", () => {
  const settings = { ...env, PUBLIC_TOPICS: "alerts", PUBLIC_SOCKETS_PER_MINUTE: "2" };
  const open = (query: string, address: string, headers: Record<string, string> = {}) =>
    app.request(
      `${STREAM}${query}`,
      { headers: { Upgrade: "websocket", "cf-connecting-ip": address, ...headers } },
      settings,
      createExecutionContext(),
    );

  it("open so many new streams per minute and address, and are told when to come again", async () => {
    for (let i = 0; i < 2; i++) expect((await open("", "192.0.2.1")).status).toBe(101);
    const refused = await open("", "192.0.2.1");
    expect([refused.status, await refused.json()]).toMatchObject([429, { type: "/docs#problem-too_many_requests" }]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await open("", "192.0.2.2")).status).toBe(101);
    expect((await open("", "192.0.2.1", asAlice)).status).toBe(101);
  });

  it("come back to a stream whenever they like", async () => {
    for (let i = 0; i < 2; i++) await open("", "192.0.2.3");
    const resumes = [
      open("?stream=64c8fbbe-17b0", "192.0.2.3"),
      open("?topics=alerts&after=0mwqb5j3euhl72t:41", "192.0.2.3"),
      open("?topics=alerts", "192.0.2.3", { "Last-Event-ID": "W251bGxd" }),
    ];
    expect((await Promise.all(resumes)).map(({ status }) => status)).toEqual([101, 101, 101]);
  });
});
