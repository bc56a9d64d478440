/* Children: whom frames are sent to, told apart by their names: a topic that repeats an owner's frames (`topic:alerts`), a
 * hub (`eu-17`), or a relay (`eu-relay-1`), which passes them on to the hubs of its part of a region. */

const TOPIC = "topic:";
const RELAY = /-relay-\d+$/;
const HUB = /^(.*)-(\d+)$/;

/** What a topic is called as a child. */
export const topicChild = (topic: string): string => TOPIC + topic;

/** The relay of a hub: each has `limit` hubs of one region at most, by construction. Undefined for a child that no relay
 * serves. */
export function relayOf(child: string, limit: number): string | undefined {
  const [, region, i] = (RELAY.test(child) ? null : HUB.exec(child)) ?? [];
  return i === undefined ? undefined : `${region}-relay-${Math.floor(Number(i) / limit)}`;
}

export type Child = { class: "Topic" | "Relay" | "Hub"; name: string };

/** Which object a child is. */
export function childOf(name: string): Child {
  if (name.startsWith(TOPIC)) return { class: "Topic", name: name.slice(TOPIC.length) };
  return { class: RELAY.test(name) ? "Relay" : "Hub", name };
}
