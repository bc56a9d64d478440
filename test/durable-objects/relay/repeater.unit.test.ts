/* The second level of delivery with a limit of four: twelve hubs under one ledger, while relays, hubs and calls fail. */
import { describe, expect, it } from "vitest";
import type { ReachReport } from "../../../src/domain/frame";
import { Repeater } from "../../../src/durable-objects/relay/repeater";
import { fc, holds } from "../../property";
import { Disk, Life } from "../ledger/fake-object";
import { Crowd, type CrowdHub, calls, TOPIC } from "./crowd";

const MINUTE = 60_000;

/** Hubs that listen: four under the owner, four under each relay. */
async function listening(hubs: number): Promise<Crowd> {
  const crowd = new Crowd();
  await crowd.append();
  for (let i = 0; i < hubs; i++) await crowd.join();
  return crowd;
}

const twelve = () => listening(12);

/** Seqs from `from` to `to`. */
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const last = (crowd: Crowd): CrowdHub => crowd.hubs.at(-1) as CrowdHub;

describe("the second level", () => {
  it("leaves four hubs with the owner and hangs the others on the relays of their numbers", async () => {
    const crowd = await twelve();
    expect(crowd.children).toEqual({
      hubs: ["eu-0", "eu-1", "eu-2", "eu-3"],
      relays: ["eu-relay-1", "eu-relay-2"],
    });
  });

  it("brings every hub every frame once and in order", async () => {
    const crowd = await twelve();
    for (let i = 0; i < 10; i++) await crowd.append();
    for (const hub of crowd.hubs) expect(hub.seqs).toEqual(range(2, 11));
    expect(crowd.ownerCalls.read).toBeLessThan(12);
  });

  it("has the owner call six children for twelve hubs", async () => {
    const crowd = await twelve();
    const called: string[] = [];
    crowd.world.deliver = (child, deliveries) => {
      called.push(child);
      return crowd.deliver(child, deliveries);
    };
    await crowd.append();
    expect(called.sort()).toEqual(["eu-0", "eu-1", "eu-2", "eu-3", "eu-relay-1", "eu-relay-2"]);
  });

  it("keeps a hub that the owner has when it renews, also when there are too many", async () => {
    const crowd = await twelve();
    await crowd.advance(6 * MINUTE);
    expect(crowd.children.hubs).toEqual(["eu-0", "eu-1", "eu-2", "eu-3"]);
    await crowd.advance(20 * MINUTE);
    await crowd.append();
    for (const hub of crowd.hubs) expect(hub.got.at(-1)?.seq).toBe(3);
  });

  it("answers for a frame before its hubs have it, and brings it after a crash in between", async () => {
    const crowd = await twelve();
    last(crowd).isDown = true;
    await crowd.append();
    const relay = crowd.relay("eu-relay-2");
    relay.rebirth();
    last(crowd).isDown = false;
    expect(relay.disk.alarm).toBeLessThanOrEqual(crowd.now + 2_000);
    await crowd.advance(5_000);
    expect(last(crowd).seqs).toEqual([2]);
  });

  it("asks hubs after a crash what they have, and reads what they lack from the owner", async () => {
    const crowd = await twelve();
    last(crowd).isDown = true;
    for (let i = 0; i < 3; i++) await crowd.append();
    crowd.relay("eu-relay-2").rebirth();
    await crowd.append();
    last(crowd).isDown = false;
    await crowd.advance(5_000);
    expect(last(crowd).seqs).toEqual([2, 3, 4, 5]);
    expect(crowd.hubs[8]?.seqs).toEqual([2, 3, 4, 5]);
  });

  it("catches up after a relay was down for a minute", async () => {
    const crowd = await twelve();
    crowd.relay("eu-relay-1").isDown = true;
    for (let i = 0; i < 3; i++) await crowd.append();
    await crowd.advance(MINUTE / 2);
    for (let i = 0; i < 3; i++) await crowd.append();
    await crowd.advance(MINUTE / 2 - 1_000);
    const relay = crowd.relays.get("eu-relay-1");
    if (relay !== undefined) relay.isDown = false;
    await crowd.advance(31_000);
    for (const hub of crowd.hubs) expect(hub.got.at(-1)?.seq).toBe((await crowd.world.feed.stream("AAPL"))?.seq);
    expect(crowd.hubs[4]?.seqs).toEqual(crowd.hubs[0]?.seqs);
  });

  it("repeats the last frame that a hub did not answer", async () => {
    const crowd = await twelve();
    last(crowd).isDown = true;
    await crowd.append();
    await crowd.advance(7_000);
    last(crowd).isDown = false;
    await crowd.advance(31_000);
    expect(last(crowd).seqs).toEqual([2]);
  });

  it("lets a hub in while a frame travels, without a gap", async () => {
    // The ninth and the tenth make their relay; the eleventh finds one.
    for (const hubs of [8, 9, 10]) {
      const crowd = await listening(hubs);
      const [hub] = await Promise.all([crowd.join(), crowd.append()]);
      await crowd.append();
      await crowd.advance(3_000);
      expect(isComplete(hub, 3)).toBe(true);
    }
  });

  it("serves a hub that forgot everything from where its socket was", async () => {
    const crowd = await twelve();
    await crowd.append();
    last(crowd).evict();
    await crowd.append();
    await last(crowd).ask();
    await crowd.append();
    expect(last(crowd).seqs).toEqual([2, 3, 4]);
  });

  it("asks an owner once for what many hubs want at the same time", async () => {
    const crowd = new Crowd();
    await crowd.append();
    for (let i = 0; i < 4; i++) await crowd.join(`eu-${i}`);
    const before = { ...crowd.ownerCalls };
    await Promise.all(range(4, 7).map((i) => crowd.join(`eu-${i}`)));
    // Each hub asks the owner, who names the relay; the relay asks for all of them.
    expect(crowd.ownerCalls).toEqual({ lease: before.lease + 5, read: before.read + 1 });
  });

  it("lets its lease lapse when nobody listens any more, and its alarm with it", async () => {
    const crowd = await twelve();
    crowd.hubs.splice(4);
    await crowd.advance(30 * MINUTE);
    expect(crowd.children.relays).toEqual([]);
    expect(crowd.relays.get("eu-relay-1")?.disk.alarm).toBeNull();
  });

  it("is asked again when the owner's relay cannot be reached, and finds a place with the owner if there is one", async () => {
    const crowd = await twelve();
    crowd.hubs.splice(0, 2);
    await crowd.advance(11 * MINUTE);
    for (const relay of crowd.relays.values()) relay.isDown = true;
    await crowd.advance(15 * MINUTE);
    expect(crowd.children.hubs).toHaveLength(4);
  });

  it("stores nothing for a topic that its owner does not know", async () => {
    const crowd = new Crowd();
    const relay = crowd.relay("eu-relay-0");
    expect(await relay.repeater.lease("eu-0", TOPIC, null)).toEqual({ status: "unknown" });
    expect(relay.disk.db.prepare("SELECT count(*) AS n FROM leases").get()).toEqual({ n: 0 });
    expect(relay.disk.alarm).toBeNull();
  });

  it("writes few rows in a busy minute", async () => {
    const crowd = await twelve();
    const relay = crowd.relay("eu-relay-1");
    await crowd.append();
    const before = relay.disk.rowsWritten;
    for (let i = 0; i < 600; i++) {
      await crowd.append();
      await crowd.advance(100);
    }
    expect(relay.disk.rowsWritten - before).toBeLessThanOrEqual(60);
    expect(crowd.hubs[4]?.seqs).toEqual(crowd.hubs[0]?.seqs);
  });

  it("adds up whom its hubs reached and says so with its next answer", async () => {
    const topic = "alerts";
    const frame = (seq: number) => JSON.stringify({ topic, epoch: "e1", seq, type: "open", at: "", data: {} });
    const delivery = (seq: number) => [{ topic, epoch: "e1", first: seq, frames: [frame(seq)] }];
    const report = (seq: number, ms: number): ReachReport => ({
      ...{ topic, epoch: "e1", seq, registered: 10, asked: 5, flushed: 8, acknowledged: 1 },
      latencies: [[ms, 8]],
    });
    const head = { epoch: "e1", seq: 0 };
    const repeater = new Repeater(new Life(new Disk()).ctx.storage, {
      name: "eu-relay-0",
      ownerOf: () => ({
        lease: async () => ({ status: "leased", head, delivery: [] }),
        read: async () => ({ status: "range", head, frames: [], more: false }),
      }),
      deliver: async (child) => ({
        have: { [topic]: { epoch: "e1", seq: 1 } },
        reach: [report(1, child === "eu-0" ? 3 : 40)],
      }),
    });
    for (const hub of ["eu-0", "eu-1"]) await repeater.lease(hub, topic, head);
    expect((await repeater.deliver(delivery(1))).reach).toBeUndefined();
    await calls();
    const sum = { ...report(1, 0), registered: 20, asked: 10, flushed: 16, acknowledged: 2 };
    const latencies = [
      [3, 8],
      [40, 8],
    ];
    expect((await repeater.deliver(delivery(2))).reach).toEqual([{ ...sum, latencies }]);
  });

  const failures = ["hub down", "hub up", "lose", "answer", "crash relay", "relay down", "relay up", "crash owner"];

  it("brings every hub every frame once and in order half a minute after the last failure", async () => {
    await holds(story(["append", "append", "append", "second", ...failures], 35_000), { numRuns: 100 });
  });

  it("brings them also where leases end, hubs forget and others join", async () => {
    const all = ["append", "append", "append", ...failures, "evict hub", "second", "minutes", "hour", "join"];
    await holds(story(all, 7 * MINUTE), { numRuns: 60 });
  });
});

