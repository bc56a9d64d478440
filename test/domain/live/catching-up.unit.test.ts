/* Clients that are given more than they have acknowledged: of what they missed, or of what comes all at once. */
import { describe, expect, it } from "vitest";
import { FakeClient, World } from "./world";

/** A client that has missed 3 MB. */
function catchingUp(): [World, FakeClient] {
  const [world, client] = [new World(1_000), new FakeClient()];
  world.owner.dataOf = () => "x".repeat(100_000);
  for (let i = 0; i < 30; i++) world.owner.grow();
  client.position = { epoch: "", seq: 0 };
  world.join(client);
  return [world, client];
}

const deliver = (world: World): void => {
  world.owner.send(world.now);
  world.arrive(false);
};

describe("A client that catches up", () => {
  it("is given a long range in pieces, and the rest as soon as it has acknowledged", () => {
    const [world, client] = catchingUp();
    const { seqs, calls } = { seqs: [] as number[], calls: [] as number[] };
    while ((client.position?.seq ?? 0) < 30 && seqs.length < 10) {
      world.exchange();
      seqs.push(client.position?.seq ?? 0);
      calls.push(world.board.calls.due(world.now).length);
      world.acknowledge(client);
    }
    expect([seqs, calls]).toEqual([
      [7, 14, 21, 28],
      [0, 0, 0, 0],
    ]);
    expect(client.position?.seq).toBe(30);
    expect(world.board.takeCondemned()).toEqual([]);
  });

  it("is closed a minute after its piece of a long range if it never acknowledges, not earlier", () => {
    const [world, client] = catchingUp();
    world.exchange();
    const began = world.now;
    for (const at of [began + 59_999, began + 60_000]) {
      world.board.findSlow(at);
      expect(world.board.slowAt).toBe(at < began + 60_000 ? began + 60_000 : undefined);
    }
    expect(world.board.takeCondemned()).toEqual([client.subscriber]);
  });

  it("closes nobody who acknowledges for what came faster than it could: it is given the rest when it has", () => {
    const world = new World(1_000);
    world.owner.dataOf = () => "x".repeat(100_000);
    world.owner.grow();
    const crowd = Array.from({ length: 3 }, () => new FakeClient());
    for (const client of crowd) world.join(client);
    world.settle();
    const [prompt, late, silent] = crowd as [FakeClient, FakeClient, FakeClient];
    for (const client of [prompt, late]) world.acknowledge(client);
    world.board.takeChanged();
    for (let i = 0; i < 25; i++) world.owner.grow();
    for (let i = 0; i < 25; i++) deliver(world);
    // It is to be saved anew: it is no longer live.
    expect(world.board.takeChanged()).toContain(prompt.subscriber);
    expect(world.board.takeCondemned()).toEqual([silent.subscriber]);
    world.leave(silent);
    const began = world.now;
    expect([prompt, late].map(({ position }) => position?.seq)).toEqual([12, 12]);
    for (let round = 0; round < 10; round++) {
      world.acknowledge(prompt);
      world.exchange();
    }
    expect(prompt.position?.seq).toBe(26);
    world.owner.grow();
    deliver(world);
    expect(prompt.position?.seq).toBe(27);
    expect([prompt, late].map(({ repeats }) => repeats)).toEqual([0, 0]);
    world.board.findSlow(began + 59_999);
    expect(world.board.takeCondemned()).toEqual([]);
    world.acknowledge(prompt);
    world.board.findSlow(began + 60_000);
    expect(world.board.takeCondemned()).toEqual([late.subscriber]);
  });
});
