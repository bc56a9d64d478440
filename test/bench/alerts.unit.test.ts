/* What the benchmark of civil alerts is made of: rows to posts, words of each server to frames, arrivals to figures. */
import { describe, expect, it } from "vitest";
import { evenly, measuresOf } from "../../bench/arrivals";
import type { Arrival } from "../../bench/load/alert-crowd";
import { parseRows, readRows, rhythmOf } from "../../bench/load/alert-posts";
import { WIRES } from "../../bench/load/wires";

const CSV = `id,occurred_at,type,locations
1,2014-07-24T17:05:26,rockets,A|B
2,2014-07-24T17:05:26,rockets,A
3,2014-07-24T17:05:35,rockets,B|B
4,2014-07-24T17:05:35,drones,C
`;

describe("rows of alerts", () => {
  it("keep what is real: many places, places named twice, several in one second", () => {
    expect(parseRows(CSV)).toEqual([
      { offsetMs: 0, type: "rockets", locations: ["A", "B"] },
      { offsetMs: 0, type: "rockets", locations: ["A"] },
      { offsetMs: 9_000, type: "rockets", locations: ["B", "B"] },
      { offsetMs: 9_000, type: "drones", locations: ["C"] },
    ]);
  });

  it("fall due in their rhythm, no pause longer than the longest", () => {
    expect(rhythmOf(parseRows(CSV), 500)).toEqual([0, 0, 500, 500]);
    expect(rhythmOf(parseRows(CSV), 60_000)).toEqual([0, 0, 9_000, 9_000]);
  });

  it("of the sample are all there, and each names a place", () => {
    const rows = readRows();
    expect(rows.length).toBeGreaterThan(300);
    expect(rows.every(({ locations }) => locations.every((location) => location !== ""))).toBe(true);
  });
});

const bytes = (text: string) => Buffer.from(text);
const FRAME = '{"topic":"alerts","epoch":"e","seq":7,"type":"open","at":"","data":{}}';

describe("a wire", () => {
  it("of the product is ready with its snapshot, and then hears frames", () => {
    const read = WIRES.tidings.reader(undefined);
    expect(read(bytes('{"type":"hello","stream":"s","retry_ms":1,"acknowledge":true}'))).toBeUndefined();
    const snapshot = '{"type":"snapshot","topic":"alerts","epoch":"e","seq":6,"at":"","data":{}}';
    expect(read(bytes(snapshot))).toEqual({ ready: { epoch: "e", seq: 6 }, acknowledge: true });
    expect(read(bytes(FRAME))).toEqual({ frame: bytes(FRAME) });
    expect(read(bytes('{"type":"position","topics":[]}'))).toBeUndefined();
    expect(read(bytes('{"type":"error","code":"forbidden"}'))).toHaveProperty("error");
  });

  it("of the product is ready at once where it resumes", () => {
    const after = { epoch: "e", seq: 6 };
    expect(WIRES.tidings.address("http://h", after)).toBe("ws://h/api/v1/stream?topics=alerts&after=e:6");
    const read = WIRES.tidings.reader(after);
    expect(read(bytes('{"type":"hello","acknowledge":false}'))).toEqual({ ready: after, acknowledge: false });
  });

  it("of Socket.IO joins, answers pings, and unpacks events", () => {
    const read = WIRES["socket.io"].reader(undefined);
    expect(read(bytes('0{"sid":"x"}'))).toEqual({ reply: "40" });
    expect(read(bytes('40{"sid":"y"}'))).toHaveProperty("ready");
    expect(read(bytes("2"))).toEqual({ reply: "3" });
    expect(read(bytes(`42["alert",${FRAME}]`))).toEqual({ frame: bytes(FRAME) });
    expect(read(bytes('44{"message":"no"}'))).toHaveProperty("error");
  });
});

const arrival = (seq: number, acceptedMs: number, lastMs: number): Arrival => ({
  seq,
  event: `e${seq}`,
  text: "",
  acceptedMs,
  lastMs,
  sockets: 100,
});

describe("arrivals", () => {
  const arrivals = [arrival(1, 1_000, 1_010), arrival(2, 1_500, 1_530), arrival(3, 1_900, 2_000)];

  it("are measured from acceptance to the last socket", () => {
    const { lastMs, messagesPerSecond, alerts } = measuresOf(arrivals);
    expect(lastMs).toMatchObject({ p50: 30, p99: 100, max: 100 });
    expect(messagesPerSecond).toBe(300);
    expect(alerts).toBe(3);
  });

  it("are measured from their sending where the server says nothing of acceptance", () => {
    expect(measuresOf(arrivals, [1_005, 1_520, 1_990]).lastMs).toMatchObject({ p50: 10, max: 10 });
  });

  it("fall due evenly at a rate", () => {
    expect(evenly(4, 20)).toEqual([0, 50, 100, 150]);
  });
});
