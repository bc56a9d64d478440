/* The aggregation consumer: parts of ledgers into D1, exactly once, and points into Analytics Engine.
 *
 * Per object and purpose there is one batch: the merges, what could not be read, and the cursor, all guarded by the cursor
 * as it was. Lost, repeated, reordered and late messages change nothing. One object's trouble never delays another's. */
import { type Cursor, OutboxMessage, START } from "../domain/event";
import { POINTS_MAX, type Point, writePoints } from "../storage/analytics";
import { ensureCursor, GUARD, guardValues, moveCursor, readCursor } from "../storage/queries/cursors";
import { parkMessage, parkPart } from "../storage/queries/dead-letters";
import { sortMessages } from "./chain";
import { type Confirmation, confirm } from "./confirm";
import { eventsOf, SINKS } from "./sinks";

/** A message ahead of the cursor is seen so often before it is dropped; its object sends it again. */
const AHEAD_ATTEMPTS = 3;
const RETRY_SECONDS = 2;
/** Parts per batch. A part of prices makes up to three rows of about 250 bytes. */
const BATCH_PARTS = 1_500;
/** Characters of parts per batch, up to three bytes each: alerts carry texts, and what a statement is given may have 2 MB. */
const BATCH_CHARS = 600_000;

type Parsed = Message & { body: OutboxMessage };

export async function consumeEvents(batch: MessageBatch, env: Env): Promise<void> {
  const groups = new Map<string, Parsed[]>();
  for (const message of batch.messages) {
    const parsed = OutboxMessage.safeParse(message.body);
    if (!parsed.success || SINKS[parsed.data.purpose] === undefined) {
      await unreadable(env, batch.queue, message, parsed.success ? "unknown purpose" : "not an outbox message");
      continue;
    }
    const key = `${parsed.data.object}\n${parsed.data.purpose}`;
    groups.set(key, [...(groups.get(key) ?? []), message as Parsed]);
  }
  const points: Point[] = [];
  const confirmations: Confirmation[] = [];
  for (const group of groups.values()) {
    try {
      points.push(...(await mergeGroup(env, group, confirmations)));
    } catch (error) {
      console.error("merge failed, will be tried again", group[0]?.body.object, error);
      for (const message of group) message.retry({ delaySeconds: RETRY_SECONDS });
    }
  }
  // After all merges: an object that hangs delays nobody else's.
  await Promise.all(confirmations.map((confirmation) => confirm(env, confirmation)));
  await report(env, points);
}

async function unreadable(env: Env, queue: string, message: Message, reason: string): Promise<void> {
  try {
    await parkMessage(env.DB, `${queue}/${message.id}`, queue, message.body, reason, Date.now());
    message.ack();
  } catch (error) {
    console.error("an unreadable message could not be parked", error);
    message.retry({ delaySeconds: RETRY_SECONDS });
  }
}

/** Points are sampled and may be lost: they never fail a batch that is merged. */
async function report(env: Env, points: Point[]): Promise<void> {
  if (points.length > POINTS_MAX) console.warn(`${points.length - POINTS_MAX} points of one batch were not written`);
  try {
    await writePoints(env, points.slice(0, POINTS_MAX), Date.now());
  } catch (error) {
    console.error("points were not written", error);
  }
}

async function mergeGroup(env: Env, group: Parsed[], confirmations: Confirmation[]): Promise<Point[]> {
  const { object, purpose } = (group[0] as Parsed).body;
  const { epoch, pos } = (await readCursor(env.DB, object, purpose)) ?? START;
  const cursor = { epoch, pos };
  const { chain, stale, ahead } = sortMessages(group, cursor);
  const merged = await mergeChain(env, chain, cursor);
  const dropped = ahead.filter((m) => m.attempts > AHEAD_ATTEMPTS);
  const settled = [...chain.slice(0, merged.count), ...stale, ...dropped];
  for (const message of settled) message.ack();
  // Either another consumer moved the cursor in between, or something before them is missing.
  for (const message of group) if (!settled.includes(message)) message.retry({ delaySeconds: RETRY_SECONDS });
  if (settled.length > 0) confirmations.push({ object, purpose, cursor: merged.at, resend: dropped.length > 0 });
  return merged.points;
}

/** Contiguous messages in batches of a bounded size; `count` of them are merged, up to `at`. */
async function mergeChain(
  env: Env,
  chain: Parsed[],
  from: Cursor,
): Promise<{ count: number; at: Cursor; points: Point[] }> {
  const merged = { count: 0, at: from, points: [] as Point[] };
  while (merged.count < chain.length) {
    const bodies = chain.slice(merged.count).map((message) => message.body);
    const slice = bodies.slice(0, sliceLength(bodies));
    const points = await applyChain(env, slice, merged.at);
    if (points === undefined) break;
    merged.points.push(...points);
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
    return parts > BATCH_PARTS || chars > BATCH_CHARS;
  });
  return over < 0 ? bodies.length : Math.max(1, over);
}

/** One batch for contiguous messages; undefined when the cursor was no longer where it was read. */
async function applyChain(env: Env, chain: OutboxMessage[], from: Cursor): Promise<Point[] | undefined> {
  const { object, purpose, to } = chain.at(-1) as OutboxMessage;
  const sink = SINKS[purpose] as (typeof SINKS)[string];
  const guard = { sql: GUARD, values: guardValues(object, purpose, from) };
  const now = Date.now();
  const good: unknown[] = [];
  const parked: D1PreparedStatement[] = [];
  let parkedEvents = 0;
  for (const message of chain) {
    for (const [i, part] of message.parts.entries()) {
      const parsed = sink.part.safeParse(part);
      if (parsed.success) good.push(parsed.data);
      else {
        const events = Math.min(eventsOf(part), message.events);
        parkedEvents += events;
        parked.push(parkPart(env.DB, guard, message, i, part, events, parsed.error.message, now));
      }
    }
  }
  const events = chain.reduce((sum, message) => sum + message.events, 0);
  const results = await env.DB.batch([
    ensureCursor(env.DB, object, purpose),
    ...sink.statements(env.DB, good, guard),
    ...parked,
    moveCursor(env.DB, object, purpose, from, to, { rolled: events - parkedEvents, parked: parkedEvents }, now),
  ]);
  return results.at(-1)?.meta.changes === 1 ? sink.points(env.DB, good) : undefined;
}
