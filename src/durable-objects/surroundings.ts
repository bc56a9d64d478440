/* What every ledger object is surrounded by: its name, the queue below it, its children above it. */
import { ARCHIVE_PURPOSE, archiveOutput } from "../domain/archive/batch";
import { type OutboxMessage, START } from "../domain/event";
import type { Delivery, Receipts } from "../domain/frame";
import type { Fact, Output } from "../domain/ledger/reducer";
import { childOf } from "../domain/live/children";
import { settingsOf } from "../domain/settings";
import { packMessage } from "../storage/archive";
import { readCursor } from "../storage/queries/cursors";
import type { LedgerOptions } from "./ledger/options";

type Surroundings = Pick<
  LedgerOptions<unknown, unknown, Fact>,
  "object" | "downstream" | "delayMs" | "deliver" | "hubs"
>;

/** Options of a ledger that depend on where it runs, not on what it is about. */
export function surroundings(ctx: DurableObjectState, env: Env, className: string): Surroundings {
  return {
    object: `${className}/${ctx.id.name ?? ""}`,
    delayMs: settingsOf(env).OUTBOX_DELAY_MS,
    downstream: {
      async send(messages) {
        for (const message of messages) await send(env, message);
      },
      cursor: async (object, purpose) =>
        (await readCursor(env.DB, object, purpose)) ?? { ...START, rolled: 0, parked: 0 },
      waitingSince: (purpose) => waitingSince(purpose === ARCHIVE_PURPOSE ? env.ARCHIVE_QUEUE : env.EVENTS),
    },
    deliver: (child, deliveries) => children.deliver(env, child, deliveries),
    hubs: settingsOf(env).HUB_CHILDREN,
  };
}

/** Entries are bytes, which JSON has none of. */
async function send(env: Env, message: OutboxMessage): Promise<void> {
  if (message.purpose !== ARCHIVE_PURPOSE) await env.EVENTS.send(message);
  else await env.ARCHIVE_QUEUE.send(await packMessage(env.ARCHIVE, message), { contentType: "v8" });
}

/** The output by which an object's entries are archived. */
export const archived = (env: Env): Output<never> => archiveOutput(settingsOf(env).OUTBOX_DELAY_MS);

/** A fresh stub each time: one that threw is broken. An object, so that a test can lose calls. */
export const children = {
  deliver(env: Env, child: string, deliveries: Delivery[]): Promise<Receipts> {
    const { class: kind, name } = childOf(child);
    if (kind === "Topic") return env.TOPIC.getByName(name).deliver(deliveries);
    if (kind === "Relay") return env.RELAY.getByName(name).deliver(deliveries);
    return env.HUB.getByName(name).deliver(deliveries);
  },
};

/** The local queue says 0 where production says nothing. */
async function waitingSince(queue: Pick<Queue, "metrics">): Promise<number | undefined> {
  try {
    const { oldestMessageTimestamp } = await queue.metrics();
    return new Date(oldestMessageTimestamp ?? 0).getTime() || undefined;
  } catch {
    // Nobody knows: what was not confirmed is sent again, which is always safe.
    return undefined;
  }
}
