/* The page of requests in a real browser against the real server: bars that move, what is behind one, days.
 * Screenshots are left in screenshots/requests-*.png. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import { noBrowser, screenshot, seriousFindings } from "./browser.ts";
import { LOADED_MS, Visit } from "./visit.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const ORDERS = "GET /orders/:id";

let visit: Visit;
let page: Page;
let serial = 0;

const request = (endpoint: string, more: Record<string, unknown> = {}) => ({
  ...{ request_id: `r-${++serial}`, timestamp: Date.now() - (serial % 40) * MINUTE, endpoint },
  ...{ method: "GET", status_code: 200, ...more },
});
const times = (n: number, make: (i: number) => object) => Array.from({ length: n }, (_, i) => make(i));
const post = (list: object[]) => visit.post("/api/v1/requests", list);
const keys = (on: Page) =>
  on.locator(".top-bar").evaluateAll((bars) => bars.map((bar) => bar.getAttribute("data-key")));
const ranks = (on: Page, wanted: string[]) =>
  until(async () => JSON.stringify(await keys(on)) === JSON.stringify(wanted), {
    ...{ deadlineMs: LOADED_MS, what: `the bars are ${wanted.join(", ")}` },
  });
const card = (on: Page, label: string) =>
  on
    .locator(".totals .card", { has: on.getByText(label, { exact: true }) })
    .locator(".card-value")
    .textContent();
/** Figures are read beside the ranking, and may come after it. */
const says = (label: string, value: string) =>
  until(async () => (await card(page, label)) === value, { what: `${label} is ${value}` });
const rankBy = (metric: string) => page.locator(".metric-switch").getByText(metric, { exact: true }).click();
const isLive = (on: Page, live: "yes" | "no") => on.waitForSelector(`[data-live=${live}]`, { timeout: LOADED_MS });

