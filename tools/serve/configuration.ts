/* wrangler's own reading of wrangler.toml, turned into what Miniflare 5 takes, so that the local server and a deployed Worker
 * are bound to the same things. Two workers: ours, and one that owns the page's files and is bound to ours as ASSETS. A worker
 * that owns assets itself has two more workers in front of each request and answers a sixth of what it could. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MiniflareOptions, V4WorkerOptions, V4WorkerOptionsShape } from "miniflare";
import type { Unstable_Config } from "wrangler";
import { keep, type Made, recall } from "./kept.ts";
import { convertV4MiniflareOptions, wrangler } from "./packages.ts";

const ASSETS_WORKER = "tidings-assets";
const ASSETS_SCRIPT = "export default { fetch: (request, env) => env.FILES.fetch(request) };";

export interface Configuration {
  config: Unstable_Config;
  main: string;
  define: Record<string, string>;
  crons: string[];
  /** Where the dashboard is built to. */
  assetsFolder: string;
  /** The D1 database's binding and its folder of migrations. */
  database: { binding: string; migrations: string };
  /** Bindings in the form of Miniflare 4, which wrangler still speaks. */
  worker: V4WorkerOptionsShape;
}

/** Where wrangler looks beside its own file: what a developer sets for this machine, and what goes with the page's files. */
const DEVELOPER_FILES = [".dev.vars", ".env", ".env.local", join(".wrangler", "deploy", "config.json")];
const PAGE_FILES = ["_headers", "_redirects", ".assetsignore"];

/** As wrangler reads it, once per content of what it reads. With the page's folder comes what is said of its files: build first. */
export function readConfiguration(file = "wrangler.toml"): Configuration {
  // Its own variables may name other files, and the whole environment as one of them: then it reads each time.
  if (Object.keys(process.env).some((name) => /^(CLOUDFLARE|WRANGLER)_/.test(name))) return readWithWrangler(file);
  const key = ["configuration", resolve(file)];
  return recall<Configuration>(key) ?? keep(key, makeConfiguration(file));
}

function makeConfiguration(file: string): Made<Configuration> {
  const value = readWithWrangler(file);
  const ofPage = PAGE_FILES.map((name) => join(value.assetsFolder, name));
  return { value, files: [import.meta.filename, file, ...DEVELOPER_FILES, ...ofPage] };
}

function readWithWrangler(file: string): Configuration {
  const { unstable_readConfig: readConfig, unstable_getMiniflareWorkerOptions: workerOptionsOf } = wrangler();
  const config = readConfig({ config: file });
  const { workerOptions, define, main } = workerOptionsOf(config);
  // Rules for finding modules are for sources; ours is one bundled module, and Miniflare's converter throws on them.
  const { modulesRules: _rules, ...worker } = workerOptions as V4WorkerOptionsShape & { modulesRules?: unknown };
  const [d1] = config.d1_databases;
  if (main === undefined || d1 === undefined || worker.assets === undefined) {
    throw new Error(`${file} must have main, [assets] and [[d1_databases]].`);
  }
  return {
    config,
    main,
    define,
    crons: config.triggers.crons ?? [],
    assetsFolder: worker.assets.directory,
    database: { binding: d1.binding, migrations: d1.migrations_dir ?? "migrations" },
    worker,
  };
}

/** What [vars] names may be overridden by the environment; a name it does not list is not read. */
export function variablesOf(config: Unstable_Config, env: NodeJS.ProcessEnv): Record<string, string> {
  const named = Object.keys(config.vars).filter((name) => env[name] !== undefined);
  return Object.fromEntries(named.map((name) => [name, env[name] as string]));
}

export interface Serving {
  script: string;
  host: string;
  port: number;
  bindings: Record<string, string>;
  storage: string;
}

/** Ours and the assets' worker. Miniflare's own port stays on the loopback and serves only this process. */
export function servingOptions(configuration: Configuration, serving: Serving): MiniflareOptions {
  mkdirSync(configuration.assetsFolder, { recursive: true });
  return convertV4MiniflareOptions({
    ...shared(serving.storage),
    workers: [productWorker(configuration, serving), assetsWorker(configuration)],
  });
}

function productWorker({ config, worker }: Configuration, serving: Serving): V4WorkerOptions {
  const { assets, ...own } = worker;
  return {
    ...own,
    name: config.name ?? "tidings",
    modules: [{ type: "ESModule", path: "worker.js", contents: serving.script }],
    bindings: { ...own.bindings, ...serving.bindings },
    serviceBindings: { ...own.serviceBindings, [assets?.binding ?? "ASSETS"]: ASSETS_WORKER },
    unsafeDirectSockets: [{ host: serving.host, port: serving.port }],
  };
}

function assetsWorker({ worker, assetsFolder }: Configuration): V4WorkerOptions {
  return {
    name: ASSETS_WORKER,
    compatibilityDate: worker.compatibilityDate ?? "",
    modules: [{ type: "ESModule", path: "assets.js", contents: ASSETS_SCRIPT }],
    assets: {
      directory: assetsFolder,
      binding: "FILES",
      // Which paths reach our worker first is for the network to know; whoever asks here has been there already.
      routerConfig: { has_user_worker: false },
      assetConfig: worker.assets?.assetConfig ?? {},
    },
  };
}

/** The database alone, for migrations. */
export function databaseOptions({ config, worker }: Configuration, storage: string): MiniflareOptions {
  return convertV4MiniflareOptions({
    ...shared(storage),
    name: config.name ?? "tidings",
    compatibilityDate: worker.compatibilityDate ?? "",
    modules: [{ type: "ESModule", path: "none.js", contents: "export default {};" }],
    d1Databases: worker.d1Databases ?? {},
  });
}

const shared = (storage: string) => ({
  host: "127.0.0.1",
  port: 0,
  resourcePersistencePath: storage,
  telemetry: { enabled: false },
  cf: false as const,
  logRequests: false,
});
