/* When a hub asks the owners of topics, how often, and whom an answer serves. */
import { describe, expect, it } from "vitest";
import { Backlog } from "../../../src/domain/live/backlog";
import type { Call } from "../../../src/domain/live/calls";
import { Switchboard } from "../../../src/domain/live/switchboard";
import { FakeClient, World } from "./world";

const HEAD = { epoch: "e1", seq: 1 };
const LEASED = { status: "leased" as const, head: HEAD, delivery: [] };

const boardOf = () => new Switchboard(() => 0.5);

function listen(board: Switchboard, topic: string, after: typeof HEAD | null = HEAD, now = 0) {
  const texts: string[] = [];
  const subscriber = board.attach({ send: (text) => texts.push(text) });
  board.join(subscriber, { topic, after, paceMs: 0 }, now);
  return { subscriber, texts };
}

/** What is to be asked about a topic now. */
const asked = (board: Switchboard, topic: string, now: number): Call[] =>
  board.calls.due(now).filter(({ feed }) => feed.topic === topic);

function hold(board: Switchboard, topic: string, now: number): void {
  listen(board, topic, HEAD, now);
  for (const call of asked(board, topic, now)) board.calls.answered(call, LEASED, now);
}

describe("a lease", () => {
  it("is renewed after half its life, a little spread, with those that are due within the minute", () => {
    const board = boardOf();
    for (const [topic, at] of [["prices/A", 0] as const, ["prices/B", 40_000] as const, ["prices/C", 200_000] as const])
      hold(board, topic, at);
    expect(board.leases.dueAt).toBe(285_000);
    expect(board.calls.due(284_999)).toEqual([]);
    expect(board.calls.due(285_000).map(({ kind, feed }) => [kind, feed.topic])).toEqual([
      ["lease", "prices/A"],
      ["lease", "prices/B"],
    ]);
    expect(board.leases.dueAt).toBe(485_000);
  });

  it("of an unknown topic is asked for again with the renewals, in case nobody heard its announcement", () => {
    const board = boardOf();
    listen(board, "prices/A");
    for (const call of asked(board, "prices/A", 0)) board.calls.answered(call, { status: "unknown" }, 0);
    expect(asked(board, "prices/A", 299_999)).toEqual([]);
    expect(asked(board, "prices/A", 300_000)).toMatchObject([{ kind: "lease" }]);
  });

  it("of a topic that is announced while its owner is asked once more, is asked for again at once", () => {
    const board = boardOf();
    listen(board, "prices/A");
    for (const call of asked(board, "prices/A", 0)) board.calls.answered(call, { status: "unknown" }, 0);
    const [call] = asked(board, "prices/A", 300_000);
    board.announce("prices/A");
    board.calls.answered(call as Call, { status: "unknown" }, 300_000);
    const [again] = asked(board, "prices/A", 300_000);
    expect(again).toMatchObject({ kind: "lease" });
    // Once: the announcement has been followed.
    board.calls.answered(again as Call, { status: "unknown" }, 300_000);
    expect(asked(board, "prices/A", 300_000)).toEqual([]);
  });

  it("that failed is not asked for before its time, though others are due", () => {
    const board = boardOf();
    hold(board, "prices/A", 0);
    hold(board, "prices/B", 70_000);
    const [call] = asked(board, "prices/A", 285_000);
    board.calls.failed(call as Call, 354_800);
    const topicsAt = (now: number) => board.calls.due(now).map(({ feed }) => feed.topic);
    expect([topicsAt(355_000), topicsAt(355_799), topicsAt(355_800)]).toEqual([["prices/B"], [], ["prices/A"]]);
  });

  it("of announcements is held as long as somebody waits for a topic that there is not", () => {
    const board = boardOf();
    const { subscriber } = listen(board, "prices/A");
    for (const call of asked(board, "prices/A", 0)) board.calls.answered(call, { status: "unknown" }, 0);
    expect(board.feeds.has("symbols")).toBe(true);
    board.leave(subscriber, "prices/A", 10);
    expect([...board.feeds.keys()]).toEqual([]);
  });

  it.each([
    ["a frame", { first: 1, frames: ["{}"] }],
    ["a snapshot", { seq: 7, snapshot: "{}" }],
  ])("of an unknown topic is asked for as soon as %s of it comes", (_what, news) => {
    const board = boardOf();
    listen(board, "prices/A", null);
    for (const call of asked(board, "prices/A", 0)) board.calls.answered(call, { status: "unknown" }, 0);
    board.deliver([{ topic: "prices/A", epoch: "e1", ...news }], 10);
    expect(asked(board, "prices/A", 10)).toMatchObject([{ kind: "lease" }]);
  });

  it("is asked for once, whatever those want who come meanwhile", () => {
    const board = boardOf();
    listen(board, "prices/A", null);
    expect(asked(board, "prices/A", 0)).toHaveLength(1);
    listen(board, "prices/A", HEAD);
    expect(asked(board, "prices/A", 0)).toEqual([]);
  });

  it("is renewed once, also when what a socket missed is answered meanwhile", () => {
    const board = boardOf();
    hold(board, "prices/A", 0);
    listen(board, "prices/A", { epoch: "e1", seq: 0 }, 284_990);
    const [read] = asked(board, "prices/A", 284_990);
    expect(asked(board, "prices/A", 285_000)).toMatchObject([{ kind: "lease" }]);
    const range = {
      status: "range" as const,
      head: { epoch: "e1", seq: 9 },
      frames: ['{"epoch":"e1","seq":1}'],
      more: true,
    };
    board.calls.answered(read as Call, range, 285_000);
    expect(asked(board, "prices/A", 285_000).filter(({ kind }) => kind === "lease")).toEqual([]);
  });
});

