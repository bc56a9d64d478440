/* The pages of nodes in a real browser against the real server: a wall of them, one node, and how to add one.
 * Screenshots are left in screenshots/nodes-*.png. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import { fits, noBrowser, PHONE, screenshot, seriousFindings } from "./browser.ts";
import { countOf, dayOf, hourOf, INTERVAL_S, LOADED_MS, looks, NodeFleet, namesIn, POOLS, tile } from "./node-fleet.ts";

let fleet: NodeFleet;
let page: Page;

describe.skipIf(noBrowser !== false)("the pages of nodes", () => {
  beforeAll(async () => {
    fleet = await NodeFleet.begin();
    page = await fleet.open("/nodes");
  });
  afterAll(() => fleet?.end());

  it("says how to add a node while there is none, and gives a key that may only beat that one", async () => {
    await page.getByText("No node is known yet").waitFor({ timeout: LOADED_MS });
    await page.getByLabel("Node id").fill("first node");
    await page.getByRole("button", { name: "Add the node" }).click();
    await page.getByText(/A node id holds letters/).waitFor();
    await screenshot(page, "nodes-empty");
    await page.getByLabel("Node id").fill("first-1");
    await page.getByLabel("Pool").fill("web");
    await page.getByRole("button", { name: "Add the node" }).click();
    await page.getByText("This key is shown this once").waitFor({ timeout: LOADED_MS });
    await looks(page, "first-1", "new");
    const lines = await page.locator("[data-added] pre").allTextContents();
    const [, key = ""] = /^npx -y \S+\/agent\.tgz --url \S+ --key (\S+) --node first-1$/.exec(lines[0] ?? "") ?? [];
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "nodes-add");
    await promisify(execFile)("bash", ["-c", lines[1] ?? ""]);
    await looks(page, "first-1", "up");
    const other = await fleet.server.fetch("/api/v1/nodes/second-1/heartbeats", {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
    });
    expect(other.status).toBe(403);
    await fleet.expectOf("first-1", { pool: "web", interval_s: INTERVAL_S });
  });

  it("gives a cron job a line that says how it ended", async () => {
    await page.getByRole("button", { name: "Add another one" }).click();
    await page.getByLabel("Node id").fill("job-1");
    await page.getByLabel("Pool").fill("batch");
    await page.getByLabel("What it is").selectOption("minute");
    await page.getByRole("button", { name: "Add the node" }).click();
    await looks(page, "job-1", "new");
    const line = (await page.locator("[data-added=job-1] pre").first().textContent()) ?? "";
    expect(line).toMatch(/^\* \* \* \* \* your-job; curl /);
    const run = (job: string) => promisify(execFile)("bash", ["-c", line.replace("* * * * * your-job", job)]);
    await run("true");
    await looks(page, "job-1", "up");
    await run("false");
    await looks(page, "job-1", "down");
    await fleet.ask("/api/v1/nodes/job-1", { method: "DELETE" });
    await until(async () => (await tile(page, "job-1").count()) === 0, { what: "it leaves the wall" });
  });

  it("shows nodes as they are heard of, by pool and worst first, each by its status", async () => {
    await page.getByRole("button", { name: "Close" }).click();
    await fleet.fill();
    await looks(page, "web-20", "down");
    for (const [node, look] of [
      ["web-7", "degraded"],
      ["batch-3", "stopped"],
      ["mail-5", "maintenance"],
      ["batch-waiting", "new"],
      ["db-1", "up"],
    ] as const) {
      await looks(page, node, look);
    }
    expect((await namesIn(page, "web")).slice(0, 4)).toEqual(["web-20", "web-7", "first-1", "web-1"]);
    expect(await page.locator("[data-pool] h2").allTextContents()).toEqual(["batch", "db", "mail", "web"]);
    expect([await countOf(page, "down"), await countOf(page, "degraded")]).toEqual(["1", "2"]);
    expect(await page.title()).toBe("1 down · Nodes · Tidings");
  });

  it("changes within a second when a node goes down and when it is back", async () => {
    const address = await fleet.pingOf("mail-9");
    for (const [call, look] of [
      ["/fail", "down"],
      ["", "up"],
    ] as const) {
      const changed = looks(page, "mail-9", look);
      const posted = Date.now();
      await fetch(address + call);
      await changed;
      expect(Date.now() - posted).toBeLessThan(1_000);
    }
  });

  it("filters by status and by name", async () => {
    await page.locator("[data-chip=degraded]").click();
    await until(async () => (await page.locator("a.tile").count()) === 2, { what: "only those in trouble are left" });
    await page.locator("[data-chip=degraded]").click();
    await page.getByLabel("Search nodes").fill("mail-1");
    await until(async () => (await page.locator("a.tile").count()) === 4, {
      what: "mail-1 and mail-10 to 12 are left",
    });
    await page.getByLabel("Search nodes").fill("nowhere");
    await page.getByRole("button", { name: "Show all" }).click();
    await tile(page, "db-1").waitFor();
  });

  it("is one stop of the Tab key, and arrow keys go through it", async () => {
    await page.locator("[data-chip=up]").focus();
    await page.keyboard.press("Tab");
    const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset.node);
    const first = await focused();
    await page.keyboard.press("ArrowRight");
    const second = await focused();
    await page.keyboard.press("ArrowDown");
    expect(new Set([first, second, await focused()]).size).toBe(3);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab");
    expect(await focused()).not.toBe(first);
    await page.keyboard.press("Home");
    expect(await focused()).toBe(first);
  });

  it.each([
    ["dark", { colorScheme: "dark" }],
    ["phone", PHONE],
  ] as [string, BrowserContextOptions][])(
    "has no serious accessibility finding and no sideways scrolling (%s)",
    async (look, options) => {
      const wall = await fleet.open("/nodes", options);
      await looks(wall, "web-20", "down");
      expect(await seriousFindings(wall)).toEqual([]);
      expect(await fits(wall)).toBe(true);
      await screenshot(wall, `nodes-${look}`);
      await tile(wall, "web-20").click();
      await wall.getByRole("heading", { name: "web-20", level: 1 }).waitFor();
      await wall.locator("[data-downtime=down]").waitFor({ timeout: LOADED_MS });
      expect(await seriousFindings(wall)).toEqual([]);
      expect(await fits(wall)).toBe(true);
      await screenshot(wall, `nodes-one-${look}`);
      await wall.context().close();
    },
  );

  it("has none of either in the light", async () => {
    expect(await seriousFindings(page)).toEqual([]);
    expect(await fits(page)).toBe(true);
    await screenshot(page, "nodes-light");
  });

  it("shows one node exactly: what it said last, its day, its downtimes and its history", async () => {
    await tile(page, "mail-9").click();
    await page.locator(".node-now[data-look=up]").waitFor({ timeout: LOADED_MS });
    await page.locator("[data-downtime=down]").waitFor({ timeout: LOADED_MS });
    await page.locator("tr[data-event=recovered]").waitFor({ timeout: LOADED_MS });
    expect(await page.locator(".status-bar > svg").getAttribute("aria-label")).toMatch(/^The last hour: .*\bup /);
    const before = await page.locator("[data-last-seen]").getAttribute("data-last-seen");
    await fleet.post("/api/v1/nodes/mail-9/heartbeats", {});
    const moved = async () => (await page.locator("[data-last-seen]").getAttribute("data-last-seen")) !== before;
    await until(moved, { what: "the beat is seen, though it changes nothing" });
    await page.getByText("Addresses for scripts").click();
    const ping = (await page.locator(".fold pre").first().textContent()) ?? "";
    await fetch(`${ping}/fail`, { method: "POST", body: "backup: no space left" });
    await page.locator(".node-now[data-look=down]").waitFor({ timeout: LOADED_MS });
    await page.getByText("backup: no space left").waitFor({ timeout: LOADED_MS });
    await screenshot(page, "nodes-one-light");
  });

  it("lets an operator set a maintenance, and says what is wrong with a setting", async () => {
    await page.getByText("Settings and maintenance").click();
    await page.getByRole("button", { name: "1 h", exact: true }).click();
    await page.getByLabel("Down after, seconds").fill("1");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(/must not be less than suspect_after_s/).waitFor({ timeout: LOADED_MS });
    await page.getByLabel("Down after, seconds").fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor({ timeout: LOADED_MS });
    await page.locator(".node-now[data-look=maintenance]").waitFor({ timeout: LOADED_MS });
    expect(await seriousFindings(page)).toEqual([]);
    await page.evaluate(() => scrollTo(0, 0));
    await screenshot(page, "nodes-settings");
  });

  it("deletes a node after asking once more", async () => {
    await page.getByRole("button", { name: "Delete this node" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("button", { name: "Delete this node" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete the node" }).click();
    await page.getByRole("heading", { name: "Nodes", level: 1 }).waitFor({ timeout: LOADED_MS });
    await tile(page, "mail-10").waitFor();
    await until(async () => (await tile(page, "mail-9").count()) === 0, { what: "it leaves the wall" });
  });

  it("draws a day of a node, and says it in words", async () => {
    await page.route("**/api/v1/nodes/db-1/history*", (route) => route.fulfill({ json: dayOf("db-1") }));
    await tile(page, "db-1").click();
    const bar = page.locator(".status-bar > svg");
    await bar.locator(".span-flapping").waitFor({ timeout: LOADED_MS });
    expect(await bar.getAttribute("aria-label")).toBe(
      "The last 24 hours: up 17 h 54 min, maintenance 2 h, degraded 1 h 30 min, down 1 h 18 min, flapping 1 h, suspect 18 min.",
    );
    expect(await page.locator("[data-downtime] .number").allTextContents()).toEqual(["7 min", "1 h 30 min"]);
    expect(await page.locator("[data-downtime]").last().getAttribute("data-downtime")).toBe("down");
    await screenshot(page, "nodes-day");
  });

  it("charts what a node measures, with gaps where it measured nothing", async () => {
    await fleet.post(
      "/api/v1/nodes/web-1/metrics",
      hourOf(Date.now(), (ago) => ago > 35 && ago < 45),
    );
    await page.goto(`${fleet.server.url}/nodes/web-1`);
    const processor = page.locator("[data-chart=Processor]");
    await processor.locator("path.series-line.avg[d^=M]").first().waitFor({ timeout: LOADED_MS });
    const strokes = (await processor.locator("path.series-line.avg").first().getAttribute("d")) ?? "";
    expect(strokes.match(/M/g)).toHaveLength(2);
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "nodes-metrics");
    await page.getByText("hour", { exact: true }).click();
    await page.getByText(/The last 7 days by hour/).waitFor();
  });

  it("reports how nodes fared and what was too much, on a screen and on paper", async () => {
    await page.goto(`${fleet.server.url}/nodes`);
    await page.getByRole("link", { name: "Reports" }).click();
    await page.locator("[data-report=health]").waitFor({ timeout: LOADED_MS });
    expect(await page.locator(".nav [aria-current=page]").textContent()).toBe("Nodes");
    expect(await page.locator("tr[data-pool=web] td").first().textContent()).toBe("25");
    await page.locator("tr[data-node=web-20]").waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await screenshot(page, "reports-health");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".report-controls").isVisible()).toBe(false);
    await screenshot(page, "reports-print");
    await page.emulateMedia({ media: "screen" });
    await page.getByText("Performance", { exact: true }).click();
    await page.locator("tr[data-bottleneck=web-1]", { hasText: "10 min above 90 %" }).waitFor({ timeout: LOADED_MS });
    await screenshot(page, "reports-performance");
    await page.getByLabel("Pool", { exact: true }).selectOption("web");
    await page.getByText(/^Performance of pool web/).waitFor({ timeout: LOADED_MS });
  });

  it("has a card on the overview", async () => {
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await page.getByRole("link", { name: /^2 degraded, 1 new, .*\d+ up$/ }).waitFor({ timeout: LOADED_MS });
    await page.getByText("1 down", { exact: true }).waitFor();
    await screenshot(page, "nodes-overview");
  });

  it("shows a key for some nodes only those, and offers it nothing that it may not do", async () => {
    const body = { role: "viewer", name: "databases", scope: { nodes: ["db-*"] } };
    const { key } = await fleet.post<{ key: string }>("/api/v1/keys", body);
    const limited = await fleet.open("/nodes", {}, key);
    await limited.getByText("This key sees some nodes only").waitFor({ timeout: LOADED_MS });
    await looks(limited, "db-2", "degraded");
    expect(await limited.locator("a.tile").count()).toBe(POOLS.db);
    await limited.getByRole("button", { name: "Add a node" }).click();
    await limited.getByText("Operators and admins add nodes").waitFor();
    await tile(limited, "db-2").click();
    await limited.locator(".node-now[data-look=degraded]").waitFor({ timeout: LOADED_MS });
    await limited.getByRole("heading", { name: "Downtimes" }).waitFor({ timeout: LOADED_MS });
    expect(await limited.getByText(/Settings and maintenance|Addresses for scripts|Delete this node/).count()).toBe(0);
    await limited.context().close();
  });

  it("puts hundreds on a screen, and never shows what was heard as what is", async () => {
    const many = Array.from({ length: 260 }, (_, i) => ({
      node: `edge-${i + 1}`,
      pool: `edge-${"abcd"[i % 4]}`,
      interval_s: INTERVAL_S,
      ...(i % 61 === 0 ? { status: "degraded" } : {}),
    }));
    await fleet.post("/api/v1/heartbeats", many);
    const wall = await fleet.open("/nodes", { viewport: { width: 1920, height: 1080 } });
    await tile(wall, "edge-260").waitFor({ timeout: LOADED_MS });
    const inView = await wall
      .locator("a.tile")
      .evaluateAll((tiles) => tiles.filter((tile) => tile.getBoundingClientRect().bottom <= innerHeight).length);
    expect(inView).toBeGreaterThan(300);
    await screenshot(wall, "nodes-many");
    await fleet.server.kill("both");
    await wall.locator(".wall.old").waitFor({ timeout: LOADED_MS });
    await wall.getByText("This is how the nodes stood when they were heard last").waitFor();
    await screenshot(wall, "nodes-stale");
  });
});
