/* What every consumer of outbox messages does: gather the messages of one object and purpose, keep the chain that follows
 * from D1's cursor, have it merged, and settle each message by what became of it. What merging means is the consumer's; each
 * does it under the guard of the cursor, so lost, repeated, reordered and late messages change nothing. */
import type { z } from "zod";
import { atOnce } from "../domain/at-once";
import { type Cursor, type Envelope, START } from "../domain/event";
import { readCursor } from "../storage/queries/cursors";
import { parkMessage } from "../storage/queries/dead-letters";
import { sortMessages } from "./chain";
import { type Confirmation, confirm } from "./confirm";

/** A message ahead of the cursor is seen so often before it is dropped; its object sends it again. */
const AHEAD_ATTEMPTS = 3;
const RETRY_SECONDS = 2;
/** Calls to D1 under way at a time: as many connections as an invocation may have. A warning for a country is a message of
 * each of its places, and one after the other they would wait for each other's way to the database. */
export const D1_AT_ONCE = 6;

type Parsed<B> = Message & { body: B };

/** Messages of one object and purpose that follow on each other from D1's cursor; perhaps none. */
export interface Chain<B extends Envelope> {
  object: string;
  purpose: string;
  from: Cursor;
  bodies: B[];
}

/** So many bodies of a chain are merged, and D1 stands at `at`. */
export interface Merged {
  count: number;
  at: Cursor;
}

export interface Consumer<B extends Envelope> {
  body: z.ZodType<B>;
  /** Why a body that can be read has no place here; undefined when it has one. */
  refuse?(body: B): string | undefined;
  /** What became of each chain, in order; undefined of one that failed and is to be tried again. One object's trouble must
   * not delay another's. */
  merge(env: Env, chains: Chain<B>[]): Promise<(Merged | undefined)[]>;
}

interface Group<B extends Envelope> extends Chain<B> {
  messages: Parsed<B>[];
  chain: Parsed<B>[];
  /** Merged before, or of an epoch that is over. */
  stale: Parsed<B>[];
  /** Something before them is missing. */
  ahead: Parsed<B>[];
}

export async function consumeOutbox<B extends Envelope>(
  batch: MessageBatch,
  env: Env,
  consumer: Consumer<B>,
): Promise<void> {
  const byObject = [...(await readable(batch, env, consumer)).values()];
  const found = await atOnce(D1_AT_ONCE, byObject, (messages) => tryGroup(env, messages));
  const groups = found.filter((group) => group !== undefined);
  const merged = await consumer.merge(env, groups);
  const confirmations = groups.map((group, i) => settle(group, merged[i]));
  // After all merges: an object that hangs delays nobody else's.
  await Promise.all(confirmations.map(async (told) => told && confirm(env, told)));
}

/** Messages by object and purpose; what is none is parked. */
async function readable<B extends Envelope>(
  batch: MessageBatch,
  env: Env,
  { body: schema, refuse }: Consumer<B>,
): Promise<Map<string, Parsed<B>[]>> {
  const groups = new Map<string, Parsed<B>[]>();
  for (const message of batch.messages) {
    const parsed = schema.safeParse(message.body);
    const refusal = parsed.success ? refuse?.(parsed.data) : "not an outbox message";
    if (!parsed.success || refusal !== undefined) {
      await park(env, batch.queue, message, refusal ?? "");
      continue;
    }
    const key = `${parsed.data.object}\n${parsed.data.purpose}`;
    groups.set(key, [...(groups.get(key) ?? []), message as Parsed<B>]);
  }
  return groups;
}

async function park(env: Env, queue: string, message: Message, reason: string): Promise<void> {
  try {
    await parkMessage(env.DB, `${queue}/${message.id}`, queue, message.body, reason, Date.now());
    message.ack();
  } catch (error) {
    console.error("an unreadable message could not be parked", error);
    message.retry({ delaySeconds: RETRY_SECONDS });
  }
}

function failed(messages: Message[], error: unknown): void {
  console.error("merge failed, will be tried again", (messages[0]?.body as Envelope | undefined)?.object, error);
  for (const message of messages) message.retry({ delaySeconds: RETRY_SECONDS });
}

async function tryGroup<B extends Envelope>(env: Env, messages: Parsed<B>[]): Promise<Group<B> | undefined> {
  try {
    return await groupOf(env, messages);
  } catch (error) {
    failed(messages, error);
    return undefined;
  }
}

async function groupOf<B extends Envelope>(env: Env, messages: Parsed<B>[]): Promise<Group<B>> {
  const { object, purpose } = (messages[0] as Parsed<B>).body;
  const { epoch, pos } = (await readCursor(env.DB, object, purpose)) ?? START;
  const from = { epoch, pos };
  const sorted = sortMessages(messages, from);
  return { object, purpose, from, bodies: sorted.chain.map(({ body }) => body), messages, ...sorted };
}

/** Acknowledges what is done, asks for the rest again, and says what the object is to be told. */
function settle<B extends Envelope>(group: Group<B>, merged: Merged | undefined): Confirmation | undefined {
  const { object, purpose, messages, chain, stale, ahead } = group;
  if (merged === undefined) {
    for (const message of messages) message.retry({ delaySeconds: RETRY_SECONDS });
    return undefined;
  }
  const dropped = ahead.filter((m) => m.attempts > AHEAD_ATTEMPTS);
  const settled = [...chain.slice(0, merged.count), ...stale, ...dropped];
  for (const message of settled) message.ack();
  // Either another consumer moved the cursor in between, or something before them is missing.
  for (const message of messages) if (!settled.includes(message)) message.retry({ delaySeconds: RETRY_SECONDS });
  return settled.length > 0 ? { object, purpose, cursor: merged.at, resend: dropped.length > 0 } : undefined;
}
