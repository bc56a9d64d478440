/* Topic: one object per broadcast topic, named by it (`symbols`); woken by objects that have something to announce, by
 * hubs, and by its alarm. A stream of its own whose frames carry the source's position in `origin`. */
import { DurableObject } from "cloudflare:workers";
import type { LeaseAnswer } from "../domain/frame";
import type { ObjectAudit, RangeAnswer } from "../domain/ledger/append";
import type { Position } from "../domain/ledger/position";
import { type TopicFact, type TopicFrame, type TopicState, topic } from "../domain/topics/topic";
import { registerObject } from "../storage/queries/registry";
import { Ledger } from "./ledger/ledger";
import { surroundings } from "./surroundings";

/** People wait for these frames and they are rare: after a crash they are looked after soon. */
const REPAIR_MS = 2_000;

export class Topic extends DurableObject<Env> {
  readonly #name = this.ctx.id.name ?? "";
  readonly #ledger = new Ledger<TopicState, TopicFrame, TopicFact>(this.ctx, {
    ...surroundings(this.ctx, this.env, "Topic"),
    reducer: topic,
    outputs: [],
    // A topic may be listened to before anything was ever announced on it.
    standing: [this.#name],
    repairMs: REPAIR_MS,
    introduce: (births) => registerObject(this.env.DB, "Topic", this.#name, births[0]?.epoch ?? "", Date.now()),
  });

  // --- RPC -----------------------------------------------------------------------------------------------------------

  /** Repeats frames of other streams here, each once. Resolves when they are on disk. */
  async publish(frames: TopicFrame[]): Promise<void> {
    const events = frames.map((body) => ({ stream: this.#name, source: body.topic, body }));
    const answer = await this.#ledger.append({ key: crypto.randomUUID(), hash: "", events });
    // Whoever announces must know that it was not taken in, and tries again.
    if (!answer.ok) throw new Error(`${this.#name} did not take ${events.length} frames: ${answer.code}`);
  }

  range(after: Position | null, limit: number): Promise<RangeAnswer> {
    return this.#ledger.range(this.#name, after, limit);
  }

  read(name: string, after: Position | null, limit: number): Promise<RangeAnswer> {
    return this.#ledger.range(name, after, limit);
  }

  lease(child: string, name: string, have: Position | null): Promise<LeaseAnswer> {
    return this.#ledger.lease(child, name, have);
  }

  audit(): Promise<ObjectAudit> {
    return this.#ledger.audit([]);
  }

  restored(): Promise<void> {
    return this.#ledger.restored();
  }

  wake(): Promise<void> {
    return this.#ledger.wake();
  }

  // --- Alarm ---------------------------------------------------------------------------------------------------------

  override alarm(): Promise<void> {
    return this.#ledger.runDueDuties();
  }
}
