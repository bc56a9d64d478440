/* `npm run build`: what the server serves beside its API, in dist/dashboard: the page from dashboard/, and the agent as a
 * package. wrangler runs it before every deploy. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AGENT_INPUTS, packAgent, packedAt } from "./agent-package.ts";

const SOURCE = "dashboard";
const OUT = "dist/dashboard";
/** Written last, so that a build that was cut short counts as none. */
const DONE = "dist/dashboard.built";

/* Frames and schemas are shared with the Worker, so a change there is a change of the page. */
const INPUTS = [SOURCE, "src/domain", "package-lock.json"];

function newestIn(path: string): number {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const entries = readdirSync(path).filter((name) => name !== "node_modules");
  return Math.max(stat.mtimeMs, ...entries.map((name) => newestIn(join(path, name))));
}

function isCurrent(): boolean {
  return existsSync(DONE) && statSync(DONE).mtimeMs >= Math.max(...INPUTS.map(newestIn));
}

function writePlaceholder(): void {
  mkdirSync(OUT, { recursive: true });
  const page = join(OUT, "index.html");
  if (!existsSync(page))
    writeFileSync(page, "<!doctype html><title>Tidings</title><p>The dashboard is not built.</p>\n");
}

/** The page alone. */
export async function buildDashboard({ force }: { force: boolean }): Promise<void> {
  if (!existsSync(join(SOURCE, "index.html"))) return writePlaceholder();
  if (!force && isCurrent()) return;
  console.error("Building the dashboard.");
  const { build } = await import("vite");
  await build({ root: SOURCE, build: { outDir: join(process.cwd(), OUT), emptyOutDir: true }, logLevel: "warn" });
  writeFileSync(DONE, "");
}

/** Into the page's folder, so after the page: building that empties it. */
async function buildAgent({ force }: { force: boolean }): Promise<void> {
  if (!force && packedAt() >= Math.max(...AGENT_INPUTS.map(newestIn))) return;
  await packAgent();
}

/** Everything that is older than its sources. */
export async function buildAssets({ force }: { force: boolean }): Promise<void> {
  await buildDashboard({ force });
  await buildAgent({ force });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildAssets({ force: true });
