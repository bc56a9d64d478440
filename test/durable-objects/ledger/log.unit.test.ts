/* The log on its own: what it writes, and what it refuses, whatever the ledger asks of it. */
import { describe, expect, it } from "vitest";
import { Log } from "../../../src/durable-objects/ledger/log";
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
