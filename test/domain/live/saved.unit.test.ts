import { describe, expect, it } from "vitest";
import { Backlog } from "../../../src/domain/live/backlog";
import { matcherOf } from "../../../src/domain/live/filter";
import {
  restoreBoard,
  restoreSubscriber,
  type SavedBoard,
  saveBoard,
  saveSubscriber,
} from "../../../src/domain/live/saved";
import { Switchboard } from "../../../src/domain/live/switchboard";

const silent = { send: () => {} };
const board = () => new Switchboard(() => 0);
const LATER = 1_000_000;
const feedRow = (topic: string, seq: number): SavedBoard["feeds"][0] => [topic, "e1", seq, LATER, "held"];
const TEL_AVIV = "תל אביב | יפו\n*";

function saved(isAsked = true) {
  const before = board();
  const subscriber = before.attach(silent, new Backlog(isAsked));
  const filter = matcherOf({ locations: [TEL_AVIV], severities: ["extreme"] });
  before.join(subscriber, { topic: "prices/BTC/USD", after: null, paceMs: 250 }, 0);
  before.join(subscriber, { topic: "alerts", after: { epoch: "e1", seq: 5 }, paceMs: 0, filter }, 0);
  return saveSubscriber(before, subscriber);
}

describe("A saved socket", () => {
  it("has its filters again, in whatever script", () => {
    const subscriber = restoreSubscriber(board(), silent, structuredClone(saved()));
    const { filter, floor } = subscriber.listeners.get("alerts") ?? {};
    expect(filter?.filter).toEqual({ locations: ["תל אביב | יפו*"], severities: ["extreme"] });
    expect(floor).toEqual({ epoch: "e1", seq: 5 });
    expect(subscriber.listeners.get("prices/BTC/USD")).toMatchObject({ filter: null, paceMs: 250 });
  });

  it("keeps its lines in one-byte characters beside any filter", () => {
    const { listeners, filters } = saved();
    expect(/^[ -~\n]*$/.test(listeners)).toBe(true);
    expect(new TextDecoder().decode(filters)).toContain("תל אביב");
  });

  it("knows whether it was asked to acknowledge", () => {
    const isAsked = [true, false].map((asked) => restoreSubscriber(board(), silent, saved(asked)).backlog.isAsked);
    expect(isAsked).toEqual([true, false]);
  });

  it("is to be saved anew once it has its answer: from then on it is live", () => {
    const hub = board();
    const subscriber = hub.attach(silent);
    const head = { epoch: "e1", seq: 5 };
    hub.join(subscriber, { topic: "alerts", after: head, paceMs: 0 }, 0);
    const before = hub.takeChanged();
    for (const call of hub.calls.due(0)) hub.calls.answered(call, { status: "leased", head, delivery: [] }, 0);
    expect([before, hub.takeChanged()]).toEqual([[subscriber], [subscriber]]);
    expect(saveSubscriber(hub, subscriber).listeners).toBe("alerts|e1|5|0|1");
  });

  it("that still waits for its snapshot has no position, wherever its hub is", () => {
    const hub = board();
    const head = { epoch: "e1", seq: 5 };
    hub.join(hub.attach(silent), { topic: "alerts", after: head, paceMs: 0 }, 0);
    for (const call of hub.calls.due(0)) hub.calls.answered(call, { status: "leased", head, delivery: [] }, 0);
    const waiting = hub.attach(silent);
    hub.join(waiting, { topic: "alerts", after: null, paceMs: 0 }, 0);
    expect(saveSubscriber(hub, waiting).listeners).toBe("alerts|||0|0");
  });

  it("that is further than its hub is told and sent nothing of what it has", () => {
    const hub = board();
    const texts: string[] = [];
    const listeners = "alerts|e1|9|1000|1";
    const subscriber = restoreSubscriber(hub, { send: (text) => texts.push(text) }, { listeners, backlog: null });
    restoreBoard(hub, { v: 1, feeds: [feedRow("alerts", 5)] }, 0);
    hub.milestones.tell(10);
    const snapshotAt = (seq: number) =>
      hub.deliver([{ topic: "alerts", epoch: "e1", seq, snapshot: JSON.stringify({ type: "snapshot", seq }) }], 20);
    snapshotAt(7);
    expect(saveSubscriber(hub, subscriber).listeners).toBe(listeners);
    snapshotAt(12);
    const told = texts.map((text) => JSON.parse(text)).map(({ type, seq, topics }) => [type, seq ?? topics[0].seq]);
    expect(told).toEqual([
      ["position", 9],
      ["snapshot", 12],
    ]);
  });
});

describe("A saved board", () => {
  it("is the same again, and nothing of it is to be saved anew", () => {
    const hub = board();
    restoreSubscriber(hub, silent, { listeners: "alerts|e1|5|1000|1", backlog: null });
    const before = { v: 1 as const, feeds: [feedRow("alerts", 5)], positionsAt: 15_000, slowAt: 60_000 };
    restoreBoard(hub, before, 0);
    expect([saveBoard(hub), hub.takeChanged()]).toEqual([before, []]);
    expect(hub.leases.dueAt).toBe(LATER);
  });

  it("asks at once for what a socket was still waiting for", () => {
    const hub = board();
    restoreSubscriber(hub, silent, { listeners: "alerts|e1|3|0|0", backlog: null });
    restoreBoard(hub, { v: 1, feeds: [feedRow("alerts", 5)] }, 0);
    expect(hub.calls.due(0)).toMatchObject([{ kind: "read", after: { epoch: "e1", seq: 3 } }]);
  });

  it("that was never saved goes on from the socket that has least", () => {
    for (const seqs of [
      [3, 7],
      [7, 3],
    ]) {
      const hub = board();
      for (const seq of seqs) restoreSubscriber(hub, silent, { listeners: `alerts|e1|${seq}|0|1`, backlog: null });
      restoreBoard(hub, undefined, 0);
      expect(hub.calls.due(0)).toMatchObject([{ kind: "lease", have: { epoch: "e1", seq: 3 } }]);
    }
  });

  it("goes on listening for the first frame of what nobody had posted to", () => {
    for (const symbols of [[], [feedRow("symbols", 3)]]) {
      const hub = board();
      restoreSubscriber(hub, silent, { listeners: "prices/A||0|0|1", backlog: null });
      restoreBoard(hub, { v: 1, feeds: [["prices/A", "", 0, LATER, "unknown"], ...symbols] }, 0);
      const asked = hub.calls.due(0).map(({ feed }) => feed.topic);
      expect(asked).toEqual(symbols.length === 0 ? ["symbols"] : []);
      const data = { symbol: "A" };
      const frames = [JSON.stringify({ type: "announced", topic: "symbols", epoch: "e1", seq: 4, data })];
      if (symbols.length > 0) hub.deliver([{ topic: "symbols", epoch: "e1", first: 4, frames }], 10);
      expect(hub.calls.due(10).map(({ feed }) => feed.topic)).toEqual(symbols.length === 0 ? [] : ["prices/A"]);
    }
  });
});
