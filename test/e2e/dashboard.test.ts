/* The page in a real browser against the real server, with real ticks. Screenshots are left in screenshots/. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import { fits, launchBrowser, noBrowser, PHONE, screenshot, seriousFindings } from "./browser.ts";
import { type Server, startServer } from "./server.ts";

interface Tick {
  symbol: string;
  price: number;
  timestamp: number;
  volume?: number;
  id: string;
}

const LOADED_MS = 15_000;
const RESUMED_MS = 45_000;

let server: Server;
let browser: Browser;
let page: Page;
/** Resolves when the viewer whose key was revoked has been told. */
let charlieIsOut: Promise<string>;

const real: Tick[] = readFileSync("tools/data/ticks.csv", "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line, i) => {
    const [symbol = "", timestamp, , price, volume] = line.split(",");
    return {
      symbol,
      price: Number(price),
      timestamp: Number(timestamp),
      ...(volume ? { volume: Number(volume) } : {}),
      id: `t${i}`,
    };
  });
const ticksOf = (symbol: string) => real.filter((tick) => tick.symbol === symbol);

async function post(ticks: Tick[]): Promise<void> {
  for (let from = 0; from < ticks.length; from += 500) {
    const body = JSON.stringify(ticks.slice(from, from + 500));
    const response = await server.fetch("/api/v1/prices", { method: "POST", body });
    expect(response.status, await response.clone().text()).toBe(200);
  }
}

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const opened = await context.newPage();
  await opened.goto(`${server.url}${path}#key=${server.key}`);
  await isLive(opened);
  return opened;
}

const isLive = (on: Page, timeout = LOADED_MS) => on.waitForSelector("[data-connection=live]", { timeout });
const heading = (on: Page, text: string) => on.getByRole("heading", { name: text, level: 1 }).waitFor();
const seen = (on: Page, text: string | RegExp, timeout = LOADED_MS) =>
  on.getByText(text).first().waitFor({ state: "visible", timeout });

/** Sequence numbers in the list of recent events, as shown. */
const shownSeqs = (on: Page) =>
  on.$$eval("tr[data-seq]", (rows) => rows.map((row) => Number((row as HTMLElement).dataset.seq)));

