/* The queues and their consumers. */
import { consumeDeadLetters } from "./dead-letter";
import { consumeEvents } from "./events";

export const CONSUMERS: Record<string, (batch: MessageBatch, env: Env) => Promise<void>> = {
  "tidings-events": consumeEvents,
  "tidings-events-dead": consumeDeadLetters,
};
