/* A server and a browser that visits its pages. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { fits, launchBrowser, PHONE, screenshot, seriousFindings } from "./browser.ts";
import { type Server, startServer } from "./server.ts";

export const LOADED_MS = 15_000;

const LOOKS = { phone: PHONE, dark: { colorScheme: "dark" } } satisfies Record<string, BrowserContextOptions>;

export class Visit {
  readonly server: Server;
  readonly #browser: Browser;

  private constructor(server: Server, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async begin(): Promise<Visit> {
    const [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    return new Visit(server, browser);
  }

  async end(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
  }

  async open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    await page.goto(`${this.server.url}${path}#key=${this.server.key}`);
    await page.waitForSelector("[data-connection=live]", { timeout: LOADED_MS });
    return page;
  }

  async post(path: string, body: unknown): Promise<void> {
    const response = await this.server.fetch(path, { method: "POST", body: JSON.stringify(body) });
    expect(response.status, await response.text()).toBe(200);
  }

  /** The page on a phone, and in the dark: it fits, nobody is kept from using it, and it leaves its picture. */
  async looksRight(
    path: string,
    name: string,
    ready: (page: Page) => Promise<unknown>,
    looks: (keyof typeof LOOKS)[] = ["phone", "dark"],
  ): Promise<void> {
    const look = async (suffix: keyof typeof LOOKS) => {
      const page = await this.open(path, LOOKS[suffix]);
      await ready(page);
      expect(await fits(page)).toBe(true);
      expect(await seriousFindings(page)).toEqual([]);
      await screenshot(page, `${name}-${suffix}`);
      await page.context().close();
    };
    await Promise.all(looks.map(look));
  }
}
