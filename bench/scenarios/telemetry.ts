/* Request events and metric samples as a large site sends them, and what people ask meanwhile. */
import type { Context, Outcome, Scenario } from "../scenario.ts";
import { measureMetrics } from "../telemetry/metrics.ts";
import { measureHighest, measureRequests } from "../telemetry/requests.ts";

/** What a large site sends in a second; here that is all that one thread takes. */
const FULL = 10_000;
/** What leaves it time. */
const CALM = FULL / 4;

async function run(context: Context): Promise<Outcome> {
  const figures = [
    ...(await measureRequests(context, FULL)),
    ...(await measureRequests(context, CALM)),
    await measureHighest(context),
    ...(await measureMetrics(context)),
  ];
  for (const { what, value, unit } of figures) context.say(`  ${what}: ${Math.round(value * 100) / 100} ${unit}`);
  const notes = [
    "Every acknowledged request and sample was counted exactly once: sums over all answers were compared.",
    "VictoriaMetrics acknowledges what is in its memory; Tidings what is on the disk, in order and once.",
  ];
  return { figures, notes };
}

export const telemetry: Scenario = {
  name: "telemetry",
  title: "10,000 request events/s of 1 KB for a minute; 1,000,000 samples over 10,000 series",
  run,
};
