/* The Worker as one module, with what the direct socket lacks put in front. esbuild alone takes 0.1 s where
 * `wrangler deploy --dry-run` takes 4; both start from the same `main`, and CI runs the dry run as well. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BuildOptions, BuildResult, Plugin } from "esbuild";
import { keep, recall } from "./kept.ts";

/* Cloudflare's network sets `request.cf`; a direct socket leaves it null. Answering in the getter costs nothing on requests
 * that never look, where wrapping each request costs a fifth of all throughput. The client's address is not known here:
 * workerd does not tell it, so `cf-connecting-ip` stays absent. */
const LOCAL_CF = `
const cf = { colo: "LOC", country: "ZZ", continent: "EU", region: "Local", timezone: "UTC", httpProtocol: "HTTP/1.1", asn: 0 };
const own = Object.getOwnPropertyDescriptor(Request.prototype, "cf");
if (own?.get) Object.defineProperty(Request.prototype, "cf", { ...own, get() { return own.get.call(this) ?? cf; } });
`;

/* Only the network's own modules stay outside; Node's are part of workerd. */
const EXTERNAL = ["cloudflare:*", "node:*"];

const localCf: Plugin = {
  name: "local-cf",
  setup(build) {
    build.onResolve({ filter: /^local:cf$/ }, () => ({ path: "cf", namespace: "local" }));
    build.onLoad({ filter: /.*/, namespace: "local" }, () => ({ contents: LOCAL_CF }));
  },
};

/** Bundles in memory, unless nothing has changed since that was done last.
 * @param purpose of the bundle, the same for the same options */
async function bundle(purpose: readonly unknown[], options: BuildOptions): Promise<string> {
  const key = ["bundle", ...purpose];
  const known = recall<string>(key);
  if (known !== undefined) return known;
  // Here, since a start that finds all as it was has no use for it.
  const { build } = await import("esbuild");
  const result = await build({ ...options, bundle: true, write: false, format: "esm", metafile: true });
  return keep(key, { value: result.outputFiles[0]?.text ?? "", files: filesOf(result) });
}

/** What was read, and this file, which says how. */
function filesOf({ metafile }: BuildResult<{ metafile: true }>): string[] {
  return [import.meta.filename, ...Object.keys(metafile.inputs).filter((input) => existsSync(input))];
}

export function bundleWorker(main: string, define: Record<string, string>): Promise<string> {
  const entry = JSON.stringify(main);
  return bundle([main, define], {
    stdin: {
      contents: `import "local:cf"; export * from ${entry}; export { default } from ${entry};`,
      resolveDir: process.cwd(),
      loader: "ts",
    },
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: EXTERNAL,
    // Traces name files and lines; the texts themselves would be half of what every start hands to the runtime.
    sourcemap: "inline",
    sourcesContent: false,
    define,
    plugins: [localCf],
    loader: { ".sql": "text", ".txt": "text", ".html": "text" },
  });
}

/** Evaluates one constant of a Worker's module in Node. Only what the constant needs is kept; the network's modules are empty. */
export async function constantOf(file: string, name: string): Promise<unknown> {
  if (!readFileSync(file, "utf8").includes(name)) return undefined;
  const script = await bundle([file, name], {
    stdin: { contents: `export { ${name} } from ${JSON.stringify(resolve(file))};`, resolveDir: process.cwd() },
    platform: "node",
    logLevel: "silent",
    plugins: [emptyNetworkModules],
  });
  const code = Buffer.from(script).toString("base64");
  const module = (await import(`data:text/javascript;base64,${code}`)) as Record<string, unknown>;
  return module[name];
}

const emptyNetworkModules: Plugin = {
  name: "empty-network-modules",
  setup(build) {
    build.onResolve({ filter: /^cloudflare:/ }, ({ path }) => ({ path, namespace: "network" }));
    build.onLoad({ filter: /.*/, namespace: "network" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};
