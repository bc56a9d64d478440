/* The fan-out of an alert to ten million sockets, simulated: docs/scaling.md. The simulation runs the product's own hubs,
 * which are written for another runtime, so it is bundled first. */
import { loadBundled } from "../bundled.ts";
import type { Context, Outcome, Scenario, Table } from "../scenario.ts";
import { rounded } from "../statistics.ts";

/** What simulation/models.ts exports; it belongs to another TypeScript project, so it is not imported for its types. */
interface Model {
  sockets: number;
  place: string;
  socketsPerHub: number;
  children: number;
  cap: number | undefined;
}
interface Times {
  p50: number;
  p99: number;
  max: number;
}
interface Shown {
  hubs: number;
  relays: number;
  levels: number;
  callsPerAlert: number;
  last: Times;
  most: Times;
  dollarsPerMillion: number;
  repeats: number;
  frames: number;
}
interface Models {
  TABLES: { title: string; models: Model[] }[];
  show(model: Model, seeds: number): Shown;
}

/** A run of ten million sockets takes seconds. */
const SEEDS = { full: 20, large: 3, quick: 1 };
const LARGE = 2_000_000;

const HEAD = [
  "sockets",
  "where",
  "hubs of",
  "children",
  "open calls",
  "hubs",
  "relays",
  "levels",
  "calls per alert",
  "last socket p50 · p99 · max, ms",
  "99 % of hubs p50 · p99 · max, ms",
  "repeats",
  "$ per million deliveries",
];

const figure = (value: number): string => rounded(value).toLocaleString("en", { maximumFractionDigits: 5 });
const times = ({ p50, p99, max }: Times): string => [p50, p99, max].map(figure).join(" · ");

function rowOf(model: Model, shown: Shown): string[] {
  return [
    model.sockets.toLocaleString("en"),
    model.place,
    model.socketsPerHub.toLocaleString("en"),
    String(model.children),
    model.cap === undefined ? "any" : String(model.cap),
    shown.hubs.toLocaleString("en"),
    String(shown.relays),
    String(shown.levels),
    figure(shown.callsPerAlert),
    times(shown.last),
    times(shown.most),
    figure(shown.repeats),
    `$${shown.dollarsPerMillion.toFixed(5)}`,
  ];
}

async function run({ quick, say }: Context): Promise<Outcome> {
  const { TABLES, show } = await loadBundled<Models>("simulation/models.ts");
  const tables: Table[] = [];
  let frames = 0;
  for (const { title, models } of TABLES) {
    const rows: string[][] = [];
    for (const model of models) {
      const seeds = quick ? SEEDS.quick : model.sockets > LARGE ? SEEDS.large : SEEDS.full;
      const shown = show(model, seeds);
      frames += shown.frames;
      rows.push(rowOf(model, shown));
      say(`  ${rows.at(-1)?.join(" | ")}`);
    }
    tables.push({ title, head: HEAD, rows });
  }
  const note =
    `In every run every hub had every alert exactly once and in order: ${frames.toLocaleString("en")} frames were ` +
    `checked, under ${SEEDS.full} seeds each (${SEEDS.large} for ten million sockets).`;
  return { figures: [], tables, notes: [note] };
}

export const simulate: Scenario = {
  name: "simulate",
  title: "The fan-out of an alert to ten million sockets, simulated",
  inMemory: true,
  run,
};
