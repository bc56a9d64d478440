/* The page of alerts while its socket is cut, its server dead, or its clock wrong. */
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
  trusts,
} from "./alerts-watcher.ts";
import { noBrowser, PHONE, screenshot, seriousFindings } from "./browser.ts";

let country: Country;

describe.skipIf(noBrowser !== false)("the page of alerts in an outage", () => {
  beforeAll(async () => {
    country = await Country.begin();
  });
  afterAll(() => country?.end());

  it("asks the second path while no socket can be opened, and says so", async () => {
    const cut = await country.open("/alerts", {}, async (on) => {
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
    const [id = ""] = await country.post({ location: "Safed" });
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

  it("shows the right alerts and the right time left on a device whose clock is two hours ahead", async () => {
    const [id = ""] = await country.post({ location: BEER_SHEVA });
    const ahead = await country.open("/alerts", {}, (on) => on.clock.install({ time: Date.now() + 120 * MINUTE }));
    await card(ahead, id).waitFor({ timeout: LOADED_MS });
    await until(async () => /^(10:00|09:[345]\d)$/.test(await countDownOf(ahead, id)), { what: "the right time left" });
    await ahead.getByText("clock is 2 h off; times are corrected").waitFor();
    expect(await ahead.locator("[data-silence]").count()).toBe(0);
    await ahead.context().close();
  });

  it("warns when nothing is heard for 90 s, and is live again without a gap when the server is back", async () => {
    const watched = await country.open("/alerts", {}, async (on) => {
      await eavesdrop(on);
      await on.clock.install();
    });
    await trusts(watched, "live");
    await watched.getByRole("button", { name: "Sound off" }).click();
    await watched.getByRole("button", { name: "Sound on" }).waitFor();
    const before = await places(watched, "active");
    expect(before).toContain(BEER_SHEVA);
    await country.server.kill("both");
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
    await country.server.restart();
    const missed = (
      await Promise.all(["Dimona", "Arad", "Yeruham"].map((location) => country.post({ location })))
    ).flat();
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
