/* D1 does not answer: alerts are taken in and told all the same. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { app } from "../../src/worker/app";
import { Client } from "../durable-objects/hub-world";
import { ALERTS, alertAt, freshPlace, posted } from "./alert-people";
import { alice, bob, del, type Person, problem, sensor } from "./people";

const MINUTE = 60_000;

/** An isolate of its own: what it has read of D1 stays with it when D1 goes away. */
function isolate() {
  const on = { ...env };
  const unavailable = vi.fn(() => {
    throw new Error("D1_ERROR: Network connection lost.");
  });
  return {
    /** How often D1 was asked since it was lost. */
    asked: () => unavailable.mock.calls.length,
    post: (who: Person, body: unknown) =>
      app.request(
        ALERTS,
        { method: "POST", body: JSON.stringify(body), headers: { authorization: `Bearer ${who.key}` } },
        on,
      ) as Promise<Response>,
    listen: () => app.request("/api/v1/stream?topics=alerts", { headers: { Upgrade: "websocket" } }, on),
    loseD1: () => Object.assign(on, { DB: { prepare: unavailable, batch: unavailable } as unknown as D1Database }),
  };
}

let skew = 0;
const later = (ms: number) => {
  skew += ms;
};
beforeEach(() => {
  skew = 0;
  const clock = Date.now.bind(Date);
  vi.spyOn(Date, "now").mockImplementation(() => clock() + skew);
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => void vi.restoreAllMocks());

describe("without D1", () => {
  it("a source that was heard within the hour posts on", async () => {
    const [source, place, on] = [await sensor(), freshPlace(), isolate()];
    await posted(await on.post(source, alertAt(place)));
    on.loseD1();
    later(40 * MINUTE);
    await posted(await on.post(source, alertAt(place)));
    later(30 * MINUTE);
    expect((await problem(await on.post(source, alertAt(place)))).status).toBe(503);
  });

  it("D1 is asked for a known key every five seconds and no more", async () => {
    const [source, place, on] = [await sensor(), freshPlace(), isolate()];
    await posted(await on.post(source, alertAt(place)));
    on.loseD1();
    const asked: number[] = [];
    for (const ms of [31_000, 2_000, 2_000, 2_000]) {
      later(ms);
      await posted(await on.post(source, alertAt(place)));
      asked.push(on.asked());
    }
    expect(asked).toEqual([1, 1, 1, 2]);
  });

  it("what cannot be a key is refused without asking", async () => {
    const [source, on] = [await sensor(), isolate()];
    await posted(await on.post(source, alertAt(freshPlace())));
    on.loseD1();
    const mistyped = { ...source, key: `${source.key.slice(0, -1)}${source.key.endsWith("0") ? "1" : "0"}` };
    expect((await problem(await on.post(mistyped, alertAt(freshPlace())))).status).toBe(401);
    expect(on.asked()).toBe(0);
  });

  it("a key that was not seen before is not let in", async () => {
    const [source, stranger, on] = [await sensor(), await sensor(), isolate()];
    await posted(await on.post(source, alertAt(freshPlace())));
    on.loseD1();
    expect((await problem(await on.post(stranger, alertAt(freshPlace())))).status).toBe(503);
  });

  it("a socket is opened, and hears an alert", async () => {
    const [source, place, on] = [await sensor(), freshPlace(), isolate()];
    await posted(await on.post(source, alertAt(place)));
    on.loseD1();
    const { webSocket } = await on.listen();
    const client = new Client(webSocket as WebSocket);
    await posted(await on.post(source, alertAt(place, { id: "while away" })));
    const heard = (message: { data?: { event_id?: string } }) => message.data?.event_id === "while away";
    await vi.waitFor(() => expect(client.messages.some((message) => heard(message as never))).toBe(true));
  });
});

describe("a deleted key", () => {
  it("is found out at the next look, however well it was known", async () => {
    const [viewer, on] = [await bob(), isolate()];
    expect((await on.post(viewer, alertAt(freshPlace()))).status).toBe(403);
    await del(alice, `/api/v1/keys/${viewer.id}`);
    later(31_000);
    expect((await on.post(viewer, alertAt(freshPlace()))).status).toBe(401);
    on.loseD1();
    later(6_000);
    expect((await on.post(viewer, alertAt(freshPlace()))).status).toBe(503);
  });
});
