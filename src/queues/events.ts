/* The aggregation consumer: parts of ledgers into D1, exactly once, and points into Analytics Engine.
 *
 * Per object and purpose there is one batch: the merges, what could not be read, and the cursor, all guarded by the cursor
 * as it was. Lost, repeated, reordered and late messages change nothing. One object's trouble never delays another's. */
import { type Cursor, OutboxMessage, START } from "../domain/event";
import { POINTS_MAX, type Point, writePoints } from "../storage/analytics";
import { ensureCursor, GUARD, guardValues, moveCursor, readCursor } from "../storage/queries/cursors";
import { parkMessage, parkPart } from "../storage/queries/dead-letters";
import { sortMessages } from "./chain";
import { confirm } from "./confirm";
import { eventsOf, SINKS } from "./sinks";

/** A message ahead of the cursor is seen so often before it is dropped; its object sends it again. */
const AHEAD_ATTEMPTS = 3;
const RETRY_SECONDS = 2;

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
  for (const group of groups.values()) {
    try {
      points.push(...(await mergeGroup(env, group)));
    } catch (error) {
      console.error("merge failed, will be tried again", group[0]?.body.object, error);
      for (const message of group) message.retry({ delaySeconds: RETRY_SECONDS });
    }
  }
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

async function mergeGroup(env: Env, group: Parsed[]): Promise<Point[]> {
  const { object, purpose } = (group[0] as Parsed).body;
  const { epoch, pos } = (await readCursor(env.DB, object, purpose)) ?? START;
  const cursor = { epoch, pos };
  const { chain, stale, ahead } = sortMessages(group, cursor);
  let at = cursor;
  let points: Point[] = [];
  if (chain.length > 0) {
    const applied = await applyChain(
      env,
      chain.map((m) => m.body),
      cursor,
    );
    if (applied === undefined) {
      // Another consumer moved the cursor in between: what is left of these is seen on the next try.
      for (const message of group) message.retry({ delaySeconds: RETRY_SECONDS });
      return [];
    }
    at = (chain.at(-1) as Parsed).body.to;
    points = applied;
  }
  for (const message of [...chain, ...stale]) message.ack();
  const dropped = ahead.filter((m) => m.attempts > AHEAD_ATTEMPTS);
  for (const message of ahead) {
    if (dropped.includes(message)) message.ack();
    else message.retry({ delaySeconds: RETRY_SECONDS });
  }
  if (chain.length + stale.length + dropped.length > 0) await confirm(env, object, purpose, at, dropped.length > 0);
  return points;
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
