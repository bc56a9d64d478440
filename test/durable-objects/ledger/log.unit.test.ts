/* The log on its own: what it writes, and what it refuses, whatever the ledger asks of it. */
import { describe, expect, it } from "vitest";
import { type Span, writeRow } from "../../../src/domain/ledger/row";
import { Log } from "../../../src/durable-objects/ledger/log";
import { framesAt } from "../../../src/durable-objects/ledger/reader";
import { Disk, Life } from "./fake-object";

const logOn = (disk: Disk): Log => new Log(new Life(disk).ctx.storage.sql);
const row = (body: string) => [{ n: 1, at: 0, body }];

describe("a checkpoint on the disk", () => {
  it("has nothing left of a longer one, whoever wrote that", () => {
    const disk = new Disk();
    const [long, longer] = ["a".repeat(1_300_000), "b".repeat(1_900_000)];
    const log = logOn(disk);
    for (const text of [long, longer, long]) {
      log.writeCheckpoint(text);
      expect(logOn(disk).readCheckpoint() === text).toBe(true);
    }
    const woken = logOn(disk);
    woken.readCheckpoint();
    woken.writeCheckpoint("short");
    expect(logOn(disk).readCheckpoint()).toBe("short");
  });
});

describe("single frames", () => {
  it("are found by the names of their streams, be they such as every object has", () => {
    const kit = { reducer: { topic: "alerts" } } as unknown as Parameters<typeof framesAt>[0];
    const disk = new Disk();
    const rowOf = (n: number, stream: string, seq: number) => {
      const header = { v: 1, r: 1, e: "e1", at: 0, c: 1, s: Object.fromEntries([[stream, [seq, 1, "e1"] as Span]]) };
      const frame = JSON.stringify({ topic: `alerts/${stream}`, epoch: "e1", seq });
      return { n, at: 0, body: writeRow({ header, frames: [frame], tail: { ops: [], parts: {} } }) };
    };
    const log = logOn(disk);
    const streams = ["haifa", "constructor", "__proto__"];
    log.write(
      streams.map((stream, i) => rowOf(i + 1, stream, i + 1)),
      0,
      0,
    );
    const places = streams.map((stream, i) => ({ stream, epoch: "e1", seq: i + 1 }));
    const frames = framesAt(kit, log, places);
    expect(frames.map((frame) => JSON.parse(frame ?? "null")?.seq)).toEqual([1, 2, 3]);
  });
});

describe("a row", () => {
  it.each([
    ["n", 2_000_000],
    ["נ", 1_000_000],
    ["波", 666_666],
  ])("of %s may have the platform's 2 MB and no more", (letter, most) => {
    expect(() => logOn(new Disk()).write(row(letter.repeat(most)), 0, 0)).not.toThrow();
    expect(() => logOn(new Disk()).write(row(letter.repeat(most + 1)), 0, 0)).toThrow("exceeds 2000000 bytes");
  });
});
