/* What an object remembers of events and requests: for how long, how many, and what it says of those it had no room for. */
import { describe, expect, it, vi } from "vitest";
import {
  findIdentity,
  findRequest,
  fromRuns,
  IDENTITY_MAX,
  IDENTITY_MS,
  type Identities,
  loadIdentities,
  memoryBegan,
  noIdentities,
  recallIdentity,
  rememberIdentity,
  saveIdentities,
  toRuns,
} from "../../../src/domain/ledger/identity";
import { fc, holds } from "../../property";

const EPOCH = "0mwq8lds0dbipx4";
const MINUTE = 60_000;

const event = (memory: Identities, id: string, at: number) =>
  rememberIdentity(memory, ["id", "source", id, "hash", "AAPL", EPOCH, 1], at);
/** A request of so many streams; the Worker made its key where it has no hash. */
const streams = Array.from({ length: 10_000 }, (_, i): [string, string, number[]] => [`S${i}`, EPOCH, [1, 1]]);
const request = (memory: Identities, key: string, hash: string, at: number, count = 1) =>
  rememberIdentity(memory, ["req", key, hash, count === 1 ? streams.slice(0, 1) : streams], at);
const knows = (memory: Identities, id: string, now: number) => findIdentity(memory, "source", id, now) !== undefined;

describe("an event's id", () => {
  it("is known for 15 minutes and not a moment longer, though nobody has looked for what is too old", () => {
    const memory = noIdentities();
    event(memory, "a", 0);
    expect([knows(memory, "a", IDENTITY_MS - 1), knows(memory, "a", IDENTITY_MS)]).toEqual([true, false]);
    event(memory, "b", IDENTITY_MS);
    expect([memory.events.size, memory.forgotten]).toEqual([1, 0]);
  });

  it("that is taken in anew is as young as the newest", () => {
    const memory = noIdentities();
    event(memory, "a", 0);
    event(memory, "b", 1);
    event(memory, "a", IDENTITY_MS);
    event(memory, "c", IDENTITY_MS + MINUTE);
    expect([...memory.events.keys()]).toEqual(["source\na", "source\nc"]);
  });

  it("is one of 100,000; of more the oldest are forgotten, which is counted", () => {
    const memory = noIdentities();
    for (let i = 0; i < IDENTITY_MAX; i++) event(memory, `${i}`, 1_000);
    expect([memory.events.size, memory.forgotten, knows(memory, "0", 2_000)]).toEqual([IDENTITY_MAX, 0, true]);
    event(memory, "more", 2_000);
    const left = memory.events.size;
    expect(memory.forgotten).toBe(IDENTITY_MAX + 1 - left);
    expect(left).toBeGreaterThan(IDENTITY_MAX - 2_000);
    expect(left).toBeLessThanOrEqual(IDENTITY_MAX);
    const gone = memory.forgotten;
    expect([knows(memory, `${gone - 1}`, 2_000), knows(memory, `${gone}`, 2_000)]).toEqual([false, true]);
  });

  it("is recalled with the newest 100,000; the front of the memory is searched for the others now and then", () => {
    const memory = noIdentities();
    const searches = vi.spyOn(Map.prototype, "keys");
    for (let i = 0; i < IDENTITY_MAX + 5_500; i++) {
      recallIdentity(memory, ["id", "source", `${i}`, "", "AAPL", EPOCH, 1], 1_000);
    }
    expect(searches.mock.calls.length).toBeLessThan(10);
    searches.mockRestore();
    expect([knows(memory, "5500", 2_000), knows(memory, "4000", 2_000), memory.forgotten]).toEqual([true, false, 0]);
  });
});

describe("a request", () => {
  it("is known for 15 minutes under the caller's key, for one under a key of the Worker", () => {
    const memory = noIdentities();
    const known = () => [findRequest(memory, "own") !== undefined, findRequest(memory, "made") !== undefined];
    request(memory, "own", "hash", 0);
    request(memory, "made", "", 0);
    for (const [at, expected] of [
      [MINUTE - 1, [true, true]],
      [2 * MINUTE, [true, false]],
      [IDENTITY_MS - 1, [true, false]],
      [IDENTITY_MS + MINUTE, [false, false]],
    ] as const) {
      request(memory, "made later", "", at);
      request(memory, "later", "hash", at);
      expect([at, known()]).toEqual([at, expected]);
    }
    expect(memory.forgotten).toBe(0);
  });

  it.each([
    ["the caller's", "hash", true],
    ["the Worker's", "", false],
  ])(
    "of too many streams under %s keys is forgotten, and counted where somebody may repeat it",
    (_, hash, isCounted) => {
      const memory = noIdentities();
      const kind = hash === "" ? "made" : "requests";
      // Each weighs 20,001; one that comes again weighs no more than before.
      for (let i = 0; i < 18; i++) request(memory, `${i % 9}`, hash, 0, 10_000);
      expect([memory[kind].size, memory.forgotten]).toEqual([9, 0]);
      for (let i = 9; i < 14; i++) request(memory, `${i}`, hash, 0, 10_000);
      expect([memory[kind].size, memory.forgotten]).toEqual([9, isCounted ? 5 : 0]);
      const woken = loadIdentities(saveIdentities(memory, 0));
      for (let i = 14; i < 18; i++) request(woken, `${i}`, hash, 0, 10_000);
      expect(woken[kind].size).toBe(9);
    },
  );
});

describe("a memory", () => {
  it("is saved up to a moment, that moment included", () => {
    const memory = noIdentities();
    for (const at of [1, 2, 3]) {
      event(memory, `${at}`, at);
      request(memory, `own ${at}`, "hash", at);
      request(memory, `made ${at}`, "", at);
    }
    const saved = loadIdentities(JSON.parse(JSON.stringify(saveIdentities(memory, 2))));
    expect([...saved.events.keys()]).toEqual(["source\n1", "source\n2"]);
    expect([...saved.requests.keys()]).toEqual(["own 1", "own 2"]);
    expect([...saved.made.keys()]).toEqual(["made 1", "made 2"]);
  });

  it("begins with the oldest of what it has, whatever that is", () => {
    const begins = (...order: ("event" | "own" | "made")[]) => {
      const memory = noIdentities();
      for (const [i, kind] of order.entries()) {
        if (kind === "event") event(memory, "e", i + 1);
        else request(memory, kind, kind === "own" ? "hash" : "", i + 1);
      }
      return memoryBegan(memory);
    };
    expect([begins("event", "own"), begins("own", "made"), begins("made", "event")]).toEqual([1, 1, 1]);
    expect(begins()).toBe(Number.POSITIVE_INFINITY);
  });

  it("packs seqs and gets the same back", async () => {
    await holds(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 })), (seqs) => {
        expect(fromRuns(toRuns(seqs))).toEqual(seqs);
      }),
    );
  });
});
