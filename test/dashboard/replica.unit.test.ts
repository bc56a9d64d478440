/* The page's replica of a topic: every frame once and in order, or it knows that it is behind. */
import { describe, expect, it } from "vitest";
import { Replica } from "../../dashboard/src/live/replica";
import type { Frame, SnapshotMessage } from "../../src/domain/frame";
import { fc, holds } from "../property";

const TOPIC = "prices/AAPL";
const AT = "2026-11-21T10:00:00.000Z";
const OLD = "00aaaaaaaaaaaaa";
const NEW = "00bbbbbbbbbbbbb";

const frame = (seq: number, epoch = OLD): Frame => ({ topic: TOPIC, epoch, seq, type: "price", at: AT, data: {} });
const snapshot = (seq: number, epoch = OLD): SnapshotMessage => ({
  type: "snapshot",
  topic: TOPIC,
  epoch,
  seq,
  at: AT,
  data: {},
});

function replicaAt(seq: number, epoch = OLD): Replica {
  const replica = new Replica();
  replica.want(TOPIC);
  replica.snapshot(snapshot(seq, epoch));
  return replica;
}

describe("a replica", () => {
  it("applies the frame that follows and drops what it has", () => {
    const replica = replicaAt(41);
    expect([replica.frame(frame(42)), replica.frame(frame(42)), replica.frame(frame(7))]).toEqual([
      "apply",
      "drop",
      "drop",
    ]);
  });

  it("asks once for a topic with a gap, from before the gap, and applies nothing beyond it", () => {
    const replica = replicaAt(41);
    expect([replica.frame(frame(44)), replica.frame(frame(45))]).toEqual(["gap", "drop"]);
    expect(replica.behind).toBe(1);
    expect(replica.subscription(TOPIC).after).toEqual({ epoch: OLD, seq: 40 });
    expect([41, 42, 43, 44].map((seq) => replica.frame(frame(seq)))).toEqual(["drop", "apply", "apply", "apply"]);
    expect(replica.behind).toBe(0);
  });

  it("drops an earlier epoch and follows a later one from its first frame", () => {
    const replica = replicaAt(5, NEW);
    expect(replica.frame(frame(900, OLD))).toBe("drop");
    const before = replicaAt(900, OLD);
    expect([before.frame(frame(1, NEW)), before.frame(frame(2, NEW))]).toEqual(["apply", "apply"]);
  });

  it("wants a snapshot when it met a later epoch in its middle", () => {
    const replica = replicaAt(900, OLD);
    expect(replica.frame(frame(7, NEW))).toBe("gap");
    expect(replica.subscription(TOPIC)).toEqual({ topic: TOPIC });
  });

  it("takes the frame it already has as the answer that nothing is missing", () => {
    const replica = replicaAt(41);
    replica.lost();
    expect(replica.behind).toBe(1);
    replica.frame(frame(41));
    expect(replica.behind).toBe(0);
  });

  it("sees no gap where frames are thinned out", () => {
    const replica = new Replica();
    replica.want(TOPIC, { pace_ms: 250 });
    replica.snapshot(snapshot(1));
    expect(replica.frame(frame(90))).toBe("apply");
    expect(replica.complete(TOPIC, { epoch: OLD, seq: 95 })).toBe("apply");
    expect(replica.position(TOPIC)).toEqual({ epoch: OLD, seq: 95 });
  });

  it("waits for the snapshot of its filter and takes nothing that was sent for another", () => {
    const replica = replicaAt(41);
    expect(replica.want(TOPIC, { filter: { locations: ["Haifa"] } })).toBe(true);
    expect(replica.subscription(TOPIC)).toEqual({ topic: TOPIC, filter: { locations: ["Haifa"] } });
    expect([replica.frame(frame(42)), replica.complete(TOPIC, { epoch: OLD, seq: 42 })]).toEqual(["drop", "drop"]);
    expect(replica.behind).toBe(1);
    expect([replica.snapshot(snapshot(42)), replica.frame(frame(57))]).toEqual(["apply", "apply"]);
    expect(replica.behind).toBe(0);
  });

  it("begins a filtered topic with a snapshot again after the socket was lost, even one that says nothing new", () => {
    const replica = new Replica();
    replica.want(TOPIC, { filter: { severities: ["extreme"] } });
    replica.snapshot(snapshot(41));
    replica.lost();
    expect([replica.behind, replica.subscription(TOPIC).after]).toEqual([1, undefined]);
    expect(replica.snapshot(snapshot(41))).toBe("apply");
    expect(replica.behind).toBe(0);
  });

  it("asks for everything anew when the filter is taken away", () => {
    const replica = new Replica();
    replica.want(TOPIC, { filter: { locations: ["Haifa"] } });
    replica.snapshot(snapshot(41));
    expect([replica.want(TOPIC), replica.want(TOPIC)]).toEqual([true, false]);
    expect(replica.subscription(TOPIC)).toEqual({ topic: TOPIC });
  });

  it("learns from a position message that a last frame was lost", () => {
    expect(replicaAt(41).complete(TOPIC, { epoch: OLD, seq: 42 })).toBe("gap");
  });

  it("is not behind of a topic nobody has posted to, and starts with its first frame", () => {
    const replica = new Replica();
    replica.want(TOPIC);
    replica.unknown(TOPIC);
    expect(replica.awaiting).toBe(0);
    expect(replica.frame(frame(1))).toBe("apply");
  });

  it("acknowledges each position once", () => {
    const replica = replicaAt(41);
    expect(replica.takeUnacknowledged()).toEqual([{ topic: TOPIC, epoch: OLD, seq: 41 }]);
    expect(replica.takeUnacknowledged()).toEqual([]);
  });

  it("applies every seq once, in order, whatever is lost, repeated or reordered on the way", async () => {
    const faults = fc.array(fc.tuple(fc.nat(30), fc.constantFrom("lose", "repeat", "swap")), { maxLength: 12 });
    await holds(
      fc.property(faults, (some) => {
        const applied: number[] = [];
        const replica = replicaAt(0);
        const sent = mangle(
          Array.from({ length: 30 }, (_, i) => i + 1),
          some,
        );
        let pending = [...sent];
        // A server answers a gap with everything after the position it is told, once per question.
        const hear = (seq: number) => {
          const verdict = replica.frame(frame(seq));
          if (verdict === "apply") applied.push(seq);
          const after = replica.subscription(TOPIC).after?.seq ?? 0;
          if (verdict === "gap") pending = [...Array.from({ length: 30 - after }, (_, i) => after + 1 + i), ...pending];
        };
        while (pending.length > 0) hear(pending.shift() as number);
        expect(applied).toEqual(Array.from({ length: applied.length }, (_, i) => i + 1));
        if (replica.behind === 0 && sent.includes(30)) expect(applied).toHaveLength(30);
      }),
    );
  });
});

function mangle(seqs: number[], faults: [number, string][]): number[] {
  const out = [...seqs];
  for (const [at, fault] of faults) {
    const i = at % out.length;
    if (fault === "lose") out.splice(i, 1);
    else if (fault === "repeat") out.splice(i, 0, out[i] as number);
    else [out[i], out[(i + 1) % out.length]] = [out[(i + 1) % out.length] as number, out[i] as number];
  }
  return out;
}
