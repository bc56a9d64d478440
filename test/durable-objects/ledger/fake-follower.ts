/* A child that must get every frame of every stream, as the tests of followers see it: what it took, and in which order. */
import { expect } from "vitest";
import type { Delivery, Receipts } from "../../../src/domain/frame";
import type { Position } from "../../../src/domain/ledger/position";

export const NAME = "topic:all";

/** Takes what follows on what it has of each topic, and answers with what it has. */
export class Follower {
  readonly have = new Map<string, Position>();
  /** Topic → `epoch:seq` in the order they came. */
  readonly got = new Map<string, string[]>();
  calls = 0;
  frames = 0;
  failing = false;
  losingAnswers = false;
  snapshots = 0;

  deliver = async (child: string, deliveries: Delivery[]): Promise<Receipts> => {
    this.calls++;
    expect(child).toBe(NAME);
    if (this.failing) throw new Error("the topic is down");
    for (const delivery of deliveries) this.#take(delivery);
    if (this.losingAnswers) throw new Error("the answer was lost");
    return { have: Object.fromEntries(deliveries.map(({ topic, epoch }) => [topic, this.#answer(topic, epoch)])) };
  };

  #answer(topic: string, epoch: string): Position {
    return this.have.get(topic) ?? { epoch, seq: 0 };
  }

  #take(delivery: Delivery): void {
    const { topic, epoch } = delivery;
    if ("snapshot" in delivery) {
      this.snapshots++;
      this.have.set(topic, { epoch, seq: delivery.seq });
      return;
    }
    this.frames += delivery.frames.length;
    for (const [i, text] of delivery.frames.entries()) {
      const seq = delivery.first + i;
      const at = this.have.get(topic);
      const follows = at?.epoch === epoch ? seq === at.seq + 1 : seq === 1 && epoch > (at?.epoch ?? "");
      if (!follows) continue;
      expect(JSON.parse(text)).toMatchObject({ topic, epoch, seq });
      this.have.set(topic, { epoch, seq });
      this.got.set(topic, [...(this.got.get(topic) ?? []), `${epoch}:${seq}`]);
    }
  }

  seqs(stream = "AAPL"): number[] {
    return (this.got.get(`prices/${stream}`) ?? []).map((text) => Number(text.split(":")[1]));
  }
}
