/* The queues and their consumers. */
import { consumeAggregations } from "./aggregations";
import { consumeArchive } from "./archive";
import { consumeDeadLetters } from "./dead-letter";
import { consumeEvents } from "./events";
import { consumePoints } from "./points";

export const CONSUMERS: Record<string, (batch: MessageBatch, env: Env) => Promise<void>> = {
  "tidings-events": consumeEvents,
  "tidings-events-dead": consumeDeadLetters,
  "tidings-archive": consumeArchive,
  // Its objects still have what it brings: it is tried once more, slowly.
  "tidings-archive-dead": consumeArchive,
  "tidings-points": consumePoints,
  "tidings-aggregations": consumeAggregations,
};
