/* Every npm script starts here: `node tools/bootstrap.mjs <task> …`. It runs on the Node it finds (20 or later), installs what is
 * missing, and runs the task on a Node that wrangler and vitest accept. Plain JavaScript without dependencies: in a fresh
 * clone there is nothing else yet. What it fetches goes to node_modules/ and .node/, both ignored by git. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");
const NODE_VERSION = "24.9.0";
const OLDEST = [22, 12];

const bin = (pack, path) => ["node", join(MODULES, pack, path)];

/** Each task is a list of commands, run one after another until one fails. What npm passes after `--` goes to the last. */
const TASKS = {
  start: [["node", "tools/serve.ts"]],
  demo: [["node", "tools/demo.ts"]],
  cron: [["node", "tools/cron.ts"]],
  dev: [
    ["node", "tools/prepare-dev.ts"],
    [...bin("wrangler", "bin/wrangler.js"), "dev", "--env-file", join(ROOT, ".wrangler", "dev.env")],
  ],
  build: [["node", "tools/build.ts"]],
  test: [["node", "tools/test.ts"]],
  check: [["node", "tools/check.ts"]],
  replay: [["node", "tools/replay.ts"]],
  bench: [["node", "bench/run.ts"]],
  deploy: [["node", "tools/deploy.ts"]],
  "deploy:dry-run": [[...bin("wrangler", "bin/wrangler.js"), "deploy", "--dry-run", "--outdir", "dist/worker"]],
  "db:generate": [[...bin("drizzle-kit", "bin.cjs"), "generate"]],
};

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

class CannotGoOn extends Error {}

const isNewEnough = (version) => {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
};

/** npm starts scripts through a shell, and that shell does not pass SIGTERM on: it dies, and what it started would stay. */
function whenAbandoned(act) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  return setInterval(() => process.ppid !== parent && act(), 250);
}

/** Resolves with the exit code; signals reach the child through the terminal's process group or are passed on. */
function run(command, args, options = {}) {
  const { promise, resolve, reject } = Promise.withResolvers?.() ?? deferred();
  const child = spawn(command, args, { cwd: ROOT, stdio: "inherit", ...options });
  const passOn = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, passOn);
  const watch = whenAbandoned(() => child.kill("SIGTERM"));
  child.once("error", reject);
  child.once("exit", (code, signal) => {
    for (const name of SIGNALS) process.off(name, passOn);
    clearInterval(watch);
    resolve(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 0 : 1));
  });
  return promise;
}

/** `Promise.withResolvers` came with Node 22. */
function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

/** npm as the running script was started with it, else the one on PATH. */
function npm(args) {
  const script = process.env.npm_execpath;
  const env = { ...process.env, npm_config_loglevel: "error", npm_config_progress: "true" };
  if (script?.endsWith(".js")) return run(process.execPath, [script, ...args], { env });
  return run(process.platform === "win32" ? "npm.cmd" : "npm", args, { env, shell: process.platform === "win32" });
}

const packagesOf = (lockfile) => (existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, "utf8")).packages : {});

/** npm ends an install by writing node_modules/.package-lock.json; without it, or with other versions in it, something is missing. */
function packagesAreCurrent() {
  const installed = packagesOf(join(MODULES, ".package-lock.json"));
  const wanted = Object.entries(packagesOf(join(ROOT, "package-lock.json")));
  return wanted.every(
    ([path, { version, optional }]) =>
      path === "" || (installed[path] ? installed[path].version === version : optional),
  );
}

/** Where the lockfile was written for fewer platforms than this one, `npm ci` refuses what `npm install` can still do. */
async function installPackages() {
  if (packagesAreCurrent()) return;
  console.error("Installing packages (npm ci). About half a minute, once.");
  const startedAt = Date.now();
  const code = await npm(["ci"]);
  if (code !== 0) console.error("npm ci failed, see above. Trying npm install.");
  if (code !== 0 && (await npm(["install", "--no-save"])) !== 0) {
    throw new CannotGoOn(
      "npm could not install the packages. Check the network and the npm registry, then run this again.",
    );
  }
  console.error(`Installed in ${Math.round((Date.now() - startedAt) / 1_000)} s.`);
}

const platformPackage = () => `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

const fetchedNode = () =>
  join(ROOT, ".node", "node_modules", platformPackage(), "bin", process.platform === "win32" ? "node.exe" : "node");

function versionOf(node) {
  const manifest = join(dirname(dirname(node)), "package.json");
  return existsSync(node) && existsSync(manifest)
    ? JSON.parse(readFileSync(manifest, "utf8")).version.replace(/^v/, "")
    : undefined;
}

/** The Node to run on: this one if it will do, else one fetched as an ordinary package. */
async function nodeToRunOn() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const node = fetchedNode();
  if (versionOf(node) === NODE_VERSION) return node;
  console.error(
    `Node ${process.versions.node} is too old for wrangler (${OLDEST.join(".")} or later). Fetching ${NODE_VERSION} into .node/, once.`,
  );
  const code = await npm(["install", "--prefix", ".node", "--no-save", `${platformPackage()}@${NODE_VERSION}`]);
  if (code !== 0 || !existsSync(node)) {
    throw new CannotGoOn(
      `Could not fetch Node ${NODE_VERSION} for ${process.platform} ${process.arch}. Install Node ${OLDEST.join(".")} or later from nodejs.org and run this again.`,
    );
  }
  return node;
}

/** Both at once: where packages are fetched and written, one waits while the other works. */
async function prepared() {
  const [packages, node] = await Promise.allSettled([installPackages(), nodeToRunOn()]);
  for (const { status, reason } of [packages, node]) if (status === "rejected") throw reason;
  return node.value;
}

/** Tools are TypeScript that Node runs as it is; up to 22.17 that needs a flag. */
function argumentsFor(file, nodeVersion) {
  const [major, minor] = nodeVersion.split(".").map(Number);
  return file.endsWith(".ts") && major === 22 && minor < 18 ? ["--experimental-strip-types", file] : [file];
}

async function main([task, ...rest]) {
  if (!(task in TASKS)) throw new CannotGoOn(`No task "${task ?? ""}". There are: ${Object.keys(TASKS).join(", ")}.`);
  const node = await prepared();
  const version = node === process.execPath ? process.versions.node : NODE_VERSION;
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
  const commands = TASKS[task];
  for (const [index, [, file, ...args]] of commands.entries()) {
    const isLast = index === commands.length - 1;
    const code = await run(node, [...argumentsFor(file, version), ...args, ...(isLast ? rest : [])], { env });
    if (code !== 0) return code;
  }
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof CannotGoOn ? error.message : error);
    process.exit(1);
  },
);
