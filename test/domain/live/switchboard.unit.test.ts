import { describe, expect, it, vi } from "vitest";
import { fc, holds } from "../../property";
import { FakeOwner } from "./fake-owner";
import { FakeClient, World } from "./world";

type Step = (world: World) => void;

const clientAt = (world: World, i: number): FakeClient => {
  const client = world.clients[i % 4] ?? new FakeClient();
  if (!world.clients.includes(client)) world.clients.push(client);
  return client;
};

const index = fc.nat({ max: 7 });
const step = (name: string, run: Step) => fc.constant(Object.assign(run, { [fc.toStringMethod]: () => name }));
const stepOf = (name: string, run: (world: World, i: number) => void) =>
  index.map((i) => Object.assign((world: World) => run(world, i), { [fc.toStringMethod]: () => `${name} ${i}` }));

const harmless: { weight: number; arbitrary: fc.Arbitrary<Step> }[] = [
  { weight: 8, arbitrary: step("append", (w) => w.owner.grow()) },
  { weight: 6, arbitrary: stepOf("join", (w, i) => w.join(clientAt(w, i))) },
  { weight: 2, arbitrary: stepOf("leave", (w, i) => w.leave(clientAt(w, i))) },
  { weight: 6, arbitrary: step("ask", (w) => w.ask()) },
  { weight: 6, arbitrary: stepOf("serve", (w, i) => w.serve(i)) },
  { weight: 6, arbitrary: stepOf("hear", (w, i) => w.hear(i, false)) },
  { weight: 1, arbitrary: stepOf("lose an answer of", (w, i) => w.hear(i, true)) },
  { weight: 1, arbitrary: stepOf("give up", (w, i) => w.giveUp(i)) },
  { weight: 8, arbitrary: step("send", (w) => w.owner.send(w.now)) },
  { weight: 8, arbitrary: step("arrive", (w) => w.arrive(false)) },
  { weight: 2, arbitrary: step("arrive, answer lost", (w) => w.arrive(true)) },
  { weight: 1, arbitrary: step("call lost", (w) => w.owner.receive(undefined)) },
  { weight: 1, arbitrary: step("a minute", (w) => w.wait(60_000)) },
  { weight: 2, arbitrary: step("announce", (w) => w.announce()) },
  { weight: 2, arbitrary: step("save", (w) => w.save()) },
];
const harmful: typeof harmless = [
  { weight: 2, arbitrary: step("evict", (w) => w.evict()) },
  { weight: 1, arbitrary: step("deploy", (w) => w.deploy()) },
  { weight: 1, arbitrary: step("new epoch", (w) => w.owner.begin()) },
  { weight: 1, arbitrary: step("trim", (w) => w.owner.trim()) },
  { weight: 1, arbitrary: step("owner restarts", (w) => w.owner.forget()) },
];

const run = (steps: Step[], world = new World()): World => {
  for (const one of steps) {
    one(world);
    world.replaceClosed();
  }
  for (const client of world.clients) if (client.subscriber === undefined) world.join(client);
  world.settle();
  return world;
};

/** Alerts at Haifa, and at every third seq in Tel Aviv. */
const isInTelAviv = (seq: number) => seq % 3 === 0;
const alertAt = (seq: number) => ({ location: isInTelAviv(seq) ? "תל אביב - יפו" : "Haifa", severity: "severe" });

const alerting = (): World => {
  const owner = new FakeOwner("alerts");
  owner.dataOf = alertAt;
  owner.snapshotOf = (seq) => ({ alerts: [{ event_type: "open", ...alertAt(seq) }], canary_at: null });
  const world = new World(4, owner);
  world.clients.push(new FakeClient({ locations: ["תל אביב*"] }, isInTelAviv));
  world.clients.push(new FakeClient({ locations: ["HAIFA", "Nowhere"] }, (seq) => !isInTelAviv(seq)));
  world.clients.push(new FakeClient({ severities: ["extreme"] }, () => false));
  return world;
};

const head = ({ owner }: World) => (owner.epoch === "" ? null : { epoch: owner.epoch, seq: owner.seq });

