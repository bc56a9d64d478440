/* `npm start`: the whole product on this machine.
 *
 * Not `wrangler dev`, which puts two proxies and an inspector in front of the Worker and answers a tenth of the requests:
 * the same Worker on workerd's own socket, with durable state, crons, and one server per state folder. What may go wrong
 * before it serves is one line and exit code 1. */
import { join } from "node:path";
import { buildAssets } from "./build.ts";
import { bundleWorker } from "./serve/bundle.ts";
import { type Configuration, readConfiguration, servingOptions, variablesOf } from "./serve/configuration.ts";
import { type Control, type CronRunner, openControl } from "./serve/control.ts";
import { CronTimer, firstRun, namedCrons } from "./serve/crons.ts";
import { type AdminKey, adminKey, sealKey } from "./serve/keys.ts";
import { migrate } from "./serve/migrate.ts";
import { type Options, parseOptions, urlOf } from "./serve/options.ts";
import { outliveOutput } from "./serve/output.ts";
import { refuseUsedPort, startFailure, untilReady } from "./serve/ready.ts";
import { lastWords, reasonOf } from "./serve/refusal.ts";
import { onRuntimeSpawn, type Runtime, startRuntime, withDatabase } from "./serve/runtime.ts";
import { StateFolder } from "./serve/state-folder.ts";

/* What a stop must undo, in the order it was done. */
const undo: (() => unknown)[] = [];
let isStopping = false;

/** Once only: a second Ctrl-C, or the same one passed on by npm, changes nothing. */
async function stop(code: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  for (const step of undo.reverse()) {
    await Promise.resolve(step()).catch((error: unknown) => console.error(reasonOf(error)));
  }
  process.exit(code);
}

function end(reason: string): void {
  if (!isStopping) console.error(reason);
  void stop(1);
}

async function prepare(
  options: Options,
): Promise<{ folder: StateFolder; configuration: Configuration; script: string }> {
  const folder = new StateFolder(options.state);
  undo.push(() => folder.release());
  onRuntimeSpawn((pid) => folder.recordRuntime(pid));
  await folder.endOrphan();
  await refuseUsedPort(options.host, options.port);
  await buildAssets({ force: false });
  const configuration = readConfiguration();
  const script = await bundleWorker(configuration.main, configuration.define);
  return { folder, configuration, script };
}

/** What a developer's own file sets is what holds. */
function secretsOf({ worker }: Configuration, sealing: string | undefined): Record<string, string> {
  return sealing === undefined || "SEAL_KEY" in (worker.bindings ?? {}) ? {} : { SEAL_KEY: sealing };
}

async function serve(options: Options, key: AdminKey, prepared: Awaited<ReturnType<typeof prepare>>): Promise<Runtime> {
  const { configuration, script } = prepared;
  const storage = join(options.state, "storage");
  const sealing = sealKey(options.state);
  await migrate(configuration.database.migrations, storage, (use) => withDatabase(configuration, storage, use));
  const own = { TIDINGS_RUNTIME: "local", ADMIN_KEY: key.key, ...secretsOf(configuration, sealing) };
  const bindings = { ...variablesOf(configuration.config, process.env), ...own };
  const { host, port } = options;
  const runtime = await startRuntime(servingOptions(configuration, { script, host, port, bindings, storage }), {
    onEnd: (reason) => end(`The runtime does not stay up: ${reason}.`),
  }).catch((error: unknown) => Promise.reject(startFailure(error, host, port)));
  undo.push(() => runtime.dispose());
  takeSignals();
  await untilReady(urlOf(options), () => isStopping);
  return runtime;
}

async function startCrons(runtime: Runtime, expressions: string[]): Promise<Control> {
  const named = await namedCrons();
  const run: CronRunner = async (name) => {
    const cron = named[name] ?? expressions.find((expression) => expression === name);
    if (cron === undefined) {
      return {
        ok: false,
        message: `No cron "${name}". There are: ${[...Object.keys(named), ...expressions].join(", ")}.`,
      };
    }
    const outcome = await runtime.fire(cron, new Date());
    return { ok: outcome === "ok", message: `${name}: ${outcome}` };
  };
  const timer = new CronTimer(expressions, (cron, at) => runtime.fire(cron, at));
  timer.start();
  // What a deployed Worker's first minutes would do: among it, the canary begins.
  await firstRun("watchdog", run);
  const control = await openControl(run);
  undo.push(
    () => timer.stop(),
    () => control.close(),
  );
  return control;
}

function announce(url: string, key: AdminKey): void {
  if (key.isNew) {
    console.log(`Tidings is at ${url}/#key=${key.key}`);
    console.log(`That link signs you in as admin and is shown this once; the key is kept in ${key.file}.`);
    return;
  }
  console.log(`Tidings is at ${url}`);
  console.log(key.file === undefined ? "The admin key is TIDINGS_ADMIN_KEY." : `The admin key is in ${key.file}.`);
}

async function startDemo(url: string, key: string, { speed, state }: Options): Promise<void> {
  const [{ replay }, { startAgent }] = await Promise.all([import("./demo.ts"), import("./demo/agent.ts")]);
  const stopped = new AbortController();
  undo.push(() => stopped.abort());
  replay({ url, key, speed, signal: stopped.signal }).catch((error: unknown) =>
    console.error(`The demo ended: ${reasonOf(error)}`),
  );
  undo.push(startAgent({ url, key, folder: join(state, "agent") }));
}

/** Miniflare ends the process on these signals in its own way, with its own exit code: ours alone are heard. */
function takeSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => void stop(0));
  }
}

async function main(): Promise<void> {
  outliveOutput();
  takeSignals();
  const options = parseOptions(process.argv.slice(2), process.env);
  const prepared = await prepare(options);
  const key = adminKey(options.state, process.env);
  const runtime = await serve(options, key, prepared);
  const control = await startCrons(runtime, prepared.configuration.crons);
  const url = urlOf(options);
  prepared.folder.recordAddress(url, control.address);
  announce(url, key);
  if (options.demo) await startDemo(url, key.key, options);
}

main().catch((error: unknown) => {
  if (isStopping) return;
  console.error(lastWords(error));
  void stop(1);
});