describe.skipIf(noBrowser !== false)("the page of requests", () => {
  beforeAll(async () => {
    visit = await Visit.begin();
    page = await visit.open("/requests");
  });
  afterAll(() => visit?.end());

  it("says how to post the first one, and shows it without a reload", async () => {
    await page.getByText("No request in the last 30 days").waitFor({ timeout: LOADED_MS });
    expect(await page.locator(".code pre").textContent()).toContain("/api/v1/requests/log?shift=now");
    await screenshot(page, "requests-empty");
    await post(times(4, () => request("/health", { bytes: 120 })));
    await ranks(page, ["GET /health"]);
  });

  it("says that a figure is absent from the data, not that it is nought", async () => {
    await says("Requests", "4");
    expect([await card(page, "p95"), await card(page, "Error rate")]).toEqual(["–", "0 %"]);
    expect(await page.locator(".totals").textContent()).toContain("no request says it");
    await rankBy("95th percentile");
    await page.getByText(/No request of this window says its latency/).waitFor({ timeout: LOADED_MS });
    await rankBy("Requests");
  });

  it("moves the bars as requests come, where motion is wanted", async () => {
    const calm = await visit.open("/requests", { reducedMotion: "reduce" });
    for (const on of [page, calm]) {
      await ranks(on, ["GET /health"]);
      await on.evaluate(() => {
        const counted = window as unknown as { moves: number };
        counted.moves = 0;
        const { animate } = Element.prototype;
        Element.prototype.animate = function (...args) {
          counted.moves++;
          return animate.apply(this, args);
        };
      });
    }
    const latency = (i: number) => ({ latency_ms: 10 + (i % 20), bytes: 2_000, user_id: i % 2 === 0 ? "ann" : "ben" });
    await post([
      ...times(30, (i) => request(`/orders/${i}?full=1`, { ...latency(i), status_code: i % 5 === 0 ? 503 : 200 })),
      ...times(12, (i) => request("/search", { ...latency(i), method: "POST", latency_ms: 250 })),
    ]);
    for (const on of [page, calm]) await ranks(on, [ORDERS, "POST /search", "GET /health"]);
    const moves = (on: Page) => on.evaluate(() => (window as unknown as { moves: number }).moves);
    expect([(await moves(page)) > 0, await moves(calm)]).toEqual([true, 0]);
    await calm.context().close();
    await says("Error rate", "13 %");
    await page.locator("tr[data-day]").first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "requests");
  });

  it("ranks by what is chosen, of what is chosen, and keeps it in the address", async () => {
    await rankBy("Mean response time");
    await ranks(page, ["POST /search", ORDERS]);
    await rankBy("Requests");
    await page.getByLabel("Of", { exact: true }).selectOption("user_id");
    await ranks(page, ["ann", "ben"]);
    await page.getByLabel("Of", { exact: true }).selectOption("status_code");
    await ranks(page, ["200", "503"]);
    await page.getByLabel("Method").selectOption("POST");
    await ranks(page, ["200"]);
    await page.getByLabel("Status").fill("503");
    await page.getByText("No such request in this window").waitFor({ timeout: LOADED_MS });
    const address = Object.fromEntries(new URL(page.url()).searchParams);
    expect(address).toEqual({ dimension: "status_code", method: "POST", status: "503" });
    await page.reload();
    await page.getByText("No such request in this window").waitFor({ timeout: LOADED_MS });
    await page.goto(`${visit.server.url}/requests`);
    await ranks(page, [ORDERS, "POST /search", "GET /health"]);
  });

  it("opens a bar: what happened over time, and its requests as they were posted", async () => {
    await page.locator(`.top-bar[data-key="${ORDERS}"] button`).click();
    await page.locator(".count-bars .bar.failed").first().waitFor({ timeout: LOADED_MS });
    await page.locator(".count-bars").getByText("6 failed").waitFor();
    expect(new URL(page.url()).searchParams.get("key")).toBe(ORDERS);
    await page.locator(".lines tbody tr").first().waitFor({ timeout: LOADED_MS });
    expect(await page.locator(".lines tbody tr").count()).toBe(20);
    await page.getByRole("button", { name: "Show more" }).click();
    await until(async () => (await page.locator(".lines tbody tr").count()) === 30, { what: "all of them" });
    await page.getByText(/All that is kept was looked at/).waitFor();
    expect(await page.locator(".lines .address").first().textContent()).toMatch(/^\/orders\/\d+\?full=1$/);
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "requests-bar");
    await page.getByRole("button", { name: "Close" }).click();
    expect(await page.locator(".request-details").count()).toBe(0);
  });

  it("shows its days, and opens one", async () => {
    const timestamp = Date.now() - 3 * DAY;
    await post(times(5, (i) => request("/old", { timestamp, latency_ms: 100 + i })));
    await page.reload();
    const date = new Date(timestamp).toISOString().slice(0, 10);
    const row = page.locator(`tr[data-day="${date}"]`);
    await row.waitFor({ timeout: LOADED_MS });
    expect(await row.locator("td").first().textContent()).toBe("5");
    await row.getByRole("button").click();
    await ranks(page, ["GET /old"]);
    await says("Mean latency", "102 ms");
    expect(await page.locator("[data-live]").count()).toBe(0);
    await row.getByRole("button").click();
    await ranks(page, [ORDERS, "POST /search", "GET /health"]);
  });

  it("says when it is not live", async () => {
    await isLive(page, "yes");
    await page.route("**/api/v1/requests/**", (route) => route.abort());
    await page.getByText(/not live since \d\d:\d\d:\d\d UTC/).waitFor({ timeout: LOADED_MS });
    await page.locator(".ranking.old").waitFor();
    await page.unroute("**/api/v1/requests/**");
    await isLive(page, "yes");
  });

  it("is right on a phone and in the dark, and the overview has its figures", async () => {
    const open = `/requests?key=${encodeURIComponent(ORDERS)}`;
    await visit.looksRight(open, "requests", (on) => on.waitForSelector(".lines tbody tr", { timeout: LOADED_MS }));
    // Within the last minute, however long all this took.
    await post([request("/now", { timestamp: Date.now(), status_code: 500 })]);
    await page.goto(`${visit.server.url}/`);
    await page.getByText("No price has been posted yet").waitFor({ timeout: LOADED_MS });
    await page
      .locator(".card", { hasText: "Requests per second" })
      .getByText(/failed/)
      .waitFor({ timeout: LOADED_MS });
    expect(await page.locator(".card", { hasText: "Samples per second" }).count()).toBe(1);
    await screenshot(page, "overview-telemetry");
  });
});
