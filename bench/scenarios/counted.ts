/* What each path does per million events, counted while the real objects and the real consumer are driven in memory, and
 * what that costs by the price list. The objects are written for another runtime, so they are bundled first. */
import { loadBundled } from "../bundled.ts";
import { type Counts, dollarsOf, dollarsPerMillion, dollarText, MONTH_MINUTES, times } from "../cost.ts";
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
interface TelemetryModels {
  TELEMETRY_MODELS: { what: string }[];
  countTelemetry(model: { what: string }, minutes?: number): Promise<Counts>;
}
interface NodeModel {
  what: string;
  nodes: number;
}
interface NodeModels {
  NODE_MODELS: NodeModel[];
  countHealthy(model: NodeModel, minutes: number): Promise<Counts>;
  countOutages(model: NodeModel, outages: number): Promise<Counts>;
  countMeasuring(nodes: number, minutes: number): Promise<Counts>;
}

const DAY_MINUTES = 24 * 60;
/** Of the recorded alerts, when a first look is enough. */
const QUICK_ALERTS = 40;
const QUICK_MINUTES = 2;
/** Of a fleet of nodes. What happens does so every half minute. */
const FLEET_MINUTES = { full: 60, quick: 5 };
const OUTAGES = { full: 10, quick: 1 };
const FLEET = 1_000;
/** Of nodes that measure: as many as share the objects of a pool; blocks are of ten minutes. */
const MEASURING = { full: { nodes: FLEET, minutes: 20 }, quick: { nodes: 100, minutes: 10 } };

async function run({ quick, say }: Context): Promise<Outcome> {
  const costs: CostRow[] = [];
  const note = (what: string, counts: Counts) => {
    costs.push({ what, counts });
    say(`  ${what}: ${dollarText(dollarsPerMillion(counts).total)} per million`);
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
  const { TELEMETRY_MODELS, countTelemetry } = await loadBundled<TelemetryModels>("counted/telemetry.ts");
  for (const model of TELEMETRY_MODELS)
    note(model.what, await countTelemetry(model, quick ? QUICK_MINUTES : undefined));
  const rows: string[][] = [];
  const add = (what: string, month: Counts) => {
    const counted = [month.object_calls, month.rows_written].map((count) => Math.round(count).toLocaleString("en"));
    rows.push([what, ...counted, dollarText(dollarsOf(month))]);
  };
  for (const { what, outage, month } of await countNodes(quick)) {
    note(`An outage of a node (suspect, down, recovered), ${what}`, outage);
    add(`a beat every 10 s, ${what}`, month);
  }
  add("beside it, 30 figures a minute each", await countMeasured(quick));
  return {
    figures: [],
    costs,
    tables: [{ title: FLEET_TITLE, head: ["", "object calls", "rows written", "dollars"], rows }],
  };
}

const FLEET_TITLE = "1,000 healthy nodes with sessions, a month";

/** A month of a thousand nodes that measure. */
async function countMeasured(quick: boolean): Promise<Counts> {
  const { countMeasuring } = await loadBundled<NodeModels>("counted/nodes.ts");
  const { nodes, minutes } = quick ? MEASURING.quick : MEASURING.full;
  return times(await countMeasuring(nodes, minutes), ((FLEET / nodes) * MONTH_MINUTES) / minutes);
}

/** Each model's outage, and what a month of a thousand healthy nodes is. */
async function countNodes(quick: boolean): Promise<{ what: string; outage: Counts; month: Counts }[]> {
  const { NODE_MODELS, countHealthy, countOutages } = await loadBundled<NodeModels>("counted/nodes.ts");
  const counted = [];
  for (const model of NODE_MODELS) {
    const minutes = quick ? FLEET_MINUTES.quick : FLEET_MINUTES.full;
    const healthy = await countHealthy(model, minutes);
    const outage = await countOutages(model, quick ? OUTAGES.quick : OUTAGES.full);
    const month = times(healthy, ((FLEET / model.nodes) * MONTH_MINUTES) / minutes);
    counted.push({ what: model.what, outage, month });
  }
  return counted;
}

export const counted: Scenario = {
  name: "counted",
  title: "Counted operations and their price, modelled",
  inMemory: true,
  run,
};
