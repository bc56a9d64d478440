/* Chromium for the page's tests. Without one they are skipped, and the summary of `npm test` says so:
 *   describe.skipIf(noBrowser)("the page", …) */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../../tools/chromium.ts";

const found = findChromium();

/** The reason why there is no browser, or false. */
export const noBrowser: string | false = "missing" in found ? found.missing : false;

/* What Chromium need not do here. Its address bar is a page of its own, which starts a process with every window: two thirds of what
 * a window costs. A list given here replaces Playwright's, so what matters of that is in it. */
const DISABLED = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "PreloadTopChromeWebUI",
  "SpareRendererForSitePerProcess",
  "AimEnabled",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${DISABLED.join(",")}`,
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

export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** Nobody has to scroll sideways. Not by `innerWidth`: on a phone that grows with what does not fit. */
export const fits = (on: Page): Promise<boolean> =>
  on.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  impact: string;
  id: string;
  nodes: { html: string }[];
}

/** What of the page as it stands keeps somebody from using it. */
export async function seriousFindings(on: Page): Promise<string[]> {
  await on.evaluate(axeSource);
  const found = await on.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Finding[] }> } };
    return (await axe.run()).violations;
  });
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" ")}`);
}
