/* Dead letters: what came to the dead-letter queue, and applying what was parked once there is code that can read it. */
import { findDeadLetter } from "../storage/queries/dead-letters";
import { consumeEvents } from "./events";
import { SINKS } from "./sinks";

/** A message lands here when D1 failed for minutes. Its object still has it and sends it again, so the best that can be
 * done is to try once more, slowly; what cannot be read at all is parked on the way. */
export const consumeDeadLetters = (batch: MessageBatch, env: Env): Promise<void> => consumeEvents(batch, env);

export type Applied = "applied" | "already_applied" | "not_found" | "still_unreadable";

const NOT_APPLIED = "EXISTS (SELECT 1 FROM dead_letters WHERE id = ? AND applied_at IS NULL)";

/** Merges a parked part under its own id, once, and moves its events from parked to rolled up, in one batch. */
export async function applyDeadLetter(env: Env, id: string, now: number): Promise<Applied> {
  const letter = await findDeadLetter(env.DB, id);
  if (letter === null) return "not_found";
  if (letter.applied_at !== null) return "already_applied";
  const sink = SINKS[letter.purpose];
  const part = sink?.part.safeParse(JSON.parse(letter.body));
  if (sink === undefined || !part?.success) return "still_unreadable";
  const { object, purpose, events } = letter;
  const results = await env.DB.batch([
    ...(await sink.statements(env.DB, [part.data], { sql: NOT_APPLIED, values: [id] }, now)),
    env.DB.prepare(
      `UPDATE cursors SET parked = parked - ?, rolled = rolled + ? WHERE object = ? AND purpose = ? AND ${NOT_APPLIED}`,
    ).bind(events, events, object, purpose, id),
    env.DB.prepare("UPDATE dead_letters SET applied_at = ? WHERE id = ? AND applied_at IS NULL").bind(now, id),
  ]);
  return results.at(-1)?.meta.changes === 1 ? "applied" : "already_applied";
}
