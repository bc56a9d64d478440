/* Who looks at the page of alerts in a test, what is posted meanwhile, and what is seen and heard. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { launchBrowser } from "./browser.ts";
import { type Server, startServer } from "./server.ts";

export const LOADED_MS = 15_000;
export const RESUMED_MS = 45_000;
export const MINUTE = 60_000;
export const BEER_SHEVA = "באר שבע 288";

interface Posted {
  results: { alert_id: string }[];
}

/** A server, and a browser that visits it. */
export class Country {
  readonly server: Server;
  readonly #browser: Browser;

  private constructor(server: Server, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async begin(): Promise<Country> {
    const [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    return new Country(server, browser);
  }

  async end(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
  }

  /** An alert that begins now, unless it says otherwise. Its alert ids. */
  async post(alert: Record<string, unknown>): Promise<string[]> {
    const body = JSON.stringify({ type: "rockets", severity: "severe", duration: 10, timestamp: Date.now(), ...alert });
    const response = await this.server.fetch("/api/v1/alerts", { method: "POST", body });
    expect(response.status, await response.clone().text()).toBe(200);
    return ((await response.json()) as Posted).results.map(({ alert_id }) => alert_id);
  }

  async open(path: string, options: BrowserContextOptions = {}, prepare?: (on: Page) => unknown): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 860 },
      timezoneId: "Asia/Jerusalem",
      ...options,
    });
    const opened = await context.newPage();
    await prepare?.(opened);
    await opened.goto(`${this.server.url}${path}`);
    return opened;
  }
}

export const trusts = (on: Page, trust: string, timeout = LOADED_MS) =>
  on.waitForSelector(`[data-trust=${trust}]`, { timeout });
export const card = (on: Page, id: string, state = "active") =>
  on.locator(`article[data-alert="${id}"][data-state=${state}]`);
export const section = (on: Page, name: string) => on.locator(`[data-section=${name}]`);
export const places = (on: Page, name: string) => section(on, name).locator(".alert-place").allTextContents();
export const countDownOf = async (on: Page, id: string) =>
  (await card(on, id).locator(".countdown").textContent()) ?? "";

/** Counts what is sung, and keeps what the system is told. */
export async function eavesdrop(on: Page): Promise<void> {
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
export const heardBy = (on: Page) =>
  on.evaluate(() => (window as unknown as { heard: { tones: number; notes: string[] } }).heard);
