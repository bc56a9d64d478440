/* The pages of metrics in a real browser against the real server: a form that posts, a list, timelines that stay true.
 * Screenshots are left in screenshots/metrics-*.png. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import { noBrowser, screenshot, seriousFindings } from "./browser.ts";
import { LOADED_MS, Visit } from "./visit.ts";

const MINUTE = 60_000;
/** Minutes ago that have no samples. */
const SILENT = { from: 25, to: 18 };
const CHART = "/metrics/cpu.load?series=&series=host%3Dweb-1";

let visit: Visit;
let page: Page;

/** A sample every 30 s for the last three quarters of an hour, of three hosts. */
function loads(now: number) {
  return Array.from({ length: 90 }, (_, i) => now - (i + 3) * 30_000)
    .filter((at) => now - at < SILENT.to * MINUTE || now - at > SILENT.from * MINUTE)
    .flatMap((timestamp) =>
      ["web-1", "web-2", "web-3"].map((host, i) => ({
        ...{ name: "cpu.load", timestamp, labels: { host } },
        value: 40 + 8 * i + 10 * Math.sin(timestamp / 400_000 + i),
      })),
    );
}

/** How many strokes a line is made of. */
const strokes = async (on: Page, series: string) =>
  ((await on.locator(`.series[data-series="${series}"] path.avg:not(.unfinished)`).getAttribute("d")) ?? "").split("M")
    .length - 1;
const cell = (on: Page, series: string, column: number) =>
  on.locator(`tr[data-row="${series}"] td`).nth(column).textContent();
const isLive = (on: Page, live: "yes" | "no") => on.waitForSelector(`[data-live=${live}]`, { timeout: LOADED_MS });
const SAMPLES = 6;

