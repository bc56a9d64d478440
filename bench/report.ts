/* The pages of figures: the newest full result of each scenario, put into hand-written frames. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dollarsPerMillion, dollarText, perMillion } from "./cost.ts";
import {
  type Aim,
  type CostRow,
  type Figure,
  HELLO_AT_LEAST,
  isDoubtful,
  meets,
  type Results,
  type Table,
} from "./scenario.ts";
import { rounded } from "./statistics.ts";

export const RESULTS_FOLDER = "bench/results";
const PAGES = [
  { frame: "bench/frame.md", page: "docs/benchmarks.md" },
  { frame: "bench/scaling.md", page: "docs/scaling.md" },
];

interface Found {
  file: string;
  results: Results;
}

export function number(value: number): string {
  if (!Number.isFinite(value)) return "not within the run";
  return rounded(value).toLocaleString("en", { maximumFractionDigits: 4 });
}

function aimText(aim: Aim, figure: Figure): string {
  const target = aim.of === "share" ? `${aim.value} of hello` : `${aim.value.toLocaleString("en")} ${figure.unit}`;
  return `${aim.bound} ${target}: ${meets(aim, figure) ? "met" : "**missed**"}`;
}

function figureRow(figure: Figure): string {
  const { what, value, unit, rounds, hello, share, aims = [], more = {} } = figure;
  const detail = Object.entries(more)
    .filter(([name, seen]) => !(name === "failed" && seen === 0))
    .map(([name, seen]) => `${name} ${typeof seen === "number" ? number(seen) : seen}`);
  const cells = [
    what,
    `${number(value)} ${unit}`,
    rounds.map(number).join(" · "),
    hello === undefined ? "" : `${number(hello)}${isDoubtful(figure) ? " (!)" : ""}`,
    share === undefined ? "" : number(share),
    aims.map((aim) => aimText(aim, figure)).join("; "),
    detail.join(", "),
  ];
  return `| ${cells.join(" | ")} |`;
}

const FIGURE_HEAD = `| | median | rounds | hello, requests/s | of hello | aim | beside it |
|---|---|---|---|---|---|---|`;

function costTable(costs: CostRow[]): string {
  const head = `| per million | requests | object calls | rows written | queue messages | D1 rows written | points | dollars |
|---|---|---|---|---|---|---|---|`;
  const rows = costs.map(({ what, counts }) => {
    const per = perMillion(counts);
    const cells = [per.requests, per.object_calls, per.rows_written, per.messages, per.d1_rows_written, per.points];
    return `| ${what} | ${cells.map(number).join(" | ")} | ${dollarText(dollarsPerMillion(counts).total)} |`;
  });
  return [head, ...rows].join("\n");
}

function textTable({ title, head, rows }: Table): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `**${title}**\n\n${lines.join("\n")}`;
}

/** One scenario as Markdown. */
export function section(name: string, { file, results }: Found): string {
  const outcome = results.scenarios[name];
  if (outcome === undefined) return "";
  const { figures, tables = [], costs = [], notes = [] } = outcome;
  const doubt = `(!) hello was below ${HELLO_AT_LEAST.toLocaleString("en")}/s: the machine was slow or busy, and only shares of hello compare.`;
  const parts = [
    figures.length > 0 ? [FIGURE_HEAD, ...figures.map(figureRow)].join("\n") : "",
    ...tables.map(textTable),
    costs.length > 0 ? costTable(costs) : "",
    figures.some(isDoubtful) ? doubt : "",
    notes.join(" "),
    `${results.date.slice(0, 10)}, commit ${results.machine.commit}: \`${file}\`.`,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function machineText({ machine }: Results): string {
  const { cpu, cores, memory_gib: memory, kernel, node, workerd, load_before: load } = machine;
  return `${cpu}, ${cores} cores, ${memory} GiB; ${kernel}; Node ${node}, workerd ${workerd}; load average before the run ${load}.`;
}

/** Full results, oldest first. */
function fullResults(): Found[] {
  if (!existsSync(RESULTS_FOLDER)) return [];
  return readdirSync(RESULTS_FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(RESULTS_FOLDER, name))
    .map((file) => ({ file, results: JSON.parse(readFileSync(file, "utf8")) as Results }))
    .filter(({ results }) => !results.quick)
    .sort((a, b) => a.results.date.localeCompare(b.results.date));
}

/** Puts sections in place of their marks. A scenario without a full result says how to get one. */
export function fill(frame: string, names: string[], found: Found[]): string {
  const isShown = (name: string) => frame.includes(`<!-- ${name} -->`);
  const newest = found.findLast(({ results }) => Object.keys(results.scenarios).some(isShown));
  const machine = newest === undefined ? "No full run has been made." : machineText(newest.results);
  return names.reduce(
    (text, name) => {
      const last = found.findLast(({ results }) => results.scenarios[name] !== undefined);
      const missing = `Not measured yet: \`npm run bench -- --only ${name}\`.`;
      return text.replace(`<!-- ${name} -->`, () => (last === undefined ? missing : section(name, last)));
    },
    frame.replace("<!-- machine -->", () => machine),
  );
}

/** Writes the pages and returns where. */
export function writeReport(names: string[]): string {
  const found = fullResults();
  for (const { frame, page } of PAGES) writeFileSync(page, fill(readFileSync(frame, "utf8"), names, found));
  return PAGES.map(({ page }) => page).join(" and ");
}
