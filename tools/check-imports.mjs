/* The rules of the house that neither compiler nor linter checks:
 *   imports go one way, domain < storage < {durable-objects, queues} < worker, types included, and never in a circle;
 *   the domain is pure: zod and croner are all it may import; dashboard, SDK and agent know the domain and nothing else of src/;
 *   zod is imported as a namespace: by its name it brings the words of fifty languages along, a third of the Worker;
 *   a file has at most 300 lines;
 *   every path that README.md and docs/ name exists.
 * `node tools/check-imports.mjs [root]` prints each violation on a line and ends with 1. No dependencies. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

const MAX_LINES = 300;
/** A folder may import folders of a lower rank, and itself. */
const RANK = { domain: 0, storage: 1, "durable-objects": 2, queues: 2, worker: 3 };
const CLIENTS = ["dashboard", "sdk", "agent"];
const PURE_PACKAGES = ["zod", "croner"];
const SKIPPED = new Set(["node_modules", "dist", ".git", ".node", ".tidings", ".wrangler", "screenshots", "results"]);
const ZOD_BY_NAME = /^import (?!type |\* as )[^"]*from "zod"/m;
const SOURCE = /\.(ts|tsx|mjs|js)$/;
const CODE_FOLDERS = ["src", "tools", "bench", "test", ...CLIENTS];

function* filesIn(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else yield path;
  }
}

const slashes = (path) => path.split(sep).join("/");
const withoutComments = (code) => code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

/** Every module a file names: imports, re-exports, side effects, import() and the types of import("…"). */
export function importsOf(code) {
  const found = withoutComments(code).matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)["']([^"'\n]+)["']/gm);
  return [...new Set([...found].map((match) => match[1]))];
}

/** The file a relative import means, with or without its extension. */
function fileOf(importer, specifier) {
  const base = resolve(dirname(importer), specifier);
  const candidates = [
    base,
    ...[".ts", ".tsx", ".mjs", ".js", ".d.ts"].map((end) => base + end),
    join(base, "index.ts"),
  ];
  return candidates.find((path) => existsSync(path) && statSync(path).isFile());
}

const layerOf = (path) => /^src\/([^/]+)\//.exec(path)?.[1];

function directionViolation(from, to) {
  const [own, other] = [layerOf(from), layerOf(to)];
  if (own in RANK && other in RANK && own !== other && RANK[other] >= RANK[own]) {
    return `${from} imports ${to}: ${own} may not import ${other}`;
  }
  const client = CLIENTS.find((folder) => from.startsWith(`${folder}/`));
  if (client !== undefined && !to.startsWith(`${client}/`) && !to.startsWith("src/domain/")) {
    return `${from} imports ${to}: ${client} may import src/domain and itself only`;
  }
  return undefined;
}

function packageViolation(from, specifier) {
  const isPure = PURE_PACKAGES.some((name) => specifier === name || specifier.startsWith(`${name}/`));
  return layerOf(from) === "domain" && !isPure ? `${from} imports ${specifier}: the domain is pure` : undefined;
}

/** Reads every source file once. Ambient declarations name everything and import nothing. */
function readGraph(root) {
  const graph = new Map();
  const violations = [];
  for (const path of CODE_FOLDERS.flatMap((folder) => [...filesIn(join(root, folder))])) {
    if (!SOURCE.test(path) || path.endsWith(".d.ts")) continue;
    const from = slashes(relative(root, path));
    const code = readFileSync(path, "utf8");
    const lines = code.trimEnd().split("\n").length;
    if (lines > MAX_LINES) violations.push(`${from} has ${lines} lines; ${MAX_LINES} is the most`);
    if (ZOD_BY_NAME.test(code)) violations.push(`${from} imports zod by name: write import * as z from "zod"`);
    const targets = [];
    for (const specifier of importsOf(code)) {
      if (!specifier.startsWith(".")) {
        violations.push(packageViolation(from, specifier));
        continue;
      }
      const target = fileOf(path, specifier);
      if (target === undefined) continue; // the compiler reports what does not exist
      const to = slashes(relative(root, target));
      targets.push(to);
      violations.push(directionViolation(from, to));
    }
    graph.set(from, targets);
  }
  return { graph, violations: violations.filter((violation) => violation !== undefined) };
}

/** One line for each circle, by depth-first search; a circle is named from its first file on. */
export function cyclesIn(graph) {
  const done = new Set();
  const cycles = new Map();
  const visit = (file, trail) => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      const circle = trail.slice(start);
      cycles.set([...circle].sort().join(), `${[...circle, file].join(" → ")} is a circle`);
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return [...cycles.values()];
}

/** Paths in backticks and in links. What holds a blank, a placeholder or a pattern is not one path. */
export function pathsIn(markdown) {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, "");
  const ticked = [...prose.matchAll(/`([^`\s<>{}*…$]+)`/g)].map((match) => match[1].replace(/(:\d+)?[.,]?$/, ""));
  const linked = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1].replace(/#.*$/, ""));
  return { ticked, linked: linked.filter((path) => path !== "" && !/^[a-z]+:/.test(path)) };
}

function isMissing(root, path, folders, names) {
  const [first] = path.split("/");
  if (path.includes("/")) return folders.has(first) && !existsSync(join(root, path));
  return /^[\w.-]+\.(ts|tsx|mjs|md|toml|sql)$/.test(path) && !names.has(path);
}

function pathViolations(root) {
  const files = [...filesIn(root)];
  const names = new Set(files.map((file) => basename(file)));
  const folders = new Set(
    readdirSync(root).filter((name) => !SKIPPED.has(name) && statSync(join(root, name)).isDirectory()),
  );
  const documents = files.filter((file) => /^(README\.md|docs\/.*\.md)$/.test(slashes(relative(root, file))));
  return documents.flatMap((document) => {
    const { ticked, linked } = pathsIn(readFileSync(document, "utf8"));
    const missing = [
      ...ticked.filter((path) => isMissing(root, path, folders, names)),
      ...linked.filter((path) => !existsSync(resolve(dirname(document), path))),
    ];
    return missing.map((path) => `${slashes(relative(root, document))} names ${path}, which does not exist`);
  });
}

/** Every violation under the root, in one list. */
export function violationsIn(root) {
  const { graph, violations } = readGraph(root);
  return [...violations, ...cyclesIn(graph), ...pathViolations(root)];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const violations = violationsIn(resolve(process.argv[2] ?? "."));
  for (const violation of violations) console.error(violation);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
