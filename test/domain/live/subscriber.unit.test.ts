import { describe, expect, it } from "vitest";
import { Backlog } from "../../../src/domain/live/backlog";
import { Subscriber, type Verdict } from "../../../src/domain/live/subscriber";

const TEXT = "x".repeat(60);

/** A socket that may leave 100 bytes unacknowledged, and what it reports. */
function socket(send: (text: string) => void = () => {}) {
  const waits: number[] = [];
  const verdicts: (Verdict | undefined)[] = [];
  const watch = {
    condemned: ({ verdict }: Subscriber) => verdicts.push(verdict),
    changed: () => {},
    waits: (at: number) => waits.push(at),
  };
  const subscriber = new Subscriber({ send }, watch, new Backlog(true, 100));
  const sendAt = (now: number, seq: number, topic = "t") => subscriber.send(TEXT, topic, "e", seq, now);
  const acknowledge = (seq: number, topic = "t") => subscriber.acknowledge(topic, { epoch: "e", seq });
  return { subscriber, waits, verdicts, sendAt, acknowledge };
}

describe("a socket", () => {
  it("reports since when it waits: from the first frame that is not acknowledged, and once when it rests", () => {
    const { subscriber, waits, sendAt, acknowledge } = socket();
    sendAt(1_000, 1);
    // Whoever never acknowledged keeps nobody waiting.
    expect(subscriber.waitsSince).toBeUndefined();
    acknowledge(1);
    for (const seq of [2, 3]) sendAt(1_000 * seq, seq);
    for (const now of [4_000, 5_000]) expect(subscriber.mayCatchUp(now)).toBe(false);
    expect([waits, subscriber.waitsSince]).toEqual([[1_000, 2_000, 4_000], 2_000]);
    // It leaves the topic, and rests all the same, until it acknowledges something that it was sent.
    subscriber.backlog.forget("t");
    sendAt(9_000, 1, "u");
    expect([acknowledge(3), subscriber.isResting, subscriber.waitsSince]).toEqual([false, true, 4_000]);
    expect([acknowledge(1, "u"), subscriber.isResting, subscriber.waitsSince]).toEqual([true, false, undefined]);
  });

  it("that is gone is condemned once, as broken, and is sent nothing more", () => {
    let tries = 0;
    const { subscriber, verdicts, sendAt } = socket(() => {
      tries++;
      throw new Error("closed");
    });
    expect([sendAt(1_000, 1), sendAt(2_000, 2)]).toEqual([false, false]);
    subscriber.condemn("slow");
    expect([verdicts, subscriber.verdict, tries]).toEqual([["broken"], "broken", 1]);
  });
});
