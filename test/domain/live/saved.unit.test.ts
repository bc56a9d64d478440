import { describe, expect, it } from "vitest";
import { Backlog } from "../../../src/domain/live/backlog";
import { matcherOf } from "../../../src/domain/live/filter";
import { restoreSubscriber, saveSubscriber } from "../../../src/domain/live/saved";
import { Switchboard } from "../../../src/domain/live/switchboard";

const silent = { send: () => {} };
const board = () => new Switchboard(() => 0);
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
});
