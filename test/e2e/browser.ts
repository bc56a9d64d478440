/* Chromium for the page's tests. Without one they are skipped, and the summary of `npm test` says so:
 *   describe.skipIf(noBrowser)("the page", …) */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../../tools/chromium.ts";

const found = findChromium();

/** The reason why there is no browser, or false. */
export const noBrowser: string | false = "missing" in found ? found.missing : false;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchBrowser(): Promise<Browser> {
  if ("missing" in found) throw new Error(found.missing);
  return chromium.launch({ executablePath: found.path, args: FLAGS });
}

/** Where screenshots go; the folder is ignored by git. */
export async function screenshot(page: Page, name: string): Promise<string> {
  mkdirSync("screenshots", { recursive: true });
  const path = join("screenshots", `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  return path;
}
