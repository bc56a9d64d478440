/* Nodes that beat in a test of their pages, and who looks at them. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { launchBrowser } from "./browser.ts";
import { type Server, startServer } from "./server.ts";

export const LOADED_MS = 15_000;
/** Long enough that no node of these tests is late by itself. */
export const INTERVAL_S = 300;
export const POOLS = { web: 24, db: 8, mail: 12, batch: 16 };

/** A server, and a browser that visits it. */
export class NodeFleet {
  readonly server: Server;
  readonly #browser: Browser;

  private constructor(server: Server, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async begin(): Promise<NodeFleet> {
    // Hundreds of objects of their own would take longer to begin than all the rest.
    const [server, browser] = await Promise.all([startServer({ env: { NODE_PARTITIONS: "3" } }), launchBrowser()]);
    return new NodeFleet(server, browser);
  }

  async end(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
  }

  async open(path: string, options: BrowserContextOptions = {}, key = this.server.key): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    const opened = await context.newPage();
    await opened.goto(`${this.server.url}${path}#key=${key}`);
    await opened.waitForSelector("[data-connection=live]", { timeout: LOADED_MS });
    return opened;
  }

  async ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.server.fetch(path, init);
    const text = await response.text();
    expect(response.ok, `${path}: ${response.status} ${text}`).toBe(true);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.ask(path, { method: "POST", body: JSON.stringify(body) });
  }

  expectOf(node: string, config: object): Promise<unknown> {
    return this.ask(`/api/v1/nodes/${node}`, { method: "PUT", body: JSON.stringify(config) });
  }

  async pingOf(node: string): Promise<string> {
    return (await this.ask<{ ping: { ping_url: string } }>(`/api/v1/nodes/${node}`)).ping.ping_url;
  }

  /** Four pools, and one node of nearly every status among them. */
  async fill(): Promise<void> {
    const beats = Object.entries(POOLS).flatMap(([pool, many]) =>
      Array.from({ length: many }, (_, i) => ({ node: `${pool}-${i + 1}`, pool, interval_s: INTERVAL_S })),
    );
    await this.post("/api/v1/heartbeats", beats);
    await this.post("/api/v1/heartbeats", [
      { node: "web-7", status: "degraded", message: "disk 91 % full" },
      { node: "db-2", status: "degraded" },
      { node: "batch-3", status: "stopping" },
    ]);
    const start = Date.now() - 60_000;
    const maintenance = [{ start, end: start + 3_600_000 }];
    await this.expectOf("mail-5", { pool: "mail", interval_s: INTERVAL_S, maintenance });
    await this.expectOf("batch-waiting", { pool: "batch", name: "Batch, first run due", cron: "0 3 * * *" });
    // A script says that it failed: it is down at once.
    expect((await fetch(`${await this.pingOf("web-20")}/fail`)).status).toBe(200);
  }
}

/** An hour of what a machine measures, minute by minute, busy for a while; nothing is known of some minutes. */
export function hourOf(now: number, missing: (minutesAgo: number) => boolean) {
  return Array.from({ length: 60 }, (_, i) => 60 - i)
    .filter((ago) => !missing(ago))
    .map((ago) => {
      const wave = Math.sin(ago / 6);
      const cpu = ago > 20 && ago <= 30 ? 97 : 35 + 20 * wave;
      const percents = { "cpu.total": cpu, "mem.used_percent": 62 - ago / 10, "disk.root.used_percent": 71 };
      const loads = { "load.1": cpu / 40, "load.5": 1.1, "load.15": 0.8 };
      const rates = { "net.eth0.rx_bytes_s": 4e5 * (2 + wave), "net.eth0.tx_bytes_s": 9e4, "disk.write_bytes_s": 2e6 };
      return { timestamp: now - ago * 60_000, metrics: { ...percents, ...loads, ...rates } };
    });
}

/** A day that no test can wait for: a history as the API would tell it, newest first. */
export function dayOf(node: string) {
  const now = Date.now();
  const told = [
    [30, "started", "up"],
    [20, "suspect", "suspect"],
    [19.8, "down", "down"],
    [18.5, "recovered", "up", 5_400],
    [14, "maintenance", "maintenance"],
    [12, "settled", "up"],
    [9, "degraded", "up"],
    [7.5, "healthy", "up"],
    [5, "suspect", "suspect"],
    [4.9, "resumed", "up", 420],
    [3, "flapping", "flapping"],
    [2, "settled", "up"],
  ] as const;
  const events = told.map(([hoursAgo, event, status, downtime_s = null], i) => {
    const at = new Date(now - hoursAgo * 3_600_000).toISOString();
    return { event, status, at, downtime_s, severity: "info", message: null, boot_id: null, epoch: "e1", seq: i + 1 };
  });
  return { node, events: events.reverse(), next_cursor: null, as_of: new Date(now).toISOString() };
}

export const tile = (on: Page, node: string) => on.locator(`a[data-node="${node}"]`);
export const looks = (on: Page, node: string, look: string) =>
  on.locator(`a[data-node="${node}"][data-look=${look}]`).waitFor({ timeout: LOADED_MS });
export const namesIn = (on: Page, pool: string) => on.locator(`[data-pool=${pool}] .tile-name`).allTextContents();
export const countOf = (on: Page, look: string) => on.locator(`[data-chip=${look}] strong`).textContent();
