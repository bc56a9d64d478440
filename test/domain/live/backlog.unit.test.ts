import { describe, expect, it } from "vitest";
import { Backlog, MAX_UNACKNOWLEDGED_BYTES } from "../../../src/domain/live/backlog";

const E = "e1";

describe("A backlog", () => {
  it("is cleared by an acknowledgement of the last frame, whatever the topics before it", () => {
    const backlog = new Backlog();
    backlog.acknowledges = true;
    backlog.note("a", E, 1, 100, 0);
    backlog.note("b", E, 9, 100, 1);
    backlog.acknowledge("b", { epoch: E, seq: 9 });
    expect([backlog.bytes, backlog.since]).toEqual([0, undefined]);
  });

  it("counts what was sent after an acknowledged frame, to within a stretch", () => {
    const backlog = new Backlog();
    backlog.acknowledges = true;
    for (let seq = 1; seq <= 10; seq++) backlog.note("a", E, seq, 10_000, seq * 3_000);
    backlog.acknowledge("a", { epoch: E, seq: 5 });
    expect(backlog.bytes).toBe(60_000);
    expect(backlog.since).toBe(15_000);
  });

  it("is told nothing of one topic by an acknowledgement of another", () => {
    const backlog = new Backlog();
    backlog.acknowledges = true;
    backlog.note("a", E, 9, 70_000, 0);
    backlog.note("b", E, 1, 70_000, 0);
    backlog.note("b", E, 2, 70_000, 0);
    backlog.acknowledge("a", { epoch: E, seq: 9 });
    expect(backlog.bytes).toBe(210_000);
  });

  it("is slow 60 s after a frame that a client which acknowledges has not", () => {
    const backlog = new Backlog();
    backlog.acknowledges = true;
    backlog.note("a", E, 1, 10, 1_000);
    expect([backlog.isSlow(60_999), backlog.isSlow(61_000)]).toEqual([false, true]);
  });

  it("is slow by bytes alone for a client that never acknowledges", () => {
    const backlog = new Backlog();
    backlog.note("a", E, 1, 1, 0);
    backlog.note("a", E, 2, MAX_UNACKNOWLEDGED_BYTES, 0);
    expect(backlog.isSlow(10 ** 9)).toBe(false);
    backlog.note("a", E, 3, 1, 0);
    expect(backlog.isSlow(0)).toBe(true);
  });

  it("does not count the message that began it, however large, until that is acknowledged or saved", () => {
    const backlog = new Backlog();
    backlog.noteControl(100);
    backlog.note("a", E, 1, 3 * MAX_UNACKNOWLEDGED_BYTES, 0);
    backlog.note("a", E, 2, MAX_UNACKNOWLEDGED_BYTES - 100, 0);
    const loaded = Backlog.load(structuredClone(backlog.save()), true);
    expect([backlog.isTooLarge, loaded.isTooLarge]).toEqual([false, false]);
    for (const one of [backlog, loaded]) one.noteControl(1);
    expect([backlog.isTooLarge, loaded.isTooLarge]).toEqual([true, true]);
  });

  it("counts everything again once the message that began it is acknowledged", () => {
    const backlog = new Backlog(false);
    backlog.note("a", E, 1, 3 * MAX_UNACKNOWLEDGED_BYTES, 0);
    backlog.note("a", E, 2, MAX_UNACKNOWLEDGED_BYTES, 0);
    backlog.acknowledge("a", { epoch: E, seq: 1 });
    expect(backlog.isTooLarge).toBe(false);
    backlog.note("a", E, 3, 1, 0);
    backlog.acknowledge("a", { epoch: E, seq: 2 });
    backlog.note("a", E, 4, MAX_UNACKNOWLEDGED_BYTES, 0);
    expect(backlog.isTooLarge).toBe(true);
  });

  it("counts a large message that others were waiting before", () => {
    const backlog = new Backlog();
    backlog.note("a", E, 1, 1, 0);
    backlog.note("a", E, 2, MAX_UNACKNOWLEDGED_BYTES + 1, 0);
    expect(backlog.isTooLarge).toBe(true);
  });

  it("means nothing by the silence of a client that was not asked, and takes its acknowledgements all the same", () => {
    const backlog = new Backlog(false);
    for (let seq = 1; seq <= 10; seq++) backlog.note("a", E, seq, 100_000, seq);
    backlog.acknowledge("a", { epoch: E, seq: 5 });
    expect([backlog.acknowledges, backlog.bytes, backlog.isSlow(10 ** 9)]).toEqual([false, 600_000, false]);
  });

  it("begins afresh with the first acknowledgement", () => {
    const backlog = new Backlog();
    backlog.note("a", E, 1, 10, 0);
    backlog.note("a", E, 2, 10, 100_000);
    backlog.acknowledge("a", { epoch: E, seq: 1 });
    expect([backlog.acknowledges, backlog.bytes, backlog.isSlow(100_001)]).toEqual([true, 0, false]);
  });

  it("does not wait for topics that were left", () => {
    const backlog = new Backlog();
    backlog.acknowledges = true;
    backlog.note("a", E, 1, 10, 0);
    backlog.forget("a");
    expect(backlog.isSlow(100_000)).toBe(false);
  });

  it("is the same after it was saved and loaded", () => {
    const backlog = new Backlog();
    backlog.acknowledges = true;
    backlog.note("a", E, 1, 10, 1_000);
    const loaded = Backlog.load(structuredClone(backlog.save()), true);
    expect([loaded.bytes, loaded.since, loaded.acknowledges]).toEqual([10, 1_000, true]);
    loaded.acknowledge("a", { epoch: E, seq: 1 });
    expect(loaded.save()).toEqual([0, 0, true, "", "", 0, 0]);
  });

  it("stays small for a client that never acknowledges a slow topic", () => {
    const backlog = new Backlog();
    for (let seq = 1; seq <= 5_000; seq++) backlog.note("a", E, seq, 1, seq * 10_000);
    expect(backlog.since).toBe(10_000);
    backlog.acknowledge("a", { epoch: E, seq: 5_000 });
    expect(backlog.bytes).toBe(0);
  });
});
