/* Points on their way to Analytics Engine. The platform takes 250 of them per invocation: an invocation that has more writes
 * the first ones and sends the rest on, in messages of at most as many, each of which is an invocation of its own
 * (`max_batch_size` of their queue is 1). Points are sampled and may be lost: they never fail what they follow from. */
import * as z from "zod";
import { bytesOf } from "../domain/bytes";
import { POINTS_MAX, Point, writePoints } from "../storage/analytics";
import { parkMessage } from "../storage/queries/dead-letters";

/** A queue takes 128,000 bytes a message. */
const MESSAGE_BYTES = 100_000;
const RETRY_SECONDS = 5;

export const PointsMessage = z.object({ v: z.literal(1), points: z.array(Point).min(1).max(POINTS_MAX) });
export type PointsMessage = z.infer<typeof PointsMessage>;

/** Writes what this invocation may write and sends the rest on. Called once in an invocation. */
export async function report(env: Env, points: Point[]): Promise<void> {
  try {
    await writePoints(env, points.slice(0, POINTS_MAX), Date.now());
    for (const portion of portionsOf(points.slice(POINTS_MAX))) await env.POINTS.send({ v: 1, points: portion });
  } catch (error) {
    console.error("points were not written", error);
  }
}

/** Portions that fit a message and an invocation each. */
function portionsOf(points: Point[]): Point[][] {
  const portions: Point[][] = [];
  let bytes = 0;
  for (const point of points) {
    const size = bytesOf(JSON.stringify(point));
    const last = portions.at(-1);
    if (last === undefined || last.length >= POINTS_MAX || bytes + size > MESSAGE_BYTES) {
      portions.push([point]);
      bytes = size;
    } else {
      last.push(point);
      bytes += size;
    }
  }
  return portions;
}

/** Whatever the queue hands over at a time, no more is written than an invocation may. */
export async function consumePoints(batch: MessageBatch, env: Env): Promise<void> {
  let left = POINTS_MAX;
  for (const message of batch.messages) {
    const parsed = PointsMessage.safeParse(message.body);
    try {
      if (!parsed.success) await park(env, batch.queue, message, parsed.error.message);
      else if (parsed.data.points.length > left) {
        message.retry();
        continue;
      } else {
        left -= parsed.data.points.length;
        await writePoints(env, parsed.data.points, Date.now());
      }
      message.ack();
    } catch (error) {
      console.error("points were not written, will be tried again", error);
      message.retry({ delaySeconds: RETRY_SECONDS });
    }
  }
}

const park = (env: Env, queue: string, message: Message, reason: string): Promise<void> =>
  parkMessage(env.DB, `${queue}/${message.id}`, queue, message.body, reason, Date.now());
