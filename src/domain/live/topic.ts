/* Topics: which names exist, and which object owns each. */
import { ALERTS_TOPIC } from "../alerts/alert";
import { MAX_SUBSCRIPTION_BYTES, MAX_TOPICS } from "../frame";
import { NODES_TOPIC } from "../nodes/node";
import { partitionOf } from "../partition";
import { Symbol } from "../prices/price";
import { SYMBOLS_TOPIC } from "../topics/topic";
import type { Matcher } from "./filter";

const BROADCAST = new Set([SYMBOLS_TOPIC, ALERTS_TOPIC, NODES_TOPIC]);
const PRICES = "prices/";

export type TopicOwner = { class: "PriceFeed" | "Topic"; name: string };

export const priceTopic = (symbol: string): string => PRICES + symbol;

/** The one spelling of a topic, as its frames carry it; undefined when there is no such topic. */
export function canonicalTopic(topic: string): string | undefined {
  if (BROADCAST.has(topic)) return topic;
  if (!topic.startsWith(PRICES)) return undefined;
  const symbol = Symbol.safeParse(topic.slice(PRICES.length));
  return symbol.success ? priceTopic(symbol.data) : undefined;
}

/** Whom to ask for a lease or a range. `topic` must be canonical. */
export function ownerOfTopic(topic: string, partitions: number | undefined): TopicOwner {
  if (BROADCAST.has(topic)) return { class: "Topic", name: topic };
  return { class: "PriceFeed", name: partitionOf(topic.slice(PRICES.length), partitions) };
}

/** Only a price can be skipped: the next one says more. */
export const mayBePaced = (topic: string): boolean => topic.startsWith(PRICES);

export const mayBeFiltered = (topic: string): boolean => topic === ALERTS_TOPIC;

/** What a topic takes of a socket's 8 KB beside its name and filter: position, pace, state. */
const TOPIC_OVERHEAD = 16;

/** Whether a socket may listen to all of these: topics and what is wanted of them. Topics are one byte per character. */
export function topicsFit(wishes: ReadonlyMap<string, Matcher | null>): boolean {
  let bytes = 0;
  for (const [topic, filter] of wishes) bytes += topic.length + TOPIC_OVERHEAD + (filter?.bytes ?? 0);
  return wishes.size <= MAX_TOPICS && bytes <= MAX_SUBSCRIPTION_BYTES;
}
