/* The Worker under test: the real one, and the Durable Objects that only tests use.
 *
 * Test files run one after the other in the same process (vitest.config.ts), each with modules of its own. Queues alone live
 * longer: what an earlier file sent is dropped. */
import worker from "../src/worker/index";

export * from "../src/worker/index";
export * from "./objects";

/** When this file began. */
const began = Date.now();

const isOurs = ({ timestamp }: Message): boolean => timestamp.getTime() >= began;

export default {
  ...worker,
  async queue(batch, env) {
    const messages = batch.messages.filter(isOurs);
    if (messages.length === 0) return;
    await worker.queue(Object.create(batch, { messages: { value: messages } }), env);
  },
} satisfies ExportedHandler<Env>;
