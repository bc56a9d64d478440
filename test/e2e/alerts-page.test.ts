/* The page of alerts in a real browser against the real server: without a key, in Hebrew, in every look.
 * Screenshots are left in screenshots/alerts-*.png. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import {
  BEER_SHEVA,
  Country,
  card,
  countDownOf,
  eavesdrop,
  heardBy,
  LOADED_MS,
  MINUTE,
  places,
  RESUMED_MS,
  section,
  trusts,
} from "./alerts-watcher.ts";
import { fits, noBrowser, PHONE, screenshot, seriousFindings } from "./browser.ts";

const ASHKELON = "אשקלון 256";

let country: Country;
let page: Page;

describe.skipIf(noBrowser !== false)("the page of alerts", () => {
  beforeAll(async () => {
    country = await Country.begin();
    page = await country.open("/alerts");
  });
  afterAll(() => country?.end());

  it("is open to everybody, and says that the other pages want a key", async () => {
    await page.getByRole("heading", { name: "Alerts", level: 1 }).waitFor();
    await trusts(page, "live");
    await page.getByRole("link", { name: /Prices.*sign in first/ }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByRole("link", { name: "Alerts, without a key" }).click();
    await trusts(page, "live");
  });

  it("says that nothing is active and since when it watches, without offering what only a key may do", async () => {
    await page
      .locator("[data-quiet=sure]")
      .getByText(/Watching since \d\d:\d\d/)
      .waitFor({ timeout: LOADED_MS });
    expect(await page.getByText("Post one to see it arrive").count()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "alerts-empty");
  });

  it("shows an alert as soon as it is posted, in the direction of its script, and counts down", async () => {
    const [id = ""] = await country.post({
      location: BEER_SHEVA,
      severity: "extreme",
      text: "היכנסו למרחב המוגן תוך 60 שניות (קומה -1).",
    });
    await card(page, id).waitFor({ timeout: LOADED_MS });
    const direction = await card(page, id)
      .locator(".alert-place")
      .evaluate((place) => getComputedStyle(place).direction);
    expect(direction).toBe("rtl");
    const first = await countDownOf(page, id);
    expect(first).toMatch(/^(10:00|09:5\d)$/);
    await until(async () => (await countDownOf(page, id)) < first, { what: "the count-down moves" });
    expect(await page.title()).toBe("1 active · Alerts · Tidings");
  });

  it("grows with its aggregate, names every type, and puts the largest first", async () => {
    await country.post({ location: ASHKELON });
    const [id = ""] = await country.post({ location: BEER_SHEVA, type: "drones", duration: 12 });
    await card(page, id).getByText("2 events").waitFor({ timeout: LOADED_MS });
    await card(page, id).locator(".grown").waitFor();
    await card(page, id).getByText("Mixed Threats: rockets, drones").waitFor();
    expect(await countDownOf(page, id)).toMatch(/^(12:00|11:5\d)$/);
    expect(await places(page, "active")).toEqual([BEER_SHEVA, ASHKELON]);
  });

  it("sets drills apart from real alerts, with a banner as long as one runs", async () => {
    await country.post({ location: "ירושלים - מרכז", type: "earthquake", drill: true });
    await section(page, "drills").locator("article").waitFor({ timeout: LOADED_MS });
    await page.locator("[data-drill-banner]").getByText("A drill is running").waitFor();
    expect(await places(page, "active")).toEqual([BEER_SHEVA, ASHKELON]);
    expect(await section(page, "drills").locator("article .drill-word").textContent()).toBe("DRILL");
  });

  it("shows what is upcoming, what is over, and a type that nobody knows", async () => {
    const [soon = ""] = await country.post({
      location: "Tel Aviv",
      type: "Kaiju??",
      severity: "minor",
      timestamp: Date.now() + 12 * MINUTE,
    });
    const [over = ""] = await country.post({
      location: "Eilat (south)",
      type: "sandstorm",
      timestamp: Date.now() - 40 * MINUTE,
    });
    await card(page, soon, "upcoming").getByText("Kaiju??").waitFor({ timeout: LOADED_MS });
    await page.locator(`li[data-alert="${over}"]`).waitFor({ timeout: LOADED_MS });
    expect(await places(page, "upcoming")).toEqual(["Tel Aviv"]);
  });

  it("filters by place, says so, and keeps it over a reload", async () => {
    await page.locator("summary", { hasText: "Filter" }).click();
    await page.getByLabel("Places", { exact: true }).fill("באר שבע*, Haifa");
    await page.getByRole("button", { name: "Add" }).click();
    await until(async () => (await places(page, "active")).join() === BEER_SHEVA, { what: "one place is left" });
    await page.locator("[data-filtered]").getByText("Showing only some alerts.").waitFor();
    await screenshot(page, "alerts-filter");
    await page.reload();
    await trusts(page, "live");
    const [id = ""] = await country.post({ location: "Haifa", type: "wildfire", severity: "moderate", duration: 75 });
    await country.post({ location: "Nahariya", type: "tsunami" });
    await card(page, id).waitFor({ timeout: LOADED_MS });
    expect((await places(page, "active")).sort()).toEqual(["Haifa", BEER_SHEVA].sort());
    await page.getByRole("button", { name: "Show all alerts" }).click();
    await until(async () => (await places(page, "active")).includes("Nahariya"), { what: "everything is shown again" });
    expect(await page.locator("[data-filtered]").count()).toBe(0);
  });

  it("shows the events of an alert, how far they came, and its CAP document", async () => {
    const shown = await country.open("/alerts");
    await section(shown, "active").getByRole("link", { name: BEER_SHEVA }).click();
    await shown.getByRole("heading", { name: BEER_SHEVA, level: 1 }).waitFor();
    await until(async () => (await shown.locator("tbody tr").count()) >= 2, { what: "its events are listed" });
    await shown.locator("[data-reach]").first().waitFor({ timeout: RESUMED_MS });
    const cap = (await shown.getByRole("link", { name: "CAP 1.2 document" }).getAttribute("href")) ?? "";
    expect((await fetch(`${country.server.url}${cap}`)).headers.get("content-type")).toContain("xml");
    expect(await seriousFindings(shown)).toEqual([]);
    await screenshot(shown, "alerts-detail");
    await shown.context().close();
  });

  it("makes a sound and tells the system for a new alert, when allowed, and not for a drill", async () => {
    const told = await country.open("/alerts", {}, eavesdrop);
    await trusts(told, "live");
    await told.getByRole("button", { name: "Sound off" }).click();
    await told.getByRole("button", { name: "Notifications off" }).click();
    await told.getByRole("button", { name: "Sound on" }).waitFor();
    await told.getByRole("button", { name: "Notifications on" }).waitFor();
    const before = (await heardBy(told)).tones;
    await country.post({ location: "Drill town", drill: true });
    const [id = ""] = await country.post({ location: "Acre", type: "rockets", severity: "extreme" });
    await card(told, id).waitFor({ timeout: LOADED_MS });
    await until(async () => (await heardBy(told)).tones === before + 9, { what: "the pattern of an extreme alert" });
    const { notes } = await heardBy(told);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^rockets\nAcre: rockets, extreme, until \d\d:\d\d$/);
    await told.context().close();
  });

  const looks: [string, BrowserContextOptions][] = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone", PHONE],
    ["wall", { viewport: { width: 1920, height: 1080 }, colorScheme: "dark" }],
  ];
  it.each(looks)("has no serious accessibility finding and no sideways scrolling (%s)", async (look, options) => {
    const shown = await country.open("/alerts", options);
    await section(shown, "active").locator("article").first().waitFor({ timeout: LOADED_MS });
    await shown.getByRole("link", { name: "Eilat (south)" }).waitFor({ timeout: LOADED_MS });
    expect(await seriousFindings(shown)).toEqual([]);
    expect(await fits(shown)).toBe(true);
    await screenshot(shown, `alerts-${look}`);
    await shown.context().close();
  });

  it("still fits when letters are twice as large", async () => {
    const large = await country.open("/alerts", { viewport: { width: 720, height: 900 } });
    await section(large, "active").locator("article").first().waitFor({ timeout: LOADED_MS });
    await large.addStyleTag({ content: "html { font-size: 30px }" });
    expect(await fits(large)).toBe(true);
    await screenshot(large, "alerts-large-letters");
    await large.context().close();
  });

  it("lets an operator cancel an alert after asking once more, and tells everybody", async () => {
    const [id = ""] = await country.post({ location: "Metula", type: "false alarm" });
    const operator = await country.open(`/alerts#key=${country.server.key}`);
    await card(operator, id).waitFor({ timeout: LOADED_MS });
    expect(
      await card(page, id)
        .getByRole("button", { name: /Cancel/ })
        .count(),
    ).toBe(0);
    await card(operator, id).getByRole("button", { name: "Cancel the alert for Metula" }).click();
    await operator.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
    await card(operator, id).getByRole("button", { name: "Cancel the alert for Metula" }).click();
    expect(await seriousFindings(operator)).toEqual([]);
    await screenshot(operator, "alerts-cancel");
    await operator.getByRole("dialog").getByRole("button", { name: "Cancel the alert" }).click();
    for (const on of [operator, page]) {
      await on.locator(`li[data-alert="${id}"]`).getByText("cancelled").waitFor({ timeout: LOADED_MS });
      expect(await card(on, id).count()).toBe(0);
    }
    await operator.goto(`${country.server.url}/`);
    await operator.getByText("Alert canary").waitFor({ timeout: LOADED_MS });
    await operator.context().close();
  });

  it("offers the command that posts a drill to whoever may post, and only to them", async () => {
    const filtered = { locations: ["Nowhere"], severities: [] };
    const choose = (on: Page) =>
      on.addInitScript((text) => localStorage.setItem("tidings.alerts.filter", text), JSON.stringify(filtered));
    const poster = await country.open(`/alerts#key=${country.server.key}`, {}, choose);
    await poster.getByText("No alert is active for what you chose").waitFor({ timeout: LOADED_MS });
    await poster.getByText("Post one to see it arrive").click();
    await poster.getByRole("button", { name: "Show the key" }).click();
    const { stdout } = await promisify(execFile)("bash", ["-c", (await poster.locator("pre").textContent()) ?? ""]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, results: [{ location: "Haifa" }] });
    await poster.getByRole("button", { name: "Show all alerts" }).click();
    await section(poster, "drills").getByRole("link", { name: "Haifa" }).waitFor({ timeout: LOADED_MS });
    await poster.context().close();
  });
});
