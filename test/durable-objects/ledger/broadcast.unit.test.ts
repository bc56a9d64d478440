/* The sending side of live delivery, against a child that misses calls, loses answers, forgets and joins late. */
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/domain/frame";
import type { Position } from "../../../src/domain/ledger/position";
import { fc, holds } from "../../property";
import { requestOf, tickOf, World } from "./world";

const TOPIC = "prices/AAPL";

/** A child as the protocol asks: takes what follows on what it has, answers with what it has. */
class Child {
  have: Position = { epoch: "", seq: 0 };
  got: number[] = [];
  calls = 0;
  failing = false;
  losingAnswers = false;

  deliver = async (deliveries: Delivery[]) => {
    this.calls++;
    if (this.failing) throw new Error("the hub is down");
    for (const delivery of deliveries) this.take(delivery);
    if (this.losingAnswers) throw new Error("the answer was lost");
    return { have: { [TOPIC]: this.have } };
  };

  take(delivery: Delivery): void {
    expect("frames" in delivery).toBe(true);
    if (!("frames" in delivery)) return;
    if (delivery.epoch !== this.have.epoch) this.have = { epoch: delivery.epoch, seq: 0 };
    if (delivery.first > this.have.seq + 1) return;
    for (const text of delivery.frames.slice(this.have.seq + 1 - delivery.first)) {
      this.have = { epoch: delivery.epoch, seq: JSON.parse(text).seq };
      this.got.push(this.have.seq);
    }
  }
}

/** Lets calls that are under way come to their end. */
const calls = () => new Promise<void>((resolve) => setImmediate(resolve));

async function leased(): Promise<{ world: World; child: Child }> {
  const world = new World();
  const child = new Child();
  world.deliver = (_, deliveries) => child.deliver(deliveries);
  await world.feed.append(requestOf("first", [tickOf(0)]));
  const lease = await world.feed.lease("local-0", TOPIC, child.have);
  if (lease.status === "leased") for (const delivery of lease.delivery) child.take(delivery);
  return { world, child };
}

describe("broadcast", () => {
  it("gives the lease everything after what the child has, then every frame", async () => {
    const { world, child } = await leased();
    await world.feed.append(requestOf("a", [tickOf(0), tickOf(0)]));
    await calls();
    expect(child.got).toEqual([1, 2, 3]);
  });

  it("repeats the last frame of a quiet symbol until it is answered", async () => {
    const { world, child } = await leased();
    child.failing = true;
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await calls();
    await world.advance(5_000);
    child.failing = false;
    await world.advance(30_000);
    expect(child.got).toEqual([1, 2]);
  });

  it("looks after a frame that a crash left unsent", async () => {
    const { world, child } = await leased();
    child.failing = true;
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await calls();
    world.rebirth();
    child.failing = false;
    await world.advance(25_000);
    await calls();
    expect(child.got).toEqual([1, 2]);
  });

  it("stops calling when the lease ends", async () => {
    const { world, child } = await leased();
    await world.advance(11 * 60_000);
    const before = child.calls;
    await world.feed.append(requestOf("a", [tickOf(0)]));
    await calls();
    expect(child.calls).toBe(before);
  });

  it("has at most one call in flight per child; what gathers goes into the next", async () => {
    const { world, child } = await leased();
    await Promise.all(Array.from({ length: 200 }, (_, i) => world.feed.append(requestOf(`k${i}`, [tickOf(0)]))));
    await calls();
    expect(child.got).toEqual(Array.from({ length: 201 }, (_, i) => i + 1));
    expect(child.calls).toBeLessThan(10);
  });

  it("brings every seq once and in order, whatever fails", async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant("append") },
      fc.constantFrom("down", "up", "lose", "answer", "evict", "forget", "second", "minutes", "renew"),
    );
    await holds(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { world, child } = await leased();
        for (const [i, what] of steps.entries()) await take(world, child, what, i);
        child.failing = false;
        child.losingAnswers = false;
        await renew(world, child);
        await world.advance(60_000);
        await calls();
        const seq = (await world.feed.stream("AAPL"))?.seq as number;
        expect(child.have.seq).toBe(seq);
        expect(child.got.slice(-seq)).toEqual(Array.from({ length: seq }, (_, i) => i + 1));
      }),
      { numRuns: 200 },
    );
  });
});

async function renew(world: World, child: Child): Promise<void> {
  const lease = await world.feed.lease("local-0", TOPIC, child.have);
  if (lease.status === "leased") for (const delivery of lease.delivery) child.take(delivery);
}

async function take(world: World, child: Child, what: string, i: number): Promise<void> {
  if (what === "append") await world.feed.append(requestOf(`s${i}`, [tickOf(0)]));
  else if (what === "down") child.failing = true;
  else if (what === "up") child.failing = false;
  else if (what === "lose") child.losingAnswers = true;
  else if (what === "answer") child.losingAnswers = false;
  else if (what === "evict") world.rebirth();
  else if (what === "forget") Object.assign(child, { have: { epoch: "", seq: 0 }, got: [] });
  else if (what === "second") await world.advance(1_000);
  else if (what === "minutes") await world.advance(180_000);
  else await renew(world, child);
  await calls();
}
