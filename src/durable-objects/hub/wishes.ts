/* What a socket may have of what it wants. Whatever it is refused it is told, and the rest it gets. */
import { mayHear } from "../../domain/access/principal";
import { MAX_TOPICS, type Subscription } from "../../domain/frame";
import { type Matcher, matcherOf } from "../../domain/live/filter";
import type { Wish } from "../../domain/live/switchboard";
import { canonicalTopic, mayBeFiltered, mayBePaced, topicsFit } from "../../domain/live/topic";
import type { Seat } from "./seat";

const TOO_MANY = {
  type: "error",
  code: "too_many_topics",
  detail: `A socket may have ${MAX_TOPICS} topics and 8 KB of subscriptions.`,
} as const;

export function grantedWishes(seat: Seat, wanted: readonly Subscription[], publicTopics: readonly string[]): Wish[] {
  const { subscriber } = seat;
  // Asked first: whoever names thousands is not told of each what is wrong with it.
  if (wanted.length > MAX_TOPICS) {
    subscriber.tell(TOO_MANY);
    return [];
  }
  const wishes = wanted.flatMap((wish) => {
    const topic = canonicalTopic(wish.topic);
    const refusal = refusalOf(seat, topic, wish, publicTopics);
    if (refusal !== undefined) subscriber.tell({ type: "error", ...refusal, topic: wish.topic });
    return refusal === undefined && topic !== undefined ? [wishOf(topic, wish)] : [];
  });
  if (topicsFit(withThoseItHas(seat, wishes))) return wishes;
  subscriber.tell(TOO_MANY);
  return [];
}

const wishOf = (topic: string, { after, pace_ms, filter }: Subscription): Wish => ({
  topic,
  after: after ?? null,
  paceMs: pace_ms ?? 0,
  filter: matcherOf(filter),
});

function withThoseItHas({ subscriber }: Seat, wishes: readonly Wish[]): Map<string, Matcher | null> {
  const all = new Map<string, Matcher | null>();
  for (const { topic, filter } of subscriber.listeners.values()) all.set(topic, filter);
  for (const { topic, filter } of wishes) all.set(topic, filter ?? null);
  return all;
}

/** Why a wish is refused to whoever sits there; undefined when it is not. */
function refusalOf(seat: Seat, topic: string | undefined, wish: Subscription, publicTopics: readonly string[]) {
  if (topic === undefined) return { code: "not_found", detail: "There is no topic of this name." };
  if (!mayHear(seat.principal, topic, publicTopics)) {
    return { code: "forbidden", detail: "This key may not listen to this topic." };
  }
  if (wish.filter !== undefined && !mayBeFiltered(topic)) {
    return { code: "invalid_request", detail: "This topic has no filter." };
  }
  if (wish.pace_ms !== undefined && !mayBePaced(topic)) {
    return { code: "invalid_request", detail: "This topic has no pace: every frame counts." };
  }
  return undefined;
}
