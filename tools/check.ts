/* `npm run check`: types, lint and format, and the rules of the house. Each runs whatever the others found. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/* Biome colours every character even where nobody sees colours. */
const COLORS = process.stdout.isTTY ? [] : ["--colors=off"];

const bin = (name: string, path: string) => join("node_modules", name, path);

/** Every tsconfig of the repository and of the programs in it. */
function tsconfigs(): string[] {
  const folders = [".", "dashboard", "sdk", "agent"].filter((folder) => existsSync(folder));
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^tsconfig.*\.json$/.test(name))
      .map((name) => join(folder, name)),
  );
}

const CHECKS: [string, string[]][] = [
  ...tsconfigs().map((config): [string, string[]] => [
    `types of ${config}`,
    [bin("typescript", "bin/tsc"), "--noEmit", "-p", config],
  ]),
  ["lint and format", [bin("@biomejs/biome", "bin/biome"), "ci", "--error-on-warnings", ...COLORS, "."]],
  ["imports, length, paths", [join("tools", "check-imports.mjs")]],
];

const failed = CHECKS.filter(([name, args]) => {
  console.log(`· ${name}`);
  return spawnSync(process.execPath, args, { stdio: "inherit" }).status !== 0;
});

console.log(
  failed.length === 0 ? `All ${CHECKS.length} checks hold.` : `Failed: ${failed.map(([name]) => name).join(", ")}.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
