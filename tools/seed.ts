/* The seed of the property tests of a run. By itself it follows from what is tested: the tree of the commit. So a check of a
 * commit and its repetition judge the same thing, and a failure is the commit's, not the day's; every commit tries new
 * values all the same. Whoever hunts takes a random one. */
import { spawnSync } from "node:child_process";

/** Seeds are below this: what fast-check takes. */
const SEEDS = 2 ** 31;

/** The tree of the last commit; undefined where there is no git, or no commit yet. */
function treeOf(folder: string): string | undefined {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD^{tree}"], { cwd: folder, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** @param wanted what TIDINGS_SEED says: a number is that seed, `random` a random one, nothing the tree's
 * @param folder whose tree it is */
export function seedOf(wanted: string | undefined, folder = "."): number {
  const random = () => Math.trunc(Math.random() * SEEDS);
  if (wanted === "random") return random();
  if (wanted !== undefined && wanted !== "") {
    const seed = Number(wanted);
    if (Number.isInteger(seed) && Math.abs(seed) <= SEEDS) return seed;
    throw new Error(`TIDINGS_SEED is ${wanted}. It may be a whole number up to ${SEEDS}, or "random".`);
  }
  const tree = treeOf(folder);
  // A tree's name is a hash already.
  return tree === undefined ? random() : Number.parseInt(tree.slice(0, 8), 16) % SEEDS;
}
