/* The Worker: where requests, queue batches and crons come in. */
import { consume } from "../queues/consume";
import { app } from "./app";
import { runSchedule } from "./schedule";

export * from "../durable-objects/index";

export default {
  fetch: app.fetch,
  queue: consume,
  scheduled: runSchedule,
} satisfies ExportedHandler<Env>;
