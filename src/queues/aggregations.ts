/* The consumer of aggregations: asks every object for its figures and writes the result to D1. A message that comes twice
 * finds the work done. */
import { AggregationMessage, aggregated, totalsQuestion } from "../domain/requests/aggregate";
import type { Summary } from "../domain/requests/summary";
import { objectsOf } from "../storage/queries/registry";
import { type AggregationRow, findAggregation, finishAggregation } from "../storage/queries/requests";

const RETRY_SECONDS = 5;

export async function consumeAggregations(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    const parsed = AggregationMessage.safeParse(message.body);
    // Nothing of it could ever be worked, and whoever asked was told its id only if D1 has it.
    if (!parsed.success) console.error("not an aggregation", message.id);
    try {
      if (parsed.success) await work(env, parsed.data.aggregation_id);
      message.ack();
    } catch (error) {
      console.error("an aggregation failed, will be tried again", error);
      message.retry({ delaySeconds: RETRY_SECONDS });
    }
  }
}

async function work(env: Env, id: string): Promise<void> {
  const asked = await findAggregation(env.DB, id);
  if (asked === undefined || asked.done_at !== null) return;
  const { total, result } = aggregated(await summariesFor(env, asked), asked.metrics);
  await finishAggregation(env.DB, id, total, result, Date.now());
}

/** All of them or none: a result that leaves one out would be wrong for ever. */
async function summariesFor(env: Env, { start_time, end_time }: AggregationRow): Promise<Summary[]> {
  const question = totalsQuestion(start_time, end_time);
  const names = await objectsOf(env.DB, "RequestIntake");
  return Promise.all(
    names.map(async (name) => (await env.REQUEST_INTAKE.getByName(name).summary(question)) as unknown as Summary),
  );
}
