/* What each path does per million ticks, counted while the real objects and the real consumer are driven in memory, and
 * what that costs by the price list. The objects are written for another runtime, so they are bundled first. */
import { loadBundled } from "../bundled.ts";
import { type Counts, dollarsPerMillion } from "../cost.ts";
import type { Context, CostRow, Outcome, Scenario } from "../scenario.ts";

/** What counted/models.ts exports; it belongs to another TypeScript project, so it is not imported for its types. */
interface Model {
  what: string;
  minutes: number;
}
interface Models {
  MODELS: Model[];
  count(model: Model): Promise<{ counts: Counts }>;
}

async function run({ quick, say }: Context): Promise<Outcome> {
  const { MODELS, count } = await loadBundled<Models>("counted/models.ts");
  const costs: CostRow[] = [];
  for (const model of MODELS) {
    const { counts } = await count(quick ? { ...model, minutes: 2 } : model);
    costs.push({ what: model.what, counts });
    say(`  ${model.what}: $${dollarsPerMillion(counts).total.toFixed(2)} per million ticks`);
  }
  return { figures: [], costs };
}

export const counted: Scenario = {
  name: "counted",
  title: "Counted operations and their price, modelled",
  inMemory: true,
  run,
};
