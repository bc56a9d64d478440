import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseTicks, Track } from "../../tools/demo.ts";

const CSV = `symbol,timestamp_ms,source_id,price,volume,kind
A,1000,1,10.5,2,trade
B,9000000,1,7,,quote
A,1400,2,10.6,3,trade
A,61400,3,10.7,1,trade
`;

const ticks = (symbol: string) => parseTicks(CSV).get(symbol) ?? [];
const NOW = 1_000_000;

describe("recorded ticks", () => {
  it("keep their pauses, none longer than five seconds", () => {
    expect(ticks("A").map((tick) => tick.offsetMs)).toEqual([0, 400, 5_400]);
  });

  it("have no volume where the source had none", () => {
    expect(ticks("B")).toEqual([{ symbol: "B", price: "7", offsetMs: 0 }]);
  });

  it("are in the sample for three symbols", () => {
    const series = parseTicks(readFileSync("tools/data/ticks.csv", "utf8"));
    expect([...series.keys()].sort()).toEqual(["ETH-USDT", "EUR-USD", "XRP-ETH"]);
    for (const [, list] of series) expect(list).toHaveLength(1_000);
  });
});

describe("a track", () => {
  it("begins now, whenever its ticks happened", () => {
    expect(new Track(ticks("A"), 1, NOW).dueAt(NOW)).toMatchObject([
      { symbol: "A", timestamp: NOW, source: "demo", volume: "2" },
    ]);
  });

  it("hands out each event once, when it is due", () => {
    const track = new Track(ticks("A"), 1, NOW);
    expect(track.dueAt(NOW + 399)).toHaveLength(1);
    expect(track.dueAt(NOW + 399)).toHaveLength(0);
    expect(track.dueAt(NOW + 400)).toMatchObject([{ timestamp: NOW + 400, price: "10.6" }]);
  });

  it("runs faster when it is told to", () => {
    expect(new Track(ticks("A"), 10, NOW).dueAt(NOW + 540)).toHaveLength(3);
  });

  it("starts over at its end, with ids of its own in every loop", () => {
    const track = new Track(ticks("A"), 1, NOW);
    const events = [...track.dueAt(NOW + 5_400), ...track.dueAt(NOW + 60_000)];
    expect(events.slice(0, 6).map((event) => event.price)).toEqual(["10.5", "10.6", "10.7", "10.5", "10.6", "10.7"]);
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    expect(events.every((event, index) => index === 0 || event.timestamp >= (events[index - 1]?.timestamp ?? 0))).toBe(
      true,
    );
  });
});
