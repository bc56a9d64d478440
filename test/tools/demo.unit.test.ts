import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { alertPost, alertTrack, parseAlerts } from "../../tools/demo/alerts.ts";
import { send } from "../../tools/demo/send.ts";
import { parseTicks, tickEvent, tickTracks } from "../../tools/demo/ticks.ts";
import { Track } from "../../tools/demo/track.ts";

const TICKS = `symbol,timestamp_ms,source_id,price,volume,kind
A,1000,1,10.5,2,trade
B,9000000,1,7,,quote
A,1400,2,10.6,3,trade
A,61400,3,10.7,1,trade
`;
const ALERTS = `id,occurred_at,type,locations
1,2014-07-24T17:05:26,rockets,באר שבע 288|אשקלון 256|באר שבע 288
2,2014-07-24T17:05:26,rockets,אשקלון 256
3,2014-07-24T17:05:28,rockets,אשקלון 256
4,2014-07-25T00:00:00,rockets,אשקלון 256
`;

const ticks = (symbol: string) => parseTicks(TICKS).get(symbol) ?? [];
const NOW = 1_000_000;

describe("recorded ticks", () => {
  it("keep their pauses, none longer than five seconds", () => {
    expect(ticks("A").map((tick) => tick.offsetMs)).toEqual([0, 400, 5_400]);
  });

  it("have no volume where the source had none", () => {
    expect(ticks("B")).toEqual([{ symbol: "B", price: "7", offsetMs: 0 }]);
  });

  it("happen now, under the name of the demo", () => {
    const [track] = tickTracks(TICKS, 1, NOW);
    expect(track?.dueAt(NOW).map(tickEvent)).toEqual([
      { symbol: "A", price: "10.5", volume: "2", timestamp: NOW, source: "demo", id: expect.stringMatching(/\/A\/0$/) },
    ]);
  });

  it("are in the sample for three symbols", () => {
    const series = parseTicks(readFileSync("tools/data/ticks.csv", "utf8"));
    expect([...series.keys()].sort()).toEqual(["ETH-USDT", "EUR-USD", "XRP-ETH"]);
    for (const [, list] of series) expect(list).toHaveLength(1_000);
  });
});

describe("recorded alerts", () => {
  it("keep their pauses, none longer than five seconds", () => {
    expect(parseAlerts(ALERTS).map((alert) => alert.offsetMs)).toEqual([0, 0, 2_000, 7_000]);
  });

  it("name their locations as they were published, repeats included", () => {
    expect(parseAlerts(ALERTS)[0]?.locations).toEqual(["באר שבע 288", "אשקלון 256", "באר שבע 288"]);
  });

  it("begin now and last ten minutes, at a higher speed less", () => {
    const [first] = alertTrack(ALERTS, 20, NOW).dueAt(NOW);
    if (first === undefined) throw new Error("no alert is due");
    expect(alertPost(first, 1)).toMatchObject({ type: "rockets", timestamp: NOW, duration: 10 });
    expect(alertPost(first, 20).duration).toBe(0.5);
  });

  it("are in the sample, each with a place and a type", () => {
    const alerts = parseAlerts(readFileSync("tools/data/civil-alerts.csv", "utf8"));
    expect(alerts).toHaveLength(332);
    expect(alerts.every(({ type, locations }) => type === "rockets" && locations.every((name) => name !== ""))).toBe(
      true,
    );
    expect(alerts.at(-1)?.offsetMs).toBe(1_458_000);
  });
});

describe("a track", () => {
  it("begins now, whenever it happened", () => {
    expect(new Track("A", ticks("A"), 1, NOW).dueAt(NOW)).toMatchObject([{ recorded: { price: "10.5" }, at: NOW }]);
  });

  it("hands out each of its things once, when it is due", () => {
    const track = new Track("A", ticks("A"), 1, NOW);
    expect(track.dueAt(NOW + 399)).toHaveLength(1);
    expect(track.dueAt(NOW + 399)).toHaveLength(0);
    expect(track.dueAt(NOW + 400)).toMatchObject([{ at: NOW + 400, recorded: { price: "10.6" } }]);
  });

  it("runs faster when it is told to", () => {
    expect(new Track("A", ticks("A"), 10, NOW).dueAt(NOW + 540)).toHaveLength(3);
  });

  it("starts over at its end, with ids of its own in every loop", () => {
    const track = new Track("A", ticks("A"), 1, NOW);
    const due = [...track.dueAt(NOW + 5_400), ...track.dueAt(NOW + 60_000)];
    const prices = due.slice(0, 6).map(({ recorded }) => recorded.price);
    expect(prices).toEqual(["10.5", "10.6", "10.7", "10.5", "10.6", "10.7"]);
    expect(new Set(due.map(({ id }) => id)).size).toBe(due.length);
    expect(due.every(({ at }, i) => i === 0 || at >= (due[i - 1]?.at ?? 0))).toBe(true);
  });
});

describe("sending", () => {
  /** A server that answers with these statuses, one after the other, and keeps what it was sent. */
  async function answering(statuses: number[]) {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        bodies.push(body);
        response.writeHead(statuses[bodies.length - 1] ?? 200).end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    return { bodies, url: `http://127.0.0.1:${port}`, close: () => server.close() };
  }

  const replayTo = (url: string) => ({ url, key: "k", speed: 1, signal: new AbortController().signal });

  it("says the same until it is taken", async () => {
    const { bodies, url, close } = await answering([503, 429, 202]);
    await send("/api/v1/alerts", { id: "a" }, replayTo(url));
    expect(bodies).toEqual(Array.from({ length: 3 }, () => '{"id":"a"}'));
    close();
  });

  it("ends with the server's reason where saying it again cannot help", async () => {
    const { bodies, url, close } = await answering([401]);
    await expect(send("/api/v1/alerts", {}, replayTo(url))).rejects.toThrow(/^401/);
    expect(bodies).toHaveLength(1);
    close();
  });
});
