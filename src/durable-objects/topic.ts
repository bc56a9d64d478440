/* Topic: one object per broadcast topic, named by it (`symbols`, `alerts`); woken by objects that have something to say, by
 * hubs, and by its alarm. A stream of its own whose frames carry the source's position in `origin`. What is current on
 * each topic: domain/topics. */
import type { Delivery, Receipts, SnapshotMessage } from "../domain/frame";
import { currentOf } from "../domain/topics";
import { repeating, type TopicFact, type TopicFrame, type TopicInput, type TopicState } from "../domain/topics/topic";
import { registerObject } from "../storage/queries/registry";
import { Ledger } from "./ledger/ledger";
import { LedgerObject } from "./ledger-object";
import { surroundings } from "./surroundings";
import { TopicReach } from "./topic-reach";

/** People wait for these frames and they are rare: after a crash they are looked after soon. */
const REPAIR_MS = 2_000;

export class Topic extends LedgerObject<TopicState<unknown>, TopicInput, TopicFact> {
  readonly #name = this.ctx.id.name ?? "";
  readonly #current = currentOf(this.#name);
  readonly #surroundings = surroundings(this.ctx, this.env, "Topic");
  readonly #reach = new TopicReach(this.env.DB, (after, limit) => this.ledger.range(this.#name, after, limit));
  protected readonly ledger = new Ledger<TopicState<unknown>, TopicInput, TopicFact>(this.ctx, {
    ...this.#surroundings,
    reducer: repeating(this.#current),
    outputs: [],
    deliver: (child, deliveries) => this.#pass(child, deliveries),
    // A topic may be listened to before anything was ever announced on it.
    standing: [this.#name],
    repairMs: REPAIR_MS,
    introduce: (births) => registerObject(this.env.DB, "Topic", this.#name, births[0]?.epoch ?? "", Date.now()),
  });

  /** Repeats frames of other streams here, each once. Resolves when they are on disk. */
  async publish(frames: TopicInput[]): Promise<void> {
    const events = frames.map((body) => ({ stream: this.#name, source: body.topic, body }));
    const answer = await this.ledger.append({ key: crypto.randomUUID(), hash: "", events });
    // Whoever announces must know that it was not taken in, and tries again.
    if (!answer.ok) throw new Error(`${this.#name} did not take ${events.length} frames: ${answer.code}`);
  }

  /** The same for a source that sends every frame it has: answers up to where each was followed, and the sender goes on
   * from there. */
  async deliver(deliveries: Delivery[]): Promise<Receipts> {
    await this.publish(deliveries.flatMap(framesOf));
    const stream = await this.ledger.stream(this.#name);
    const have: Receipts["have"] = {};
    for (const { topic, epoch } of deliveries) {
      const position = stream?.state.positions.get(topic);
      // Nothing of this epoch was followed yet: it is wanted from its first frame.
      have[topic] = position !== undefined && position.epoch >= epoch ? position : { epoch, seq: 0 };
    }
    return { have };
  }

  async #pass(child: string, deliveries: Delivery[]): Promise<Receipts> {
    const receipts = await this.#surroundings.deliver(child, deliveries);
    this.ctx.waitUntil(this.#reach.note(child, receipts, Date.now()));
    return receipts;
  }

  /** One thing of what is current, by its id. */
  async find(id: string): Promise<unknown> {
    const stream = await this.ledger.stream(this.#name);
    return stream && this.#current.find?.(stream.state.current, id);
  }
}

const framesOf = (delivery: Delivery): TopicInput[] =>
  "snapshot" in delivery
    ? [JSON.parse(delivery.snapshot) as SnapshotMessage]
    : delivery.frames.map((text) => JSON.parse(text) as TopicFrame);
