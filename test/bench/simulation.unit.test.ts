/* The simulated fan-out: no socket ever misses an alert or gets one out of order, whatever goes wrong; and its sender calls
 * as the product's does. */
import { describe, expect, it } from "vitest";
import { CALM, Country, type Plan, type Trouble } from "../../bench/simulation/country";
import { FAULTLESS } from "../../bench/simulation/network";
import { Sender } from "../../bench/simulation/sender";
import { Timeline } from "../../bench/simulation/timeline";
import { Frames, TOPIC } from "../../bench/simulation/topic";
import type { Delivery } from "../../src/domain/frame";
import { requestOf, tickOf, World } from "../durable-objects/ledger/world";
import { fc, holds } from "../property";

const HOPS: Plan["hops"] = {
  near: { from: 2, to: 10 },
  far: { from: 80, to: 250 },
  callCpu: 0.05,
  sendCpu: 0.02,
  alarm: { from: 1, to: 50 },
  lost: 5_000,
};

/** Four hubs are called directly, and a relay has at most four. */
const planOf = (more: Partial<Plan>): Plan => ({
  seed: 1,
  sockets: 120,
  socketsPerHub: 10,
  regions: { eu: 0.6, as: 0.4 },
  direct: 4,
  cap: undefined,
  alerts: { count: 20, apart: { from: 0, to: 3_000 } },
  hops: HOPS,
  faults: FAULTLESS,
  trouble: CALM,
  ...more,
});

function run(more: Partial<Plan>): Country {
  const country = new Country(planOf(more));
  country.run();
  return country;
}

const gapsOf = ({ hubs }: Country): number => hubs.reduce((sum, { client }) => sum + client.gaps, 0);

