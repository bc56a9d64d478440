/* The page of alerts in a real browser against the real server: without a key, in Hebrew, with the server dead.
 * Screenshots are left in screenshots/alerts-*.png. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import { launchBrowser, noBrowser, PHONE, screenshot, seriousFindings } from "./browser.ts";
import { type Server, startServer } from "./server.ts";

const LOADED_MS = 15_000;
const RESUMED_MS = 45_000;
const MINUTE = 60_000;
const BEER_SHEVA = "באר שבע 288";
const ASHKELON = "אשקלון 256";

interface Posted {
  results: { alert_id: string; location: string; status: string }[];
}

let server: Server;
let browser: Browser;
let page: Page;

/** An alert that begins now, unless it says otherwise. */
async function post(alert: Record<string, unknown>): Promise<string[]> {
  const body = JSON.stringify({ type: "rockets", severity: "severe", duration: 10, timestamp: Date.now(), ...alert });
  const response = await server.fetch("/api/v1/alerts", { method: "POST", body });
  expect(response.status, await response.clone().text()).toBe(200);
  return ((await response.json()) as Posted).results.map(({ alert_id }) => alert_id);
}

async function open(path: string, options: BrowserContextOptions = {}, prepare?: (on: Page) => unknown): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    timezoneId: "Asia/Jerusalem",
    ...options,
  });
  const opened = await context.newPage();
  await prepare?.(opened);
  await opened.goto(`${server.url}${path}`);
  return opened;
}

const trusts = (on: Page, trust: string, timeout = LOADED_MS) =>
  on.waitForSelector(`[data-trust=${trust}]`, { timeout });
const card = (on: Page, id: string, state = "active") => on.locator(`article[data-alert="${id}"][data-state=${state}]`);
const section = (on: Page, name: string) => on.locator(`[data-section=${name}]`);
const places = (on: Page, name: string) => section(on, name).locator(".alert-place").allTextContents();
const countDownOf = async (on: Page, id: string) => (await card(on, id).locator(".countdown").textContent()) ?? "";

/** Counts what is sung, and keeps what the system is told. */
async function eavesdrop(on: Page): Promise<void> {
  await on.addInitScript(() => {
    const heard = { tones: 0, notes: [] as string[] };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (when) {
      heard.tones++;
      start.call(this, when);
    };
    class Note {
      static permission = "default";
      static async requestPermission() {
        Note.permission = "granted";
        return Note.permission;
      }
      onclick = null;
      constructor(title: string, { body }: { body: string }) {
        heard.notes.push(`${title}\n${body}`);
      }
      close() {}
    }
    Object.assign(window, { heard, Notification: Note });
  });
}
const heardBy = (on: Page) =>
  on.evaluate(() => (window as unknown as { heard: { tones: number; notes: string[] } }).heard);

