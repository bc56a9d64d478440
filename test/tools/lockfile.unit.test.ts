/* `npm ci` refuses a lockfile that leaves out a platform's optional package, and an npm that runs on one platform, or asks a
 * registry that has not all of them, writes such a lockfile without a word. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Locked {
  version?: string;
  optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };

/** As Node finds it: in the package's own folder first, then outwards. */
function isLocked(from: string, name: string): boolean {
  const parts = from.split("/node_modules/");
  const folders = parts.map(
    (_, depth) => `${parts.slice(0, parts.length - depth).join("/node_modules/")}/node_modules/${name}`,
  );
  return [...folders, `node_modules/${name}`].some((path) => path in packages);
}

it("locks the optional packages of every platform", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  );
  expect(missing).toEqual([]);
});

it("names no registry", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});