describe("A switchboard", () => {
  it("gives every client every seq, whatever is lost, evicted or begun anew", async () => {
    const steps = fc.array(fc.oneof(...harmless, ...harmful), { maxLength: 80, size: "max" });
    await holds(
      fc.property(steps, (list) => {
        const world = run(list);
        for (const client of world.clients) expect(client.position).toEqual(head(world));
      }),
      { numRuns: 5_000 },
    );
  });

  it("gives filtered clients everything they want, nothing else, and says how far they are", async () => {
    const steps = fc.array(fc.oneof(...harmless, ...harmful), { maxLength: 80, size: "max" });
    await holds(
      fc.property(steps, (list) => {
        const world = run(list, alerting());
        const { epoch, seq } = head(world) ?? { epoch: "", seq: 0 };
        for (const client of world.clients) {
          expect(client.misses({ epoch, seq })).toBe(false);
          if (world.evictions === 0 && epoch !== "") expect(client.position).toEqual({ epoch, seq });
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("gives clients that acknowledge everything, once, however much comes before they can", async () => {
    const acknowledge = stepOf("acknowledge", (w, i) => w.acknowledge(clientAt(w, i)));
    const steps = fc.array(fc.oneof(...harmless, { weight: 4, arbitrary: acknowledge }), {
      maxLength: 80,
      size: "max",
    });
    await holds(
      fc.property(steps, fc.integer({ min: 300, max: 2_000 }), (list, bound) => {
        const world = run(list, new World(undefined, undefined, bound));
        for (const client of world.clients) {
          expect(client.repeats).toBe(0);
          expect(client.position).toEqual(head(world));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("sends nothing twice as long as it is not evicted", async () => {
    await holds(
      fc.property(fc.array(fc.oneof(...harmless), { maxLength: 80, size: "max" }), (list) => {
        const world = run(list);
        for (const client of world.clients) {
          expect(client.repeats).toBe(0);
          expect(client.position).toEqual(head(world));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("asks again when the announcement overtakes the answer that the topic is unknown", () => {
    const world = new World();
    const client = new FakeClient();
    world.join(client);
    world.ask();
    world.serve(0);
    world.owner.grow();
    world.announce();
    world.hear(0, false);
    world.ask();
    world.serve(0);
    world.hear(0, false);
    expect(client.position).toEqual({ epoch: "e1", seq: 1 });
  });

  it("asks a reachable owner once for all who want a snapshot", () => {
    const world = new World(1_000);
    world.owner.grow();
    const crowd = Array.from({ length: 50 }, () => new FakeClient());
    for (const client of crowd.slice(0, 25)) world.join(client);
    world.ask();
    for (const client of crowd.slice(25)) world.join(client);
    world.ask();
    expect(world.calls).toHaveLength(1);
    world.serve(0);
    world.hear(0, false);
    expect(crowd.every((client) => client.position?.seq === 1)).toBe(true);
    world.ask();
    expect(world.calls).toHaveLength(0);
  });

  it("tells a client that comes back with everything so, at once", () => {
    const world = new World();
    const [first, second] = [new FakeClient(), new FakeClient()];
    world.owner.grow();
    world.join(first);
    world.settle();
    second.position = first.position;
    world.join(second);
    expect(second.texts.map((text) => JSON.parse(text))).toEqual([
      { type: "position", topics: [{ topic: "prices/A", epoch: "e1", seq: 1 }] },
    ]);
  });

  it("tells a client that comes back first of all so, when the owner has answered", () => {
    const world = new World();
    const client = new FakeClient();
    world.owner.grow();
    client.position = { epoch: "e1", seq: 1 };
    world.join(client);
    world.settle();
    expect(client.texts).toEqual(['{"type":"position","topics":[{"topic":"prices/A","epoch":"e1","seq":1}]}']);
  });

  it("reduces a snapshot to what a filter leaves, and sends others the very text", () => {
    const world = alerting();
    const everything = new FakeClient();
    world.owner.grow();
    for (const client of [...world.clients, everything]) world.join(client);
    world.settle();
    const alertsOf = (client: FakeClient) => JSON.parse(client.texts[0] as string).data.alerts.length;
    expect(world.clients.map(alertsOf)).toEqual([0, 1, 0]);
    expect(everything.texts).toEqual([(world.owner.read(null) as { snapshot: string }).snapshot]);
  });

  it("parses a frame once however many filters look at it", () => {
    const world = alerting();
    const parse = vi.spyOn(JSON, "parse");
    const deliver = () => {
      world.owner.grow();
      world.owner.send(world.now);
      parse.mockClear();
      world.arrive(false);
      return parse.mock.calls.filter(([text]) => text.includes('"open"')).length;
    };
    world.owner.grow();
    for (const client of world.clients) world.join(client);
    world.settle();
    for (const client of world.clients) vi.spyOn(client.outlet, "send").mockReturnValue();
    expect(deliver()).toBe(1);
  });

  it("takes a long delivery to a crowd in parts", () => {
    const world = new World(10);
    world.owner.grow();
    for (let i = 0; i < 4; i++) world.join(clientAt(world, i));
    world.settle();
    const first = world.owner.seq + 1;
    for (let i = 0; i < 6; i++) world.owner.grow();
    const frames = Array.from({ length: 6 }, (_, i) => world.owner.frame(first + i));
    const deliver = () => world.board.deliver([{ topic: world.owner.topic, epoch: "e1", first, frames }], world.now);
    const seqs = [deliver(), deliver(), deliver()].map(({ have }) => have[world.owner.topic]?.seq);
    expect(seqs).toEqual([first + 1, first + 3, first + 5]);
  });

  it("keeps nothing of frames that nobody is joining for", () => {
    const world = new World();
    const client = new FakeClient();
    world.owner.grow();
    world.join(client);
    world.ask();
    world.serve(0);
    world.hear(0, false);
    world.leave(client);
    expect(world.board.feeds.size).toBe(0);
    expect(world.board.subscribers.size).toBe(0);
  });
});

describe("an owner that cannot be reached", () => {
  it("is asked every few seconds, however long it has been gone", () => {
    const world = new World();
    world.join(clientAt(world, 0));
    for (let failures = 0; failures < 20; failures++) {
      expect((world.board.leases.dueAt ?? Number.POSITIVE_INFINITY) - world.now).toBeLessThanOrEqual(5_000);
      world.wait(5_000);
      world.ask();
      world.giveUp(world.calls.length - 1);
    }
  });
});
