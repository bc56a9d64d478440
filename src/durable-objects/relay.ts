/* Relay: passes frames on to the hubs of one part of a region, named `<region>-relay-<n>`, where owners have more hubs than
 * they call themselves; woken by owners that send, by hubs that ask, and by one alarm. It owns no stream. */
import { DurableObject } from "cloudflare:workers";
import type { Delivery, LeaseAnswer, Receipts } from "../domain/frame";
import type { RangeAnswer } from "../domain/ledger/append";
import type { Position } from "../domain/ledger/position";
import { owners } from "./hub/owners";
import { Repeater } from "./relay/repeater";
import { children } from "./surroundings";

export class Relay extends DurableObject<Env> {
  readonly #repeater = new Repeater(this.ctx.storage, {
    name: this.ctx.id.name ?? "",
    ownerOf: (topic) => owners.of(this.env, topic),
    deliver: (child, deliveries) => children.deliver(this.env, child, deliveries),
  });

  // --- RPC -----------------------------------------------------------------------------------------------------------

  /** Takes frames over, and answers before its hubs have them. */
  deliver(deliveries: Delivery[]): Promise<Receipts> {
    return this.#repeater.deliver(deliveries);
  }

  lease(child: string, topic: string, have: Position | null): Promise<LeaseAnswer> {
    return this.#repeater.lease(child, topic, have);
  }

  read(topic: string, after: Position | null, limit: number): Promise<RangeAnswer> {
    return this.#repeater.read(topic, after, limit);
  }

  // --- Alarm ---------------------------------------------------------------------------------------------------------

  override alarm(): Promise<void> {
    return this.#repeater.runDueDuties();
  }
}
