/* `npm run build`: the dashboard, from dashboard/ to dist/dashboard. wrangler runs it before every deploy. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

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

/** Builds when something is newer than the last build. */
export async function buildDashboard({ force }: { force: boolean }): Promise<void> {
  if (!existsSync(join(SOURCE, "index.html"))) return writePlaceholder();
  if (!force && isCurrent()) return;
  console.error("Building the dashboard.");
  const { build } = await import("vite");
  await build({ root: SOURCE, build: { outDir: join(process.cwd(), OUT), emptyOutDir: true }, logLevel: "warn" });
  writeFileSync(DONE, "");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildDashboard({ force: true });
