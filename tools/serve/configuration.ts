/* wrangler's own reading of wrangler.toml, turned into what Miniflare 5 takes, so that the local server and a deployed Worker
 * are bound to the same things. Two workers: ours, and one that owns the page's files and is bound to ours as ASSETS. A worker
 * that owns assets itself has two more workers in front of each request and answers a sixth of what it could. */
import { mkdirSync } from "node:fs";
import { convertV4MiniflareOptions, type MiniflareOptions } from "miniflare";
import {
  type Unstable_Config,
  unstable_getMiniflareWorkerOptions as workerOptionsOf,
  unstable_readConfig as readConfig,
} from "wrangler";

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
  worker: ReturnType<typeof workerOptionsOf>["workerOptions"];
}

export function readConfiguration(file = "wrangler.toml"): Configuration {
  const config = readConfig({ config: file });
  const { workerOptions, define, main } = workerOptionsOf(config);
  const [d1] = config.d1_databases;
  if (main === undefined || d1 === undefined || workerOptions.assets === undefined) {
    throw new Error(`${file} must have main, [assets] and [[d1_databases]].`);
  }
  return {
    config,
    main,
    define,
    crons: config.triggers.crons ?? [],
    assetsFolder: workerOptions.assets.directory,
    database: { binding: d1.binding, migrations: d1.migrations_dir ?? "migrations" },
    worker: workerOptions,
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
  const { config, worker, assetsFolder } = configuration;
  const { modulesRules: _rules, assets, ...own } = worker;
  mkdirSync(assetsFolder, { recursive: true });
  return convertV4MiniflareOptions({
    ...shared(serving.storage),
    workers: [
      {
        ...own,
        name: config.name ?? "tidings",
        modules: [{ type: "ESModule", path: "worker.js", contents: serving.script }],
        bindings: { ...own.bindings, ...serving.bindings },
        serviceBindings: { ...own.serviceBindings, [assets?.binding ?? "ASSETS"]: ASSETS_WORKER },
        unsafeDirectSockets: [{ host: serving.host, port: serving.port }],
      },
      {
        name: ASSETS_WORKER,
        compatibilityDate: own.compatibilityDate,
        modules: [{ type: "ESModule", path: "assets.js", contents: ASSETS_SCRIPT }],
        // Which paths reach our worker first is for the network to know; here it has been asked already.
        assets: { ...assets, directory: assetsFolder, binding: "FILES", run_worker_first: undefined, routerConfig: { has_user_worker: false } },
      },
    ],
  });
}

/** The database alone, for migrations. */
export function databaseOptions({ config, worker }: Configuration, storage: string): MiniflareOptions {
  return convertV4MiniflareOptions({
    ...shared(storage),
    name: config.name ?? "tidings",
    compatibilityDate: worker.compatibilityDate,
    modules: [{ type: "ESModule", path: "none.js", contents: "export default {};" }],
    d1Databases: worker.d1Databases,
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
