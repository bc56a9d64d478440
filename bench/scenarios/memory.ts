/* Whether memory stays as it is: what a minute's load cannot say, since garbage gathers for longer than that. */
import type { Context, Outcome, Scenario } from "../scenario.ts";
import { measureMemory } from "../telemetry/requests.ts";

async function run(context: Context): Promise<Outcome> {
  const figure = await measureMemory(context);
  context.say(`  ${figure.what}: ${Math.round(figure.value * 100) / 100}`);
  return { figures: [figure] };
}

export const memory: Scenario = {
  name: "memory",
  title: "request events for ten minutes: what the runtime holds",
  run,
};
