/* Topic `alerts` in workerd: each frame of each area once, in order, whatever comes twice, early or not at all. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aggregateOf, closeData, openData } from "../../src/domain/alerts/aggregate";
import type { AlertData, AlertEvent, AlertsSnapshot } from "../../src/domain/alerts/alert";
import type { Delivery } from "../../src/domain/frame";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import { children } from "../../src/durable-objects/surroundings";
import { until } from "../until";

const MINUTE = 60_000;
const topic = () => env.TOPIC.getByName("alerts");

afterEach(() => void vi.restoreAllMocks());

let names = 0;
/** A place that no other test has. */
const fresh = (): string => `place-${++names}`;

function event(place: string, id: string): AlertEvent {
  const start = Date.now();
  return {
    type: "alert",
    event_id: id,
    candidate: `${place}-alert`,
    location: place,
    kind: "Rocket Alert",
    severity: "severe",
    start,
    end: start + 10 * MINUTE,
    drill: false,
  };
}

/** Frames of an area that only this test knows: `last` of them, the last one a close. */
function framesOf(place: string, last: number, epoch = "e1"): string[] {
  const one = aggregateOf(event(place, "e1"));
  return Array.from({ length: last }, (_, i) => {
    const seq = i + 1;
    const aggregate = { ...one, count: seq, revision: seq };
    const at = Date.now();
    const data: AlertData =
      seq === last ? closeData(aggregate, {}, at) : openData(event(place, `e${seq}`), aggregate, at);
    const type = data.event_type;
    return JSON.stringify({ topic: `areas/${place}`, epoch, seq, type, at: new Date(at).toISOString(), data });
  });
}
const delivery = (place: string, frames: string[], first: number, last: number, epoch = "e1"): Delivery => ({
  topic: `areas/${place}`,
  epoch,
  first,
  frames: frames.slice(first - 1, last),
});

interface Repeated {
  seq: number;
  type: string;
  origin: { topic: string; epoch: string; seq: number };
}
/** What the topic says of a place, and that its own order has no gap. */
async function repeated(place: string): Promise<Repeated[]> {
  const range = await topic().read("alerts", { epoch: "", seq: 0 }, 10_000);
  const frames: Repeated[] = range.status === "range" ? range.frames.map((text) => JSON.parse(text)) : [];
  expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, i) => i + 1));
  return frames.filter(({ origin }) => origin.topic === `areas/${place}`);
}
const seqsOf = async (place: string): Promise<number[]> => (await repeated(place)).map(({ origin }) => origin.seq);
const current = async (): Promise<AlertsSnapshot> => {
  const answer = await topic().read("alerts", null, 1);
  return JSON.parse((answer as { snapshot: string }).snapshot).data;
};