describe("what a socket missed", () => {
  it("is asked for once, however often the hub looks meanwhile", () => {
    const board = boardOf();
    hold(board, "prices/A", 0);
    listen(board, "prices/A", { epoch: "e1", seq: 0 }, 10);
    expect(asked(board, "prices/A", 10)).toMatchObject([{ kind: "read" }]);
    listen(board, "prices/A", { epoch: "e0", seq: 7 }, 20);
    expect(asked(board, "prices/A", 20)).toMatchObject([{ kind: "read", after: { epoch: "e0" } }]);
  });
});

describe("an owner that follows a call whose answer nobody waits for", () => {
  /** It grants the later call first, and believes that the hub has what it sent with the earlier one. */
  function answersLate(world: World, client: FakeClient): void {
    world.wait(5_000);
    world.ask();
    expect(world.calls).toHaveLength(2);
    world.serve(1);
    world.owner.grow();
    world.serve(0);
    world.hear(0, false);
    world.hear(0, false);
    world.exchange();
    expect(client.position).toEqual({ epoch: "e1", seq: 4 });
  }

  const begun = (): [World, FakeClient] => {
    const [world, client] = [new World(1_000), new FakeClient()];
    for (let i = 0; i < 3; i++) world.owner.grow();
    world.join(client);
    world.ask();
    return [world, client];
  };

  it("is asked once more, where the hub had given the call up", () => {
    const [world, client] = begun();
    world.giveUp(0);
    answersLate(world, client);
  });

  it("is asked once more, where whoever wanted it had left and another came", () => {
    const [world, client] = begun();
    world.leave(client);
    world.join(client);
    answersLate(world, client);
  });
});

