/* What a lane is given: its object's log and core, and the way out of the object. */
import type { Cursor, OutboxMessage } from "../../domain/event";
import type { Core } from "../../domain/ledger/core";
import type { Holes } from "./holes";
import type { Source } from "./parts";

/** The way out of the object: queues, and D1's own word on how far it is. */
export interface Downstream {
  send(messages: OutboxMessage[]): Promise<void>;
  cursor(object: string, purpose: string): Promise<Cursor & { rolled: number; parked: number }>;
  /** When the oldest message that still waits in the purpose's queue was sent, epoch ms; undefined when none waits, or
   * nobody knows. */
  waitingSince(purpose: string): Promise<number | undefined>;
}

/** What the lanes of an object share. */
export interface Way<S, I> extends Source {
  core: Core<S, I>;
  downstream: Downstream;
  delayMs: number;
  holes: Holes;
  /** D1 is ahead of this log: the object was restored behind its back. */
  restored(cursor: Cursor): void;
}
