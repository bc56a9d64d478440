/* The Worker under test: the real one, and the Durable Objects that only tests use.
 *
 * Test files run one after the other in the same process with the same modules (vitest.config.ts); each begins with an
 * environment of its own. Queues alone live longer: what an earlier file sent is dropped. */
import worker from "../src/worker/index";
import { isOurs, ownOf } from "./anew";

export * from "../src/worker/index";
export * from "./objects";

export default {
  fetch: (request, env, context) => worker.fetch(request, ownOf(env), context),
  scheduled: (controller, env) => worker.scheduled(controller, ownOf(env)),
  async queue(batch, env) {
    const messages = batch.messages.filter(isOurs);
    if (messages.length === 0) return;
    await worker.queue(Object.create(batch, { messages: { value: messages } }), ownOf(env));
  },
} satisfies ExportedHandler<Env>;