describe.skipIf(noBrowser !== false)("the page of alerts", () => {
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    page = await open("/alerts");
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

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
    const [id = ""] = await post({
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
    await post({ location: ASHKELON });
    const [id = ""] = await post({ location: BEER_SHEVA, type: "drones", duration: 12 });
    await card(page, id).getByText("2 events").waitFor({ timeout: LOADED_MS });
    await card(page, id).locator(".grown").waitFor();
    await card(page, id).getByText("Mixed Threats: rockets, drones").waitFor();
    expect(await countDownOf(page, id)).toMatch(/^(12:00|11:5\d)$/);
    expect(await places(page, "active")).toEqual([BEER_SHEVA, ASHKELON]);
  });

  it("sets drills apart from real alerts, with a banner as long as one runs", async () => {
    await post({ location: "ירושלים - מרכז", type: "earthquake", drill: true });
    await section(page, "drills").locator("article").waitFor({ timeout: LOADED_MS });
    await page.locator("[data-drill-banner]").getByText("A drill is running").waitFor();
    expect(await places(page, "active")).toEqual([BEER_SHEVA, ASHKELON]);
    expect(await section(page, "drills").locator("article .drill-word").textContent()).toBe("DRILL");
  });

  it("shows what is upcoming, what is over, and a type that nobody knows", async () => {
    const [soon = ""] = await post({
      location: "Tel Aviv",
      type: "Kaiju??",
      severity: "minor",
      timestamp: Date.now() + 12 * MINUTE,
    });
    const [over = ""] = await post({
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
    const [id = ""] = await post({ location: "Haifa", type: "wildfire", severity: "moderate", duration: 75 });
    await post({ location: "Nahariya", type: "tsunami" });
    await card(page, id).waitFor({ timeout: LOADED_MS });
    expect((await places(page, "active")).sort()).toEqual(["Haifa", BEER_SHEVA].sort());
    await page.getByRole("button", { name: "Show all alerts" }).click();
    await until(async () => (await places(page, "active")).includes("Nahariya"), { what: "everything is shown again" });
    expect(await page.locator("[data-filtered]").count()).toBe(0);
  });

  it("shows the events of an alert, how far they came, and its CAP document", async () => {
    const shown = await open("/alerts");
    await section(shown, "active").getByRole("link", { name: BEER_SHEVA }).click();
    await shown.getByRole("heading", { name: BEER_SHEVA, level: 1 }).waitFor();
    await until(async () => (await shown.locator("tbody tr").count()) >= 2, { what: "its events are listed" });
    await shown.locator("[data-reach]").first().waitFor({ timeout: RESUMED_MS });
    const cap = (await shown.getByRole("link", { name: "CAP 1.2 document" }).getAttribute("href")) ?? "";
    expect((await fetch(`${server.url}${cap}`)).headers.get("content-type")).toContain("xml");
    expect(await seriousFindings(shown)).toEqual([]);
    await screenshot(shown, "alerts-detail");
    await shown.context().close();
  });

  it("makes a sound and tells the system for a new alert, when allowed, and not for a drill", async () => {
    const told = await open("/alerts", {}, eavesdrop);
    await trusts(told, "live");
    await told.getByRole("button", { name: "Sound off" }).click();
    await told.getByRole("button", { name: "Notifications off" }).click();
    await told.getByRole("button", { name: "Sound on" }).waitFor();
    await told.getByRole("button", { name: "Notifications on" }).waitFor();
    const before = (await heardBy(told)).tones;
    await post({ location: "Drill town", drill: true });
    const [id = ""] = await post({ location: "Acre", type: "rockets", severity: "extreme" });
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
    const shown = await open("/alerts", options);
    await section(shown, "active").locator("article").first().waitFor({ timeout: LOADED_MS });
    await shown.getByRole("link", { name: "Eilat (south)" }).waitFor({ timeout: LOADED_MS });
    expect(await seriousFindings(shown)).toEqual([]);
    expect(await shown.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await screenshot(shown, `alerts-${look}`);
    await shown.context().close();
  });

  it("still fits when letters are twice as large", async () => {
    const large = await open("/alerts", { viewport: { width: 720, height: 900 } });
    await section(large, "active").locator("article").first().waitFor({ timeout: LOADED_MS });
    await large.addStyleTag({ content: "html { font-size: 30px }" });
    expect(await large.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await screenshot(large, "alerts-large-letters");
    await large.context().close();
  });

  it("lets an operator cancel an alert after asking once more, and tells everybody", async () => {
    const [id = ""] = await post({ location: "Metula", type: "false alarm" });
    const operator = await open(`/alerts#key=${server.key}`);
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
    await operator.goto(`${server.url}/`);
    await operator.getByText("Alert canary").waitFor({ timeout: LOADED_MS });
    await operator.context().close();
  });

  it("offers the command that posts a drill to whoever may post, and only to them", async () => {
    const filtered = { locations: ["Nowhere"], severities: [] };
    const choose = (on: Page) =>
      on.addInitScript((text) => localStorage.setItem("tidings.alerts.filter", text), JSON.stringify(filtered));
    const poster = await open(`/alerts#key=${server.key}`, {}, choose);
    await poster.getByText("No alert is active for what you chose").waitFor({ timeout: LOADED_MS });
    await poster.getByText("Post one to see it arrive").click();
    await poster.getByRole("button", { name: "Show the key" }).click();
    const { stdout } = await promisify(execFile)("bash", ["-c", (await poster.locator("pre").textContent()) ?? ""]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, results: [{ location: "Haifa" }] });
    await poster.getByRole("button", { name: "Show all alerts" }).click();
    await section(poster, "drills").getByRole("link", { name: "Haifa" }).waitFor({ timeout: LOADED_MS });
    await poster.context().close();
  });

  it("asks the second path while no socket can be opened, and says so", async () => {
    const cut = await open("/alerts", {}, async (on) => {
      await on.addInitScript(() => {
        const Real = WebSocket;
        // A port where nobody listens: as behind a proxy that lets no socket through.
        Object.assign(window, {
          WebSocket: class extends Real {
            constructor() {
              super("ws://127.0.0.1:9/");
            }
          },
        });
      });
      await on.clock.install();
    });
    await cut.waitForSelector("[data-trust]");
    await cut.clock.runFor(12_000);
    await trusts(cut, "asking");
    const [id = ""] = await post({ location: "Safed" });
    await until(
      async () => {
        await cut.clock.runFor(1_000);
        return (await card(cut, id).count()) === 1;
      },
      { what: "it comes the second way" },
    );
    expect(await card(cut, id).getByText("not live").count()).toBe(0);
    await screenshot(cut, "alerts-second-path");
    await cut.context().close();
  });

  it("warns when nothing is heard for 90 s, and is live again without a gap when the server is back", async () => {
    const watched = await open("/alerts", {}, async (on) => {
      await eavesdrop(on);
      await on.clock.install();
    });
    await trusts(watched, "live");
    await watched.getByRole("button", { name: "Sound off" }).click();
    await watched.getByRole("button", { name: "Sound on" }).waitFor();
    const before = await places(watched, "active");
    expect(before).toContain(BEER_SHEVA);
    await server.kill("both");
    await watched.clock.runFor(20_000);
    await trusts(watched, "lost");
    expect(await watched.locator("[data-silence]").count()).toBe(0);
    await watched.clock.runFor(75_000);
    await watched.locator("[data-silence]").getByText("Alerts may not be reaching you").waitFor({ timeout: LOADED_MS });
    expect(await places(watched, "active")).toEqual(before);
    expect(await watched.locator("article .old-mark").count()).toBeGreaterThanOrEqual(before.length);
    expect(await seriousFindings(watched)).toEqual([]);
    await screenshot(watched, "alerts-silence");
    await watched.setViewportSize(PHONE.viewport);
    await screenshot(watched, "alerts-silence-phone");

    const { tones } = await heardBy(watched);
    await server.restart();
    const missed = (await Promise.all(["Dimona", "Arad", "Yeruham"].map((location) => post({ location })))).flat();
    await trusts(watched, "live", RESUMED_MS);
    for (const id of missed) await card(watched, id).waitFor({ timeout: LOADED_MS });
    expect(await watched.locator("[data-silence]").count()).toBe(0);
    expect((await places(watched, "active")).sort()).toEqual([...before, "Dimona", "Arad", "Yeruham"].sort());
    // All that was missed and is still active, in one sound.
    await until(async () => (await heardBy(watched)).tones === tones + 5, {
      what: "one sound for all that was missed",
    });
    await watched.context().close();
  });
});
