/* How long ago the canary was heard at the end of each of its two ways: on topic `alerts`, where sockets hear it, and in D1,
 * where those who poll do. Anybody may ask for it, so the two are asked at most every few seconds by each isolate. */
import { ALERTS_TOPIC, CANARY_LOCATION } from "../domain/alerts/alert";
import { withDeadline } from "../domain/deadline";
import type { Topic } from "../durable-objects/topic";
import { CANARY_FACT } from "../storage/queries/alerts";
import { readFact } from "../storage/queries/facts";
import { remembered } from "./remembered";

const ASK_EVERY_MS = 5_000;
const ANSWER_MS = 1_000;

/** RFC 3339; null where no canary was heard yet, or where nobody answers. */
export interface Canary {
  broadcast_at: string | null;
  stored_at: string | null;
}

const lastOf = remembered((): { heard?: { canary: Canary; until: number } } => ({}));

/** Throws where D1 does not answer. */
export async function canaryOf(env: Env, now: number): Promise<Canary> {
  const last = lastOf(env);
  if (last.heard !== undefined && now < last.heard.until) return last.heard.canary;
  const [broadcast_at, stored] = await Promise.all([broadcastAt(env), readFact(env.DB, CANARY_FACT)]);
  const canary = { broadcast_at, stored_at: stored ?? null };
  last.heard = { canary, until: now + ASK_EVERY_MS };
  return canary;
}

async function broadcastAt(env: Env): Promise<string | null> {
  try {
    const topic = env.TOPIC.getByName(ALERTS_TOPIC) as unknown as Pick<Topic, "find">;
    const found = await withDeadline(topic.find(CANARY_LOCATION), ANSWER_MS);
    return typeof found === "string" ? found : null;
  } catch (error) {
    console.warn("topic alerts does not answer", error);
    return null;
  }
}
