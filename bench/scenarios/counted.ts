/* What each path does per million events, counted while the real objects and the real consumer are driven in memory, and
 * what that costs by the price list. The objects are written for another runtime, so they are bundled first. */
import { loadBundled } from "../bundled.ts";
import { type Counts, dollarsPerMillion } from "../cost.ts";
import type { Context, CostRow, Outcome, Scenario } from "../scenario.ts";

/** What counted/*.ts export; they belong to another TypeScript project, so they are not imported for their types. */
interface Model {
  what: string;
  minutes: number;
}
interface Models {
  MODELS: Model[];
  count(model: Model): Promise<{ counts: Counts }>;
}
interface AlertModels {
  ALERT_MODELS: { what: string }[];
  countAlerts(model: { what: string }, most?: number): Promise<{ counts: Counts }>;
  countQuiet(model: { what: string }, minutes: number): Promise<Counts>;
}

const DAY_MINUTES = 24 * 60;
/** Of the recorded alerts, when a first look is enough. */
const QUICK_ALERTS = 40;

async function run({ quick, say }: Context): Promise<Outcome> {
  const costs: CostRow[] = [];
  const note = (what: string, counts: Counts) => {
    costs.push({ what, counts });
    say(`  ${what}: $${dollarsPerMillion(counts).total.toFixed(2)} per million`);
  };
  const { MODELS, count } = await loadBundled<Models>("counted/models.ts");
  for (const model of MODELS) note(model.what, (await count(quick ? { ...model, minutes: 2 } : model)).counts);
  const { ALERT_MODELS, countAlerts, countQuiet } = await loadBundled<AlertModels>("counted/alert-models.ts");
  for (const model of ALERT_MODELS) {
    note(model.what, (await countAlerts(model, quick ? QUICK_ALERTS : undefined)).counts);
  }
  const minutes = quick ? 60 : DAY_MINUTES;
  const canary = await countQuiet({ what: "" }, minutes);
  note("Canaries, nobody listening", { ...canary, events: minutes });
  return { figures: [], costs };
}

export const counted: Scenario = {
  name: "counted",
  title: "Counted operations and their price, modelled",
  inMemory: true,
  run,
};
