/* The hub of a test: one for each, with an owner of one topic that can be reached and made to fail. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { owners } from "../../../src/durable-objects/hub/owners";
import { type Client, connect, own, ReachableOwner } from "../hub-world";

export const TOPIC = "prices/AAPL";
const realOwner = owners.of;
let number = 0;
export let hub: string;
export let owner: ReachableOwner;

export const stub = () => env.HUB.getByName(hub);

/** A socket that has its snapshot and hears the topic. */
export async function listening(): Promise<Client> {
  const client = await connect(hub);
  client.subscribe(TOPIC);
  await client.get({ type: "snapshot" });
  return client;
}

/** Each test of the file has a hub of its own. */
export function eachHasAHub(): void {
  beforeEach(() => {
    hub = `test-${number++}`;
    owner = new ReachableOwner(TOPIC);
    owner.grow();
    own(owner);
  });
  afterEach(() => {
    owners.of = realOwner;
    vi.useRealTimers();
  });
}
