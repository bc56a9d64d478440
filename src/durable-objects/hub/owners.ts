/* Owners: the objects that a hub asks for leases and ranges, and the relays that an owner names in its place. */

import type { LeaseAnswer } from "../../domain/frame";
import type { RangeAnswer } from "../../domain/ledger/append";
import type { Position } from "../../domain/ledger/position";
import { ownerOfTopic } from "../../domain/live/topic";
import { settingsOf } from "../../domain/settings";

/** What every owner of a stream, and every relay, offers to hubs. */
export interface Owner {
  /** Makes `child` a child for 10 minutes and returns everything after `have`; null wants a snapshot. */
  lease(child: string, topic: string, have: Position | null): Promise<LeaseAnswer>;
  /** For one socket's catching up. */
  read(topic: string, after: Position | null, limit: number): Promise<RangeAnswer>;
}

/** A fresh stub each time: one that threw is broken. An object, so that a test can put its own owners in place. */
export const owners = {
  of(env: Env, topic: string, parent?: string): Owner {
    if (parent !== undefined) return env.RELAY.getByName(parent) as unknown as Owner;
    const owner = ownerOfTopic(topic, settingsOf(env).PRICE_PARTITIONS);
    const namespace = owner.class === "Topic" ? env.TOPIC : env.PRICE_FEED;
    return namespace.getByName(owner.name) as unknown as Owner;
  },
};
