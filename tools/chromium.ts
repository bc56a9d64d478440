/* Which Chromium the browser tests drive: the one named, Debian's, or the one Playwright downloaded. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const DEBIAN = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export type Browser = { path: string; version: string } | { missing: string };

function playwrightsOwn(): string {
  try {
    return chromium.executablePath();
  } catch {
    // Playwright has no build for this platform.
    return "";
  }
}

/** Asks the binary for its version, so that a file that cannot run counts as missing. */
export function findChromium(): Browser {
  const named = process.env.CHROMIUM_PATH;
  const candidates = named ? [named] : [...DEBIAN, playwrightsOwn()];
  const path = candidates.find((candidate) => candidate !== "" && existsSync(candidate));
  if (path === undefined) {
    return {
      missing: named
        ? `CHROMIUM_PATH=${named} does not exist`
        : "no Chromium found; set CHROMIUM_PATH or install Debian's chromium",
    };
  }
  try {
    return {
      path,
      version: execFileSync(path, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim(),
    };
  } catch (error) {
    return { missing: `${path} does not run (${String(error).split("\n")[0]})` };
  }
}
