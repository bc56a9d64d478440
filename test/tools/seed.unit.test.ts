/* Which seed a run of the tests takes. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { seedOf } from "../../tools/seed";

const folder = mkdtempSync(join(tmpdir(), "tidings-seed-"));
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], { cwd: folder, stdio: "pipe" });

function commit(content: string, message: string): void {
  writeFileSync(join(folder, "file"), content);
  git("add", "file");
  git("commit", "--quiet", "--allow-empty", "--message", message);
}

afterAll(() => rmSync(folder, { recursive: true }));

describe("the seed", () => {
  it("is random where there is no commit", () => {
    expect(seedOf(undefined, folder)).not.toBe(seedOf(undefined, folder));
  });

  it("follows from the content of the commit alone", () => {
    git("init", "--quiet");
    commit("one", "First");
    const first = seedOf(undefined, folder);
    commit("two", "Second");
    const second = seedOf("", folder);
    commit("one", "Third");
    expect(second).not.toBe(first);
    expect(seedOf(undefined, folder)).toBe(first);
  });

  it("is what one says, or random when one says so", () => {
    expect(seedOf("42", folder)).toBe(42);
    expect(seedOf("-7", folder)).toBe(-7);
    expect(seedOf("random", folder)).not.toBe(seedOf("random", folder));
  });

  it.each(["soon", "1.5", "99999999999"])("is not %s", (wanted) => {
    expect(() => seedOf(wanted, folder)).toThrow(`TIDINGS_SEED is ${wanted}.`);
  });
});
