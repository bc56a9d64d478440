/* The door of every queue: by name to its consumer. */
import { CONSUMERS } from "./index";

export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  const consumer = CONSUMERS[batch.queue];
  if (consumer === undefined) throw new Error(`queue ${batch.queue} has no consumer`);
  await consumer(batch, env);
}
