/* `npm test`: every test, in one run, and one summary line that a machine can read.
 *
 * Three files are worked at a time: they wait for servers, alarms and timers as well as work, and left to itself vitest takes one
 * file fewer than there are processors, which is one of two. Every bound in the end-to-end tests is for a busy machine.
 * Arguments go to vitest instead (`npm test -- --project workers test/queues`). */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findChromium } from "./chromium.ts";
import { seedOf } from "./seed.ts";

/** What passing tests print is noise; a failing test shows its own. */
const QUIET = "--silent=passed-only";
const VITEST = join("node_modules", "vitest", "vitest.mjs");
const EVERYTHING = ["--maxWorkers=3"];
/** Every server and every process of vitest loads the same megabytes: what V8 makes of them is kept. */
const COMPILED = resolve("node_modules", ".cache", "compiled");
/** A run that hangs must end with a summary all the same. */
const RUN_LIMIT_MS = 14 * 60_000;

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

/** A file that fails to load has no tests, and an error outside a test belongs to none: each counts as one failure. */
function countOf(reportFile: string, exitCode: number): Count {
  try {
    const report = JSON.parse(readFileSync(reportFile, "utf8")) as Report;
    const unloadable = report.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    ).length;
    const failed = report.numFailedTests + unloadable;
    return {
      passed: report.numPassedTests,
      failed: failed === 0 && exitCode !== 0 ? 1 : failed,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    // Killed at the time limit, or vitest could not start: there is no report.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function vitest(args: string[], reportFile: string, env: NodeJS.ProcessEnv): Promise<Count> {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const child = spawn(process.execPath, [VITEST, "run", "--passWithNoTests", QUIET, ...reporters, ...args], {
    stdio: "inherit",
    env,
  });
  const limit = setTimeout(() => {
    console.error(`\nThese tests did not end within ${RUN_LIMIT_MS / 60_000} minutes: stopping it.`);
    child.kill("SIGKILL");
  }, RUN_LIMIT_MS);
  return new Promise((resolve) => {
    child.once("exit", (code) => {
      clearTimeout(limit);
      resolve(countOf(reportFile, code ?? 1));
    });
  });
}

async function main(args: string[]): Promise<number> {
  const seed = String(seedOf(process.env.TIDINGS_SEED));
  const browser = findChromium();
  const skips =
    "missing" in browser ? `BROWSER TESTS SKIPPED: ${browser.missing}` : `${browser.version} (${browser.path})`;
  console.log(`seed ${seed} (TIDINGS_SEED=${seed} npm test repeats it) · ${skips}`);
  const folder = mkdtempSync(join(tmpdir(), "tidings-test-"));
  let count: Count;
  try {
    count = await vitest(args.length > 0 ? args : EVERYTHING, join(folder, "report.json"), {
      NODE_COMPILE_CACHE: COMPILED,
      ...process.env,
      TIDINGS_SEED: seed,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\nseed ${seed} · ${"missing" in browser ? skips : `browser: ${skips}`}`);
  console.log(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}`);
  return count.failed > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
