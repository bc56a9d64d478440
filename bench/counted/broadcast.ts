/* A broadcast topic in an installation: its ledger, and how it repeats what the objects that it follows say. */
import type { Delivery, Receipts, SnapshotMessage } from "../../src/domain/frame";
import { currentOf } from "../../src/domain/topics";
import { repeating, type TopicFact, type TopicInput, type TopicState } from "../../src/domain/topics/topic";
import { Ledger } from "../../src/durable-objects/ledger/ledger";
import type { Deliver } from "../../src/durable-objects/ledger/line";
import { registerObject } from "../../src/storage/queries/registry";
import type { Installation } from "./installation";

/** As in the classes. */
export const REPAIR_MS = 2_000;

export type Topic = Ledger<TopicState<unknown>, TopicInput, TopicFact>;

/** @param deliver to the hubs that listen */
export const topicOf = (installation: Installation, topic: string, deliver: Deliver): Topic =>
  installation.ledger(
    `Topic/${topic}`,
    ({ ctx, ...surroundings }) =>
      new Ledger<TopicState<unknown>, TopicInput, TopicFact>(ctx, {
        ...surroundings,
        reducer: repeating(currentOf(topic)),
        outputs: [],
        delayMs: 0,
        repairMs: REPAIR_MS,
        standing: [topic],
        deliver,
        introduce: (births) =>
          registerObject(installation.d1.database, "Topic", topic, births[0]?.epoch ?? "", surroundings.now()),
      }),
  );

/** Topic.deliver: repeats what an object said, and answers up to where. */
export async function follow(
  installation: Installation,
  { ledger, name }: { ledger: Topic; name: string },
  deliveries: Delivery[],
): Promise<Receipts> {
  installation.counted.object_calls++;
  const events = deliveries.flatMap(framesOf).map((body) => ({ stream: name, source: body.topic, body }));
  const answer = await ledger.append({ key: crypto.randomUUID(), hash: "", events });
  if (!answer.ok) throw new Error(`The topic refused: ${answer.detail}`);
  const positions = (await ledger.stream(name))?.state.positions;
  return {
    have: Object.fromEntries(deliveries.map(({ topic, epoch }) => [topic, positions?.get(topic) ?? { epoch, seq: 0 }])),
  };
}

const framesOf = (delivery: Delivery): TopicInput[] =>
  "snapshot" in delivery
    ? [JSON.parse(delivery.snapshot) as SnapshotMessage]
    : delivery.frames.map((text) => JSON.parse(text) as TopicInput);
