/* wrangler's own reading of wrangler.toml, turned into what Miniflare 5 takes, so that the local server and a deployed Worker
 * are bound to the same things. Two workers: ours, and one that owns the page's files and is bound to ours as ASSETS. A worker
 * that owns assets itself has two more workers in front of each request and answers a sixth of what it could. */
import { mkdirSync } from "node:fs";
import type { MiniflareOptions, V4WorkerOptions, V4WorkerOptionsShape } from "miniflare";
import type { Unstable_Config } from "wrangler";
import { convertV4MiniflareOptions, readConfig, workerOptionsOf } from "./packages.ts";

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

export function readConfiguration(file = "wrangler.toml"): Configuration {
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
