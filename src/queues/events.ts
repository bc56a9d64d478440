/* The consumer of events: parts of ledgers into D1, exactly once, and points into Analytics Engine.
 *
 * Per object and purpose there is one batch: the merges, what could not be read, and the cursor, all guarded by the cursor
 * as it was. */
import { atOnce } from "../domain/at-once";
import { type Cursor, OutboxMessage } from "../domain/event";
import type { Point } from "../storage/analytics";
import { ensureCursor, GUARD, guardValues, moveCursor } from "../storage/queries/cursors";
import { noteGaps } from "../storage/queries/gaps";
import { gapsIn } from "./chain";
import { BATCH, mergeOf } from "./merge";
import { type Chain, consumeOutbox, D1_AT_ONCE, type Merged } from "./outbox";
import { report } from "./points";
import { SINKS, type Sink } from "./sinks";

export async function consumeEvents(batch: MessageBatch, env: Env): Promise<void> {
  const points: Point[] = [];
  await consumeOutbox(batch, env, {
    body: OutboxMessage,
    refuse: ({ purpose }) => (SINKS[purpose] === undefined ? "unknown purpose" : undefined),
    merge: (_, chains) => atOnce(D1_AT_ONCE, chains, (chain) => tryMerge(env, chain, points)),
  });
  await report(env, points);
}

async function tryMerge(env: Env, chain: Chain<OutboxMessage>, points: Point[]): Promise<Merged | undefined> {
  try {
    return await mergeChain(env, chain, points);
  } catch (error) {
    console.error("merge failed, will be tried again", chain.object, error);
    return undefined;
  }
}

/** Contiguous messages in batches of a bounded size; `count` of them are merged, up to `at`. */
async function mergeChain(env: Env, { from, bodies }: Chain<OutboxMessage>, points: Point[]): Promise<Merged> {
  const merged = { count: 0, at: from };
  while (merged.count < bodies.length) {
    const left = bodies.slice(merged.count);
    const slice = left.slice(0, sliceLength(left));
    const added = await applyChain(env, slice, merged.at);
    if (added === undefined) break;
    points.push(...added);
    merged.count += slice.length;
    merged.at = (slice.at(-1) as OutboxMessage).to;
  }
  return merged;
}

/** How many messages fit a batch: their rows travel as one text, which may have 2 MB. One message always fits. */
function sliceLength(bodies: OutboxMessage[]): number {
  let parts = 0;
  let chars = 0;
  const over = bodies.findIndex((body) => {
    parts += body.parts.length;
    chars += JSON.stringify(body.parts).length;
    return parts > BATCH.parts || chars > BATCH.chars;
  });
  return over < 0 ? bodies.length : Math.max(1, over);
}

/** One batch for contiguous messages; undefined when the cursor was no longer where it was read. */
async function applyChain(env: Env, chain: OutboxMessage[], from: Cursor): Promise<Point[] | undefined> {
  const { object, purpose, to } = chain.at(-1) as OutboxMessage;
  const guard = { sql: GUARD, values: guardValues(object, purpose, from) };
  const now = Date.now();
  const { statements, counted, good } = await mergeOf(env.DB, chain, guard, now);
  const results = await env.DB.batch([
    ensureCursor(env.DB, object, purpose),
    ...statements,
    ...noteGaps(env.DB, object, purpose, gapsIn(chain), guard, now),
    moveCursor(env.DB, object, purpose, from, to, counted, now),
  ]);
  return results.at(-1)?.meta.changes === 1 ? pointsOf(env.DB, SINKS[purpose] as Sink, good) : undefined;
}

/** Points never fail what they follow from: it is merged. */
async function pointsOf(db: D1Database, sink: Sink, parts: unknown[]): Promise<Point[]> {
  try {
    return await sink.points(db, parts);
  } catch (error) {
    console.error("points could not be made", error);
    return [];
  }
}