/** Whatever happens, and then everybody is there again for `settleMs`. */
function story(events: string[], settleMs: number) {
  const step = fc.tuple(fc.constantFrom(...events), fc.nat(11));
  return fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    const crowd = await twelve();
    for (const [what, i] of steps) await take(crowd, what, i);
    for (const hub of crowd.hubs) Object.assign(hub, { isDown: false, isLosingAnswers: false });
    for (const relay of crowd.relays.values()) relay.isDown = false;
    await crowd.advance(settleMs);
    const seq = (await crowd.world.feed.stream("AAPL"))?.seq as number;
    for (const hub of crowd.hubs) expect(isComplete(hub, seq), `${hub.name}: ${JSON.stringify(hub.seqs)}`).toBe(true);
  });
}

/** From the snapshot it began with, every seq up to `seq`, once and in order. */
function isComplete({ got }: CrowdHub, seq: number): boolean {
  const [first] = got;
  if (first?.type !== "snapshot") return false;
  return JSON.stringify(got.map((message) => message.seq)) === JSON.stringify(range(first.seq, seq));
}

async function take(crowd: Crowd, what: string, i: number): Promise<void> {
  const hub = crowd.hubs[i] as CrowdHub;
  const relay = [...crowd.relays.values()][i % 2];
  if (what === "append") await crowd.append();
  else if (what === "hub down") hub.isDown = true;
  else if (what === "hub up") hub.isDown = false;
  else if (what === "lose") hub.isLosingAnswers = true;
  else if (what === "answer") hub.isLosingAnswers = false;
  else if (what === "evict hub") hub.evict();
  else if (what === "crash relay") relay?.rebirth();
  else if (what === "relay down" && relay !== undefined) relay.isDown = true;
  else if (what === "relay up" && relay !== undefined) relay.isDown = false;
  else if (what === "crash owner") crowd.world.rebirth();
  else if (what === "second") await crowd.advance(1_000);
  else if (what === "minutes") await crowd.advance(3 * MINUTE);
  else if (what === "hour") await crowd.advance(60 * MINUTE);
  else if (what === "join") await crowd.join();
  await calls();
}