describe("frames of an area", () => {
  it("are repeated once, with where they came from, however often they are delivered", async () => {
    const place = fresh();
    const frames = framesOf(place, 3);
    const whole = delivery(place, frames, 1, 3);
    for (let i = 0; i < 3; i++) {
      const { have } = await topic().deliver([whole]);
      expect(have).toEqual({ [`areas/${place}`]: { epoch: "e1", seq: 3 } });
    }
    expect(await repeated(place)).toMatchObject([
      { type: "open", origin: { epoch: "e1", seq: 1 } },
      { type: "open", origin: { epoch: "e1", seq: 2 } },
      { type: "close", origin: { epoch: "e1", seq: 3 } },
    ]);
  });

  it("that do not follow are refused: the answer says what is there, and the rest then comes once", async () => {
    const place = fresh();
    const frames = framesOf(place, 6);
    await topic().deliver([delivery(place, frames, 1, 2)]);
    const early = await topic().deliver([delivery(place, frames, 5, 6)]);
    expect(early.have).toEqual({ [`areas/${place}`]: { epoch: "e1", seq: 2 } });
    expect(await seqsOf(place)).toEqual([1, 2]);
    await topic().deliver([delivery(place, frames, 2, 6)]);
    expect(await seqsOf(place)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("of a place that is heard of first in the middle are wanted from the first one", async () => {
    const place = fresh();
    const frames = framesOf(place, 3);
    const { have } = await topic().deliver([delivery(place, frames, 2, 3)]);
    expect(have).toEqual({ [`areas/${place}`]: { epoch: "e1", seq: 0 } });
    expect(await seqsOf(place)).toEqual([]);
  });

  it("of a later epoch are wanted from its first one", async () => {
    const place = fresh();
    await topic().deliver([delivery(place, framesOf(place, 2), 1, 2)]);
    const { have } = await topic().deliver([delivery(place, framesOf(place, 3, "e2"), 2, 3, "e2")]);
    expect(have).toEqual({ [`areas/${place}`]: { epoch: "e2", seq: 0 } });
  });

  it("that are not taken in are answered with nothing, so that whoever sent them tries again", async () => {
    const place = fresh();
    const full = { ok: false as const, code: "log_full" as const, detail: "", receipts: [] };
    await runInDurableObject(topic(), async (instance) => {
      vi.spyOn(Ledger.prototype, "append").mockResolvedValueOnce(full);
      const frames = framesOf(place, 2);
      await expect(instance.deliver([delivery(place, frames, 1, 2)])).rejects.toThrow("log_full");
    });
  });

  it("of an earlier epoch change nothing any more", async () => {
    const place = fresh();
    await topic().deliver([delivery(place, framesOf(place, 2, "e2"), 1, 2, "e2")]);
    const { have } = await topic().deliver([delivery(place, framesOf(place, 3, "e1"), 1, 3, "e1")]);
    expect(have).toEqual({ [`areas/${place}`]: { epoch: "e2", seq: 2 } });
    expect((await repeated(place)).map(({ origin }) => origin.epoch)).toEqual(["e2", "e2"]);
  });

  it("are known after an eviction", async () => {
    const place = fresh();
    const frames = framesOf(place, 4);
    await topic().deliver([delivery(place, frames, 1, 3)]);
    expect((await current()).alerts.find((a) => a.location === place)?.aggregate.count).toBe(3);
    await evictDurableObject(topic());
    await topic().deliver([delivery(place, frames, 1, 4)]);
    expect(await seqsOf(place)).toEqual([1, 2, 3, 4]);
    expect((await current()).alerts.find((a) => a.location === place)).toBeUndefined();
  });
});

describe("an area and its topic", () => {
  const say = (place: string, id: string) =>
    env.ALERT_AREA.getByName(place).append({
      key: crypto.randomUUID(),
      hash: "",
      events: [{ stream: place, source: "sensor", id, body: { ...event(place, id), candidate: crypto.randomUUID() } }],
    });
  const arrived = (place: string, seqs: number[]) =>
    until(async () => (await seqsOf(place)).length >= seqs.length, { what: `${seqs} in the topic` }).then(async () =>
      expect(await seqsOf(place)).toEqual(seqs),
    );

  it("miss no frame whose call is lost on its way", async () => {
    const place = fresh();
    const real = children.deliver.bind(children);
    const lost = vi.spyOn(children, "deliver").mockImplementation(async (on, child, deliveries) => {
      if (lost.mock.calls.length <= 2) throw new Error("lost");
      return real(on, child, deliveries);
    });
    await say(place, "e1");
    await say(place, "e2");
    await arrived(place, [1, 2]);
    expect(lost.mock.calls.length).toBeGreaterThan(2);
  });

  it("double no frame whose answer is lost", async () => {
    const place = fresh();
    const real = children.deliver.bind(children);
    const lost = vi.spyOn(children, "deliver").mockImplementation(async (on, child, deliveries) => {
      const receipts = await real(on, child, deliveries);
      if (lost.mock.calls.length <= 2) throw new Error("lost");
      return receipts;
    });
    await say(place, "e1");
    await until(() => lost.mock.calls.length >= 3, { what: "it was said again" });
    await say(place, "e2");
    await arrived(place, [1, 2]);
  });

  it("catch up when the area dies before its topic has heard", async () => {
    const place = fresh();
    const mute = vi.spyOn(children, "deliver").mockRejectedValue(new Error("down"));
    await say(place, "e1");
    await evictDurableObject(env.ALERT_AREA.getByName(place));
    mute.mockRestore();
    await runDurableObjectAlarm(env.ALERT_AREA.getByName(place));
    await arrived(place, [1]);
    await say(place, "e2");
    await arrived(place, [1, 2]);
  });

  it("agree again when the topic has lost what it knew", async () => {
    const place = fresh();
    await say(place, "e1");
    await arrived(place, [1]);
    // A topic that was restored to before the alert: it wants all of it again.
    const answers: Delivery[][] = [];
    let seq = 0;
    vi.spyOn(children, "deliver").mockImplementation(async (_on, _child, deliveries) => {
      answers.push(deliveries);
      for (const one of deliveries) {
        if ("frames" in one && one.first === seq + 1) seq += one.frames.length;
      }
      return { have: { [`areas/${place}`]: { epoch: deliveries[0]?.epoch as string, seq } } };
    });
    await say(place, "e2");
    await until(() => seq === 2, { what: "it has both" });
    expect(answers.length).toBeGreaterThan(1);
  });
});