describe("a simulated fan-out", () => {
  it("calls its first hubs itself, and relays for the others", () => {
    const country = run({});
    expect(country.hubs).toHaveLength(13);
    // eu has hubs 0-7, as 0-4; which four are direct depends on who came first.
    expect(country.relays.length).toBeGreaterThanOrEqual(2);
    expect(country.relays.length).toBeLessThanOrEqual(4);
    expect(country.isComplete).toBe(true);
    expect(gapsOf(country)).toBe(0);
  });

  it("calls each child once per alert when nothing goes wrong and alerts are apart", () => {
    const country = run({ alerts: { count: 5, apart: { from: 3_000, to: 3_000 } } });
    expect(country.deliveries).toBe(5 * (country.hubs.length + country.relays.length));
  });

  it("gathers what comes while a call is under way into the next one", () => {
    const country = run({ alerts: { count: 50, apart: { from: 1, to: 1 } } });
    expect(country.deliveries).toBeLessThan(10 * (country.hubs.length + country.relays.length));
    expect(gapsOf(country)).toBe(0);
  });

  it("brings every alert to every socket once and in order, whatever goes wrong", async () => {
    const share = fc.double({ min: 0, max: 0.15, noNaN: true });
    const faults = fc.record({
      failed: share,
      lost: share,
      answerLost: share,
      slow: share,
      slowFactor: fc.constantFrom(5, 40),
    });
    const few = fc.nat({ max: 3 });
    const trouble: fc.Arbitrary<Trouble> = fc.record({
      evictedOwners: few,
      evictedRelays: few,
      evictedHubs: few,
      deadHubs: few,
      deadFor: fc.constant({ from: 1_000, to: 60_000 }),
      lateHubs: few,
    });
    const plan = fc.record({
      seed: fc.nat(),
      sockets: fc.integer({ min: 10, max: 200 }),
      cap: fc.constantFrom(undefined, 2, 6),
      faults,
      trouble,
    });
    await holds(
      fc.property(plan, (more) => {
        const country = run(more);
        expect(gapsOf(country)).toBe(0);
        expect(country.isComplete).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("is the same for the same seed", () => {
    const more = {
      seed: 7,
      faults: { ...FAULTLESS, lost: 0.1 },
      trouble: { ...CALM, evictedHubs: 2, evictedRelays: 1 },
    };
    const [a, b] = [run(more), run(more)];
    expect(a.deliveries).toBe(b.deliveries);
    expect(a.hubs.map(({ client }) => [...client.reached])).toEqual(b.hubs.map(({ client }) => [...client.reached]));
  });

  it("sees a gap where there is one", () => {
    const country = run({});
    const { client } = country.hubs[0] as Country["hubs"][number];
    client.send(JSON.stringify({ topic: TOPIC, epoch: "e", seq: client.seq + 2 }));
    expect(gapsOf(country)).toBe(1);
  });
});

/** What was sent to the child, as [seq of the first, how many]. */
type Calls = [number, number][];

/** A child that follows the protocol, and that can be down. */
class Child {
  readonly calls: Calls = [];
  seq = 0;
  isDown = false;
  losesAnswers = false;

  take(deliveries: Delivery[]): number | undefined {
    for (const delivery of deliveries) {
      if (!("frames" in delivery)) continue;
      this.calls.push([delivery.first, delivery.frames.length]);
      const last = delivery.first + delivery.frames.length - 1;
      if (!this.isDown && delivery.first <= this.seq + 1) this.seq = Math.max(this.seq, last);
    }
    return this.isDown || this.losesAnswers ? undefined : this.seq;
  }
}

type Step = "append" | "down" | "up" | "lose" | "answer" | "evict" | "second";
/** Less than a minute in all: then other duties of the ledger would ring its alarm. */
const steps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<Step>("append") },
    { weight: 4, arbitrary: fc.constant<Step>("second") },
    { weight: 4, arbitrary: fc.constantFrom<Step>("down", "up", "lose", "answer", "evict") },
  ),
  { maxLength: 50, size: "max" },
);

function change(child: Child, step: Step): void {
  if (step === "down" || step === "up") child.isDown = step === "down";
  if (step === "lose" || step === "answer") child.losesAnswers = step === "lose";
}

async function callsOfProduct(steps: readonly Step[]): Promise<Calls> {
  const world = new World({ repairMs: 2_000 });
  const child = new Child();
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  await world.feed.append(requestOf("first", [tickOf(0)]));
  // Other duties of the ledger ring its alarm as well; here they are over.
  await world.advance(1_000);
  const epoch = (await world.feed.stream("AAPL"))?.epoch as string;
  world.deliver = async (_, deliveries) => {
    const seq = child.take(deliveries);
    if (seq === undefined) throw new Error("no answer");
    return { have: { "prices/AAPL": { epoch, seq } } };
  };
  child.seq = 1;
  await world.feed.lease("local-0", "prices/AAPL", { epoch, seq: 1 });
  for (const [i, step] of steps.entries()) {
    change(child, step);
    if (step === "append") await world.feed.append(requestOf(`${i}`, [tickOf(0)]));
    if (step === "evict") world.rebirth();
    if (step === "second") await world.advance(1_000);
    await turn();
  }
  return child.calls;
}

function callsOfSimulation(steps: readonly Step[]): Calls {
  const timeline = new Timeline();
  const frames = new Frames();
  const child = new Child();
  const sender = new Sender({
    timeline,
    random: () => 0,
    alarmDelay: { from: 0, to: 0 },
    head: () => frames.head,
    after: (have, give) => give(frames.deliveries(have)),
    deliver: (_, deliveries, done) => {
      const seq = child.take(deliveries);
      done(seq === undefined ? undefined : { have: { [TOPIC]: { ...frames.head, seq } } });
    },
  });
  frames.append();
  child.seq = 1;
  sender.lease("local-0", frames.head);
  for (const step of steps) {
    change(child, step);
    if (step === "append") {
      frames.append();
      sender.committed();
    }
    if (step === "evict") sender.evict();
    if (step === "second") timeline.advanceTo(timeline.now + 1_000);
  }
  return child.calls;
}

describe("the simulated sender", () => {
  it("makes the calls that the product's makes", async () => {
    await holds(
      fc.asyncProperty(steps, async (list) => {
        expect(callsOfSimulation(list)).toEqual(await callsOfProduct(list));
      }),
      { numRuns: 200 },
    );
  });
});