describe.skipIf(noBrowser !== false)("the page", () => {
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it("asks for a key and says what is wrong with a bad one", async () => {
    page = await (await browser.newContext()).newPage();
    await page.goto(server.url);
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "sign-in");
    await page.getByLabel("Key", { exact: true }).fill("tdk_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await seen(page, /This key is not valid here/);
    await page.context().close();
  });

  it("signs in by the printed link and takes the key out of the address", async () => {
    page = await open("/");
    await heading(page, "Overview");
    expect(page.url()).toBe(`${server.url}/`);
  });

  it("shows the command that fills it while there is nothing to show", async () => {
    await seen(page, "No price has been posted yet");
    await seen(page, `curl ${server.url}/api/v1/prices`);
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "empty");
  });

  it("shows the page to a viewer, whose key is revoked while they look at it", async () => {
    const made = await server.fetch("/api/v1/keys", {
      method: "POST",
      body: JSON.stringify({ role: "viewer", name: "Charlie" }),
    });
    const { id, key } = (await made.json()) as { id: string; key: string };
    const charlie = await (await browser.newContext()).newPage();
    await charlie.goto(`${server.url}/#key=${key}`);
    await isLive(charlie);
    expect((await server.fetch(`/api/v1/keys/${id}`, { method: "DELETE" })).ok).toBe(true);
    // Keys are cached for at most 30 s, in which the others go on.
    charlieIsOut = seen(charlie, "You were signed out", 45_000).then(() => "told", String);
  });

  it("is filled by that command, pasted into a shell", async () => {
    await page.getByRole("button", { name: "Show the key" }).click();
    const command = (await page.locator("pre").textContent()) ?? "";
    const { stdout } = await promisify(execFile)("bash", ["-c", command]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, results: [{ symbol: "EUR/USD", seq: 1 }] });
    await seen(page, "Frames in the last minute");
  });

  it("shows a symbol and its price as soon as they are posted, without a reload", async () => {
    await page.getByRole("link", { name: "Prices", exact: true }).click();
    await heading(page, "Prices");
    await post([{ symbol: "AAPL", price: 187.25, timestamp: Date.now(), id: "first" }]);
    await page.locator("tr[data-symbol=AAPL]").getByText("187.25").waitFor({ timeout: LOADED_MS });
    await post([{ symbol: "AAPL", price: 187.5, timestamp: Date.now(), id: "second" }]);
    await page.locator("tr[data-symbol=AAPL]").getByText("187.50").waitFor({ timeout: LOADED_MS });
  });

  it("shows candles, the window and the log of a symbol with real ticks", async () => {
    await post([...ticksOf("EUR-USD"), ...ticksOf("ETH-USDT"), ...ticksOf("XRP-ETH")]);
    await page.getByRole("link", { name: "XRP-ETH" }).click();
    await heading(page, "XRP-ETH");
    await page.getByRole("figure", { name: /Candle chart of XRP-ETH by minute/ }).waitFor();
    await page.getByText("hour", { exact: true }).click();
    await page.getByRole("figure", { name: /Candle chart of XRP-ETH by hour/ }).waitFor();
    await seen(page, "Mean by volume");
    const last = ticksOf("XRP-ETH").at(-1) as Tick;
    await page.locator(".big-price").getByText(String(last.price)).waitFor();
    await until(async () => (await shownSeqs(page)).length === 50, { what: "50 events are listed" });
  });

  it("keeps a filter while a symbol is visited", async () => {
    await page.goto(`${server.url}/prices`);
    await page.getByLabel("Filter symbols").fill("eth");
    await until(async () => (await page.locator("tr.price-row").count()) === 2, { what: "two symbols are left" });
    await page.getByRole("link", { name: "ETH-USDT" }).click();
    await page.goBack();
    await until(async () => (await page.locator("tr.price-row").count()) === 2, { what: "two symbols are left" });
  });

  it("reaches every row by keyboard, beginning with a link to the content", async () => {
    await page.goto(`${server.url}/prices`);
    await page.locator("tr[data-symbol=AAPL]").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    await page.getByLabel("Filter symbols").focus();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("AAPL");
    await page.keyboard.press("Enter");
    await heading(page, "AAPL");
  });

  const looks: [string, BrowserContextOptions][] = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone", PHONE],
  ];
  const places: [string, string, string][] = [
    ["overview", "/", "Audit"],
    ["prices", "/prices", "XRP-ETH"],
    ["symbol", "/prices/XRP-ETH", "Mean by volume"],
  ];
  it.each(looks)("has no serious accessibility finding and no sideways scrolling (%s)", async (look, options) => {
    const shown = await open("/", options);
    for (const [name, path, content] of places) {
      if (path !== "/") await shown.goto(server.url + path);
      await isLive(shown);
      await seen(shown, content);
      if (name === "symbol") await shown.getByRole("figure", { name: /Candle chart/ }).waitFor();
      if (name !== "symbol") await seen(shown, name === "overview" ? /Balanced: every/ : "AAPL");
      expect(await seriousFindings(shown), `${name}, ${look}`).toEqual([]);
      expect(await fits(shown)).toBe(true);
      await screenshot(shown, `${name}-${look}`);
    }
    await shown.context().close();
  });

  it("draws at least 20 times a second while 200 ticks a second arrive", async () => {
    const busy = await open("/prices");
    await busy.locator("tr[data-symbol=AAPL]").waitFor();
    const gaps = busy.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const found: number[] = [];
          const began = performance.now();
          let before = began;
          requestAnimationFrame(function next(at) {
            found.push(at - before);
            before = at;
            if (at - began < 3_000) requestAnimationFrame(next);
            else resolve(found);
          });
        }),
    );
    let batches = 0;
    // One request after the other: of two at once nobody knows which price is the last.
    let posted = Promise.resolve();
    const timer = setInterval(() => {
      const from = 20 * batches++;
      posted = posted.then(() => post(Array.from({ length: 20 }, (_, i) => busyTick(from + i))));
    }, 100);
    const sorted = (await gaps).toSorted((a, b) => a - b);
    clearInterval(timer);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(50);
    await posted;
    const last = busyTick(20 * batches - 1);
    const shown = () => busy.locator(`tr[data-symbol=${last.symbol}] .price-cell`).textContent();
    await until(async () => Number((await shown())?.replace(/[^\d.]/g, "")) === last.price, {
      what: "the last price is shown",
    });
    await screenshot(busy, "prices-busy");
    await busy.context().close();
  });

  it("signs out, and tells whose key was revoked why they are out", async () => {
    expect(await charlieIsOut).toBe("told");
    await page.getByRole("button", { name: "Sign out" }).click();
    await heading(page, "Sign in");
    expect(await page.evaluate(() => sessionStorage.length + localStorage.length)).toBe(0);
  });

  it("says that it is stale while the server is dead and resumes without a gap when it is back", async () => {
    const watched = await open("/prices/AAPL");
    await until(async () => (await shownSeqs(watched)).length >= 2, { what: "events are listed" });
    await watched.evaluate(() => {
      const states: string[] = ["live"];
      const badge = document.querySelector("[data-connection]") as HTMLElement;
      new MutationObserver(() => states.push(badge.dataset.connection as string)).observe(badge, { attributes: true });
      Object.assign(window, { states });
    });
    await server.kill("both");
    await watched.waitForSelector("[data-connection=stale]", { timeout: LOADED_MS });
    await watched.locator(".big-price .old").waitFor();
    expect(await seriousFindings(watched)).toEqual([]);
    await screenshot(watched, "stale");
    await server.restart();
    const missed = Array.from({ length: 25 }, (_, i) => ({
      symbol: "AAPL",
      price: 188 + i / 4,
      timestamp: Date.now(),
      id: `missed-${i}`,
    }));
    await post(missed);
    await isLive(watched, RESUMED_MS);
    await watched.locator(".big-price").getByText("194.00").waitFor({ timeout: LOADED_MS });
    const seqs = await shownSeqs(watched);
    expect(seqs.length).toBeGreaterThanOrEqual(27);
    expect(seqs).toEqual(Array.from(seqs, (_, i) => (seqs[0] as number) - i));
    const states = await watched.evaluate(() => (window as unknown as { states: string[] }).states);
    expect(states.filter((state, i) => state !== states[i - 1]).join(" → ")).toMatch(
      /^live → stale → (catching_up → |stale → )*live$/,
    );
    await until(async () => !(await watched.getByText("cannot be reached").isVisible()), {
      what: "no complaint is left",
    });
    await screenshot(watched, "resumed");
    await watched.context().close();
  });
});

/** Real prices over twenty symbols at the top of the table, as if they happened now. */
function busyTick(n: number): Tick {
  const tick = real[(n * 7) % real.length] as Tick;
  return {
    ...tick,
    symbol: `BUSY-${String(n % 20).padStart(2, "0")}`,
    timestamp: Date.now(),
    id: `busy-${n}`,
  };
}
