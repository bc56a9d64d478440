/* A crowd that drops and resumes at once: whoever comes while the owner of the topic is being asked waits for the same
 * answer, and whoever is up to date asks nothing. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Position } from "../../src/domain/ledger/position";
import { owners } from "../../src/durable-objects/hub/owners";
import { until } from "../until";
import { type Client, connect, own, ReachableOwner } from "./hub-world";

const TOPIC = "alerts";
const CROWD = 100;
/** Frames that the crowd misses while it is away. */
const MISSED = 5;
const realOwner = owners.of;
let number = 0;
let hub: string;
let owner: ReachableOwner;

/** Answers when it is told to, as an owner that is some milliseconds away. */
class DistantOwner extends ReachableOwner {
  #gate = Promise.withResolvers<void>();

  answer(): void {
    this.#gate.resolve();
  }

  override async ask(child: string, topic: string, have: Position | null) {
    const answer = await super.ask(child, topic, have);
    await this.#gate.promise;
    return answer;
  }

  override async range(topic: string, after: Position | null, limit: number) {
    const answer = await super.range(topic, after, limit);
    await this.#gate.promise;
    return answer;
  }
}

beforeEach(() => {
  hub = `storm-${number++}`;
});
afterEach(() => {
  owners.of = realOwner;
});

function ownedBy(given: ReachableOwner): void {
  owner = given;
  for (let i = 0; i <= MISSED; i++) owner.grow();
  own(owner);
}

const come = (after?: Position) =>
  connect(hub, undefined, [after === undefined ? { topic: TOPIC } : { topic: TOPIC, after }]);

const crowdFrom = (after?: Position, size = CROWD) => Promise.all(Array.from({ length: size }, () => come(after)));

const heard = (clients: Client[], seq: number) =>
  until(() => clients.every(({ messages }) => messages.some((message) => message.seq === seq)), {
    what: `all have ${seq}`,
  });

describe("A storm", () => {
  it("asks the owner once for all who come while it answers", async () => {
    const distant = new DistantOwner(TOPIC);
    ownedBy(distant);
    const clients = await crowdFrom({ epoch: "e1", seq: 1 });
    distant.answer();
    await heard(clients, 1 + MISSED);
    expect(clients.map(({ seqs }) => seqs)).toEqual(Array(CROWD).fill([2, 3, 4, 5, 6]));
    expect(owner.calls).toEqual([`lease ${hub} ${TOPIC}`]);
  });

  it("asks it once more for each other position", async () => {
    const distant = new DistantOwner(TOPIC);
    ownedBy(distant);
    const crowds = await Promise.all([1, 2, 3].map((seq) => crowdFrom({ epoch: "e1", seq }, CROWD / 4)));
    distant.answer();
    await heard(crowds.flat(), 1 + MISSED);
    expect(owner.calls).toEqual([`lease ${hub} ${TOPIC}`, `read ${TOPIC}`, `read ${TOPIC}`]);
  });

  it("asks nothing where the hub kept listening for others and nothing was missed", async () => {
    ownedBy(new ReachableOwner(TOPIC));
    const [stays, ...leave] = await crowdFrom(undefined, 10);
    await heard([stays as Client, ...leave], 1 + MISSED);
    for (const client of leave) client.close();
    for (const client of leave) await client.gone();
    owner.calls.length = 0;
    const back = await crowdFrom({ epoch: "e1", seq: 1 + MISSED }, 9);
    await owner.growAndDeliver(hub);
    await heard([stays as Client, ...back], 2 + MISSED);
    expect(owner.calls).toEqual([]);
  });
});
