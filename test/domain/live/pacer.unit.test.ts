import { describe, expect, it } from "vitest";
import { matcherOf } from "../../../src/domain/live/filter";
import { saveBoard, saveSubscriber } from "../../../src/domain/live/saved";
import { Switchboard } from "../../../src/domain/live/switchboard";

const TOPIC = "prices/A";
const frame = (seq: number) => JSON.stringify({ topic: TOPIC, epoch: "e1", seq, type: "price" });

/** A board with one socket at the pace, which has its snapshot at seq 1. */
function paced(paceMs: number) {
  const board = new Switchboard(() => 0);
  const texts: string[] = [];
  const subscriber = board.attach({ send: (text) => texts.push(text) });
  board.join(subscriber, { topic: TOPIC, after: { epoch: "e1", seq: 1 }, paceMs }, 0);
  for (const call of board.calls.due(0)) {
    board.calls.answered(call, { status: "leased", head: { epoch: "e1", seq: 1 }, delivery: [] }, 0);
  }
  texts.length = 0; // It was told that it is up to date.
  const deliver = (seq: number, now: number) =>
    board.deliver([{ topic: TOPIC, epoch: "e1", first: seq, frames: [frame(seq)] }], now);
  return { board, subscriber, deliver, seqs: () => texts.map((text) => JSON.parse(text).seq as number), texts };
}

describe("A paced socket", () => {
  it("gets the first frame at once and then the latest per pace", () => {
    const { board, deliver, seqs } = paced(100);
    for (let seq = 2; seq <= 30; seq++) {
      deliver(seq, seq * 10);
      board.pacer.flush(seq * 10);
    }
    board.pacer.flush(1_000);
    expect(seqs()).toEqual([2, 12, 22, 30]);
  });

  it("is flushed at a time that is known, and nothing is left to flush then", () => {
    const { board, deliver } = paced(250);
    deliver(2, 1_000);
    expect(board.pacer.nextFlush).toBeUndefined();
    deliver(3, 1_010);
    expect(board.pacer.nextFlush).toBe(1_250);
    board.pacer.flush(1_250);
    expect(board.pacer.nextFlush).toBeUndefined();
  });

  it("holds the saved position back to the last frame it was sent", () => {
    const { board, subscriber, deliver } = paced(1_000);
    deliver(2, 1_000);
    deliver(3, 1_010);
    expect(saveBoard(board).feeds[0]?.slice(0, 3)).toEqual([TOPIC, "e1", 2]);
    expect(saveSubscriber(board, subscriber).listeners).toBe(`${TOPIC}|e1|2|1000|1`);
    board.pacer.flush(2_000);
    expect(saveBoard(board).feeds[0]?.slice(0, 3)).toEqual([TOPIC, "e1", 3]);
  });

  it("gets a frame at once that comes when the pace is over", () => {
    const { deliver, seqs } = paced(100);
    for (const [seq, at] of [[2, 1_000] as const, [3, 1_100] as const, [4, 1_199] as const]) deliver(seq, at);
    expect(seqs()).toEqual([2, 3]);
  });

  it("gets nothing more of a topic that it has left: no frame that was held for it, and no position", () => {
    const { board, subscriber, deliver, texts } = paced(1_000);
    deliver(2, 1_000);
    deliver(3, 1_010);
    board.leave(subscriber, TOPIC, 1_020);
    texts.length = 0;
    board.pacer.flush(2_000);
    board.milestones.tell(16_000);
    expect(texts).toEqual([]);
  });

  it("gets a snapshot at once, and nothing any more of what was held before it", () => {
    const { board, subscriber, deliver, seqs } = paced(1_000);
    deliver(2, 1_000);
    deliver(3, 1_010);
    const snapshot = JSON.stringify({ type: "snapshot", topic: TOPIC, epoch: "e1", seq: 5 });
    board.deliver([{ topic: TOPIC, epoch: "e1", seq: 5, snapshot }], 1_020);
    board.pacer.flush(2_000);
    board.milestones.tell(16_000);
    expect(seqs()).toEqual([2, 5]);
    expect(saveSubscriber(board, subscriber).listeners).toBe(`${TOPIC}|e1|5|1000|1`);
  });

  it("holds the saved position back to the slowest of several", () => {
    for (const paces of [
      [1_000, 5_000],
      [5_000, 1_000],
    ]) {
      const { board, deliver } = paced(paces[0] as number);
      const other = board.attach({ send() {} });
      board.join(other, { topic: TOPIC, after: { epoch: "e1", seq: 1 }, paceMs: paces[1] as number }, 0);
      for (const [seq, at] of [[2, 1_000] as const, [3, 2_000] as const, [4, 2_010] as const]) deliver(seq, at);
      expect(saveBoard(board).feeds[0]?.slice(0, 3)).toEqual([TOPIC, "e1", 2]);
    }
  });

  it("is told its position every 15 s, however many frames come meanwhile, and again while one is held", () => {
    const { board, deliver } = paced(5_000);
    for (const [seq, at] of [[2, 1_000] as const, [3, 14_000] as const, [4, 15_000] as const]) deliver(seq, at);
    expect(board.milestones.dueAt).toBe(16_000);
    board.milestones.tell(16_000);
    expect(board.milestones.dueAt).toBe(31_000);
  });

  it("is told its position 15 s after frames, and not again without frames", () => {
    const { board, deliver, texts } = paced(100);
    deliver(2, 1_000);
    expect(board.milestones.dueAt).toBe(16_000);
    board.milestones.tell(16_000);
    expect(JSON.parse(texts.at(-1) as string)).toEqual({
      type: "position",
      topics: [{ topic: TOPIC, epoch: "e1", seq: 2 }],
    });
    expect(board.milestones.dueAt).toBeUndefined();
  });
});

describe("A filtered socket", () => {
  /** Position that it is told after frames of these places, at the pace. */
  function filtered(paceMs: number) {
    const board = new Switchboard(() => 0);
    const texts: string[] = [];
    const subscriber = board.attach({ send: (text) => texts.push(text) });
    const wish = { topic: "alerts", after: { epoch: "e1", seq: 1 }, paceMs };
    board.join(subscriber, { ...wish, filter: matcherOf({ locations: ["Haifa"] }) }, 0);
    for (const call of board.calls.due(0)) {
      board.calls.answered(call, { status: "leased", head: { epoch: "e1", seq: 1 }, delivery: [] }, 0);
    }
    return (first: number, ...locations: string[]) => {
      const frames = locations.map((location) => JSON.stringify({ type: "open", data: { location } }));
      board.deliver([{ topic: "alerts", epoch: "e1", first, frames }], 1_000);
      texts.length = 0;
      board.milestones.tell(16_000);
      return texts.map((text) => JSON.parse(text).topics[0].seq);
    };
  }

  it("is told its position when the last frames were not for it, and only then", () => {
    const deliver = filtered(0);
    expect([deliver(2, "Haifa", "Jaffa"), deliver(4, "Jaffa", "Haifa"), deliver(6, "Jaffa")]).toEqual([[3], [], [6]]);
  });

  it("is told of no position beyond a frame that is held for it", () => {
    expect(filtered(60_000)(2, "Haifa", "Haifa", "Jaffa")).toEqual([2]);
  });
});