describe.skipIf(noBrowser !== false)("the pages of metrics", () => {
  beforeAll(async () => {
    visit = await Visit.begin();
    page = await visit.open("/metrics", { timezoneId: "Europe/Berlin" });
  });
  afterAll(() => visit?.end());

  it("say how to post the first one, and take it by a form that names what is wrong beside its field", async () => {
    await page.getByText("No metric has been posted yet").waitFor({ timeout: LOADED_MS });
    expect(await page.locator(".code pre").textContent()).toContain("/api/v1/metrics");
    await page.getByLabel("Name").fill("room temperature");
    await page.getByLabel("Labels").fill("room");
    await page.getByRole("button", { name: "Post the sample" }).click();
    await page.getByText(/must be like room=kitchen/).waitFor();
    await page.getByLabel("Labels").fill("room=kitchen");
    await page.getByRole("button", { name: "Post the sample" }).click();
    await page.locator("#sample-name-hint.field-problem", { hasText: "may hold letters" }).waitFor();
    expect(await page.locator("#sample-value-hint.field-problem").count()).toBe(1);
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "metrics-empty");
    await page.getByLabel("Name").fill("room.temperature");
    await page.getByLabel("Value").fill("0");
    await page.getByRole("button", { name: "Post the sample" }).click();
    await page.getByText('{"accepted":1,"duplicates":0}').waitFor();
    await page.locator('tr[data-metric="room.temperature"]').waitFor({ timeout: LOADED_MS });
    await page.getByLabel("Value").fill("-3.5");
    await page.getByLabel("Timestamp").fill("yesterday");
    await page.getByRole("button", { name: "Post the sample" }).click();
    await page.locator("#sample-timestamp-hint.field-problem").waitFor();
    await page.getByLabel("Timestamp").fill("");
    await page.getByRole("button", { name: "Post the sample" }).click();
    await page.getByText("see room.temperature").click();
    // Both are in one day, though perhaps not in one minute.
    await page.getByText("day", { exact: true }).click();
    await until(async () => (await cell(page, "", 1)) === "\u22123.5", { what: "the least value is there" });
    expect([await cell(page, "", 2), await cell(page, "", SAMPLES)]).toEqual(["0", "2"]);
  });

  it("list what is there, and find it", async () => {
    const now = Date.now();
    await visit.post("/api/v1/metrics", loads(now));
    await visit.post("/api/v1/metrics", { name: "disk/used:bytes", value: 7, timestamp: now });
    await page.getByRole("link", { name: "Metrics" }).first().click();
    const row = page.locator('tr[data-metric="cpu.load"]');
    await until(async () => (await row.locator("td").first().textContent()) === "3", { what: "three series" });
    await until(
      async () => ((await row.locator(".spark path").first().getAttribute("d")) ?? "").split("M").length === 3,
      {
        what: "the hour's picture has its gap",
      },
    );
    await page.getByLabel("Search metrics").fill("load cpu");
    expect(await page.locator("tr[data-metric]").count()).toBe(1);
    expect(page.url()).toContain("?search=load%20cpu");
    await page.getByLabel("Search metrics").fill("");
    await screenshot(page, "metrics-list");
    // A name with slashes opens, also from its address.
    await page.locator('tr[data-metric="disk/used:bytes"] a').click();
    await page.getByRole("heading", { name: "disk/used:bytes" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "disk/used:bytes" }).waitFor();
  });

  it("draw series over one another, a gap as a gap, and keep all of it in the address", async () => {
    page = await visit.open("/metrics/cpu.load", { timezoneId: "Europe/Berlin" });
    await isLive(page, "yes");
    await until(async () => (await strokes(page, "")) === 2, { what: "two strokes with a gap between them" });
    await page.getByLabel("Add a series by its labels").fill("host=web-1");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.locator('.series[data-series="host=web-1"]').waitFor({ timeout: LOADED_MS });
    expect(await strokes(page, "host=web-1")).toBe(2);
    await page.getByLabel("p95").check();
    await page.locator('.series[data-series=""] path.p95').first().waitFor();
    await page.getByLabel("Time zone").selectOption("Europe/Berlin");
    await page.getByLabel("Range").selectOption("6h");
    await page.getByText("hour", { exact: true }).click();
    await until(() => page.url().includes("resolution=hour"), { what: "the address says it" });
    const query = new URL(page.url()).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      ...{ range: "6h", resolution: "hour", zone: "Europe/Berlin", series: "host=web-1", show: "band,p95" },
    });
    expect(query.getAll("series")).toEqual(["", "host=web-1"]);
    await page.getByRole("button", { name: "Remove host=web-1" }).click();
    await until(async () => (await page.locator(".series").count()) === 1, { what: "it is gone" });
    await page.getByText("raw", { exact: true }).click();
    await page.locator(".series-raw").waitFor({ timeout: LOADED_MS });
  });

  it("move along the picture by keys, and show a range by hand", async () => {
    await page.goto(`${visit.server.url}${CHART}`);
    await page.locator(".timeline .series-line").first().waitFor({ state: "attached", timeout: LOADED_MS });
    const at = () => page.locator(".series-at").textContent();
    await page.locator(".timeline").focus();
    await page.keyboard.press("Home");
    const first = await at();
    await page.keyboard.press("ArrowRight");
    expect(await at()).not.toBe(first);
    await page.getByLabel("Range").selectOption("by-hand");
    await page.getByLabel("From").fill("2026-01-01T00:00");
    await page.getByLabel("To").fill("2025-01-02T00:00");
    await page.getByText("The end must be later").waitFor();
    await page.getByLabel("To").fill("2026-01-02T00:00");
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByText("There are no samples in this range").waitFor({ timeout: LOADED_MS });
    expect(await page.locator("[data-live]").count()).toBe(0);
    await page.getByRole("button", { name: "Go there" }).click();
    await page.locator(".timeline .series-line").first().waitFor({ state: "attached", timeout: LOADED_MS });
  });

  it("are live, and say so when they are not", async () => {
    await page.goto(`${visit.server.url}${CHART}`);
    await isLive(page, "yes");
    await visit.post("/api/v1/metrics", {
      name: "cpu.load",
      value: 99,
      timestamp: Date.now(),
      labels: { host: "web-1" },
    });
    await until(async () => (await cell(page, "host=web-1", 2)) === "99", { what: "a new sample within seconds" });
    // A minute that ends meanwhile is followed by one that has not.
    const isUnfinished = async () => {
      await visit.post("/api/v1/metrics", {
        name: "cpu.load",
        value: 98,
        timestamp: Date.now(),
        labels: { host: "web-1" },
      });
      return (await page.locator(".series-partial").count()) > 0;
    };
    await until(isUnfinished, { everyMs: 500, what: "the bucket that is not over is marked" });
    await screenshot(page, "metrics-timeline");
    expect(await seriousFindings(page)).toEqual([]);
    await page.route("**/api/v1/metrics/**", (route) => route.abort());
    await isLive(page, "no");
    await page.getByText(/not live since \d\d:\d\d:\d\d UTC/).waitFor();
    await page.locator(".timeline.old").waitFor();
    await screenshot(page, "metrics-stale");
    await page.unroute("**/api/v1/metrics/**");
    await isLive(page, "yes");
  });

  it("are right on a phone and in the dark", async () => {
    await visit.looksRight(CHART, "metrics-timeline", (on) => isLive(on, "yes"));
    await visit.looksRight("/metrics", "metrics-list", (on) => on.waitForSelector("tr[data-metric]"), ["phone"]);
  });
});
