/* Merging parts into D1: the statements, under a guard, for a batch that says by its last one whether it was the one. What
 * cannot be read is parked with them. */
import type { OutboxMessage } from "../domain/event";
import type { Guard } from "../storage/queries/cursors";
import { parkPart } from "../storage/queries/dead-letters";
import { eventsOf, SINKS, type Sink } from "./sinks";

export const BATCH = {
  /** Parts per batch. A part of prices makes up to three rows of about 250 bytes. */
  parts: 1_500,
  /** Characters of parts per batch, up to three bytes each: alerts carry texts, and what a statement is given may have 2 MB. */
  chars: 600_000,
} as const;

export interface Merge {
  statements: D1PreparedStatement[];
  counted: { rolled: number; parked: number };
  /** Parts that could be read. */
  good: unknown[];
}

/** @param messages of one object and purpose, in order */
export async function mergeOf(
  db: D1Database,
  messages: readonly OutboxMessage[],
  guard: Guard,
  now: number,
): Promise<Merge> {
  const sink = SINKS[messages[0]?.purpose ?? ""] as Sink;
  const good: unknown[] = [];
  const parking: D1PreparedStatement[] = [];
  let parked = 0;
  for (const message of messages) {
    // Whatever its unreadable parts say, no more of its events are parked than it has.
    let left = message.events;
    for (const [i, part] of message.parts.entries()) {
      const parsed = sink.part.safeParse(part);
      if (parsed.success) good.push(parsed.data);
      else {
        const events = Math.min(eventsOf(part), left);
        left -= events;
        parked += events;
        parking.push(parkPart(db, guard, message, i, part, events, parsed.error.message, now));
      }
    }
  }
  const events = messages.reduce((sum, message) => sum + message.events, 0);
  const statements = [...(await sink.statements(db, good, guard, now)), ...parking];
  return { statements, counted: { rolled: events - parked, parked }, good };
}
