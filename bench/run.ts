/* `npm run bench`: measures the product on this machine, each figure beside `hello` on the same kind of socket.
 *
 *   npm run bench                          everything, about three quarters of an hour; wants a quiet machine
 *   npm run bench -- posts delivery        some scenarios; --only posts means the same
 *   npm run bench -- --quick               one short round each, to see that it runs
 *   npm run bench -- --accept-slow         although hello is below 15,000/s; the report says so
 *   npm run bench -- --report              the pages again, from the results there are
 *
 * Results are files in results/; docs/benchmarks.md and docs/scaling.md are written from them, frame.md and scaling.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildDashboard } from "../tools/build.ts";
import { machineOf } from "./machine.ts";
import { type Options, parseOptions } from "./options.ts";
import { Refusal } from "./refusal.ts";
import { RESULTS_FOLDER, writeReport } from "./report.ts";
import { requireHello } from "./rounds.ts";
import type { Context, Results, Scenario } from "./scenario.ts";
import { alerts } from "./scenarios/alerts.ts";
import { batches } from "./scenarios/batches.ts";
import { counted } from "./scenarios/counted.ts";
import { delivery } from "./scenarios/delivery.ts";
import { fanOut } from "./scenarios/fan-out.ts";
import { memory } from "./scenarios/memory.ts";
import { nodes } from "./scenarios/nodes.ts";
import { overload } from "./scenarios/overload.ts";
import { peers } from "./scenarios/peers.ts";
import { posts } from "./scenarios/posts.ts";
import { simulate } from "./scenarios/simulate.ts";
import { telemetry } from "./scenarios/telemetry.ts";
import { type HelloServer, startHello, stopAll } from "./servers.ts";
import { requireWrk } from "./wrk.ts";

const SCENARIOS: Scenario[] = [
  posts,
  batches,
  delivery,
  fanOut,
  overload,
  alerts,
  peers,
  nodes,
  telemetry,
  memory,
  counted,
  simulate,
];
const ROUNDS = { full: 3, quick: 1 };

async function runAll(scenarios: Scenario[], context: Context): Promise<Results["scenarios"]> {
  const outcomes: Results["scenarios"] = {};
  for (const { name, title, run } of scenarios) {
    console.log(`${name}: ${title}`);
    const startedAt = performance.now();
    const outcome = await run(context);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    outcomes[name] = { title, seconds, ...outcome };
    console.log(`  (${seconds} s)`);
  }
  return outcomes;
}

function write(results: Results, set: string): string {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const file = join(RESULTS_FOLDER, `${results.date.slice(0, 10)}-${set}${results.quick ? ".quick" : ""}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}

async function measureAll(scenarios: Scenario[], { quick, acceptSlow }: Options): Promise<Results> {
  const date = new Date().toISOString();
  const machine = machineOf();
  const hello = scenarios.every(({ inMemory }) => inMemory) ? undefined : await prepare();
  const say = (text: string) => console.log(text);
  const context: Context = { quick, acceptSlow, rounds: quick ? ROUNDS.quick : ROUNDS.full, hello, say };
  await requireHello(context);
  return { date, quick, machine, scenarios: await runAll(scenarios, context) };
}

/** The page is built once and not by each server that is started. */
async function prepare(): Promise<HelloServer> {
  requireWrk();
  await buildDashboard({ force: false });
  return startHello();
}

async function main(): Promise<void> {
  const names = SCENARIOS.map(({ name }) => name);
  const options = parseOptions(process.argv.slice(2), names);
  const { quick, only, reportOnly } = options;
  if (reportOnly) {
    writeReport(names);
    return;
  }
  const scenarios = SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name));
  const results = await measureAll(scenarios, options);
  const file = write(results, only.length === 0 ? "all" : scenarios.map(({ name }) => name).join("+"));
  console.log(`Written to ${file}${quick ? "" : ` and ${writeReport(names)}`}.`);
}

let isEnding = false;
async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await stopAll();
  process.exit(code);
}

// What runs beside this must not outlive it, however it ends.
process.on("uncaughtException", (error) => {
  console.error(error);
  void end(1);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(130));
main().then(
  () => end(process.exitCode === undefined ? 0 : Number(process.exitCode)),
  (error: unknown) => {
    if (!isEnding) console.error(error instanceof Refusal ? error.message : error);
    return end(1);
  },
);