describe("an answer", () => {
  it("that names a relay sends the hub there, until that has failed three times", () => {
    const board = boardOf();
    listen(board, "alerts", null);
    const [call] = asked(board, "alerts", 0);
    board.calls.answered(call as Call, { status: "elsewhere", parent: "eu-relay-1" }, 0);
    const parents: (string | undefined)[] = [];
    for (let now = 0; now < 40_000; now += 10_000) {
      for (const again of asked(board, "alerts", now)) {
        parents.push(again.parent);
        board.calls.failed(again, now);
      }
    }
    expect(parents).toEqual(["eu-relay-1", "eu-relay-1", "eu-relay-1", undefined]);
  });

  it("that comes makes the pauses short again", () => {
    const board = boardOf();
    listen(board, "prices/A", null);
    for (const now of [0, 10_000, 20_000, 30_000]) {
      for (const call of asked(board, "prices/A", now)) board.calls.failed(call, now);
    }
    for (const call of asked(board, "prices/A", 40_000)) board.calls.answered(call, { status: "unknown" }, 40_000);
    board.announce("prices/A");
    for (const call of asked(board, "prices/A", 40_000)) board.calls.failed(call, 40_000);
    expect(asked(board, "prices/A", 40_999)).toEqual([]);
    expect(asked(board, "prices/A", 41_000)).toHaveLength(1);
  });

  it("that does not come is told to a socket once", () => {
    const board = boardOf();
    const { texts } = listen(board, "prices/A", null);
    for (let now = 0; now < 40_000; now += 10_000) {
      for (const call of asked(board, "prices/A", now)) board.calls.failed(call, now);
    }
    expect(texts.map((text) => JSON.parse(text).code)).toEqual(["unavailable"]);
  });

  it("for a crowd is given to as many as one call may send to, and the others ask for theirs", () => {
    const [world, crowd] = [new World(4), Array.from({ length: 5 }, () => new FakeClient())];
    for (let i = 0; i < 3; i++) world.owner.grow();
    for (const client of crowd) {
      client.position = { epoch: "e1", seq: 0 };
      world.join(client);
    }
    world.ask();
    world.serve(0);
    world.hear(0, false);
    expect(crowd.map(({ texts }) => texts.length)).toEqual([3, 0, 0, 0, 0]);
    world.exchange();
    expect(crowd.map(({ position }) => position?.seq)).toEqual([3, 3, 3, 3, 3]);
  });
});

describe("a hub", () => {
  it("waits for no acknowledgement of a topic that a socket has left", () => {
    const board = boardOf();
    const { subscriber } = listen(board, "prices/A");
    for (const call of asked(board, "prices/A", 0)) board.calls.answered(call, LEASED, 0);
    board.acknowledge(subscriber, "prices/A", HEAD, 0);
    board.deliver([{ topic: "prices/A", epoch: "e1", first: 2, frames: ["{}"] }], 1_000);
    board.leave(subscriber, "prices/A", 2_000);
    board.findSlow(120_000);
    expect(board.takeCondemned()).toEqual([]);
  });

  it("saves what has changed within five seconds, however much changes meanwhile", () => {
    const board = boardOf();
    for (const now of [1_000, 3_000, 5_000]) board.touch(now);
    expect(board.saveAt).toBe(6_000);
  });

  it("counts acknowledgements of those alone whom it asked for them", () => {
    const board = boardOf();
    const crowd = [true, false].map((isAsked) => board.attach({ send() {} }, new Backlog(isAsked)));
    for (const subscriber of crowd) board.join(subscriber, { topic: "alerts", after: HEAD, paceMs: 0 }, 0);
    for (const call of asked(board, "alerts", 0)) board.calls.answered(call, LEASED, 0);
    const delivery = { topic: "alerts", epoch: "e1", first: 2, frames: ['{"type":"open"}'] };
    board.deliver([delivery], 10);
    const acknowledge = (...seqs: number[]) => {
      for (const seq of seqs)
        for (const subscriber of crowd) board.acknowledge(subscriber, "alerts", { epoch: "e1", seq }, 20);
    };
    // Again, backwards, and further than anything was sent: it counts once.
    acknowledge(2, 1, 2, 99);
    expect(board.reached([delivery], 30)).toMatchObject([{ registered: 2, asked: 1, acknowledged: 1 }]);
    board.deliver([{ ...delivery, first: 3 }], 40);
    acknowledge(3);
    expect(board.reached([delivery], 50)).toMatchObject([{ seq: 3, acknowledged: 1 }]);
    // The sender begins again: it has not heard what was told.
    board.deliver([{ ...delivery, first: 3 }], 60);
    expect(board.reached([delivery], 60).map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it("closes a socket that is told more than it takes, whatever it is", () => {
    const board = boardOf();
    const sent: string[] = [];
    const subscriber = board.attach({ send: (text) => sent.push(text) });
    for (let i = 0; i < 20; i++) subscriber.tell({ type: "error", detail: "x".repeat(100_000) });
    expect([board.takeCondemned(), sent.length]).toEqual([[subscriber], 11]);
  });
});
