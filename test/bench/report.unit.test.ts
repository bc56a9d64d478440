/* From results to the page, and the schedule of an open loop. */
import { describe, expect, it } from "vitest";
import { scheduleOf } from "../../bench/load/open-loop";
import { parseOptions } from "../../bench/options";
import { fill } from "../../bench/report";
import type { Figure, Results } from "../../bench/scenario";
import { meets } from "../../bench/scenario";

const figure: Figure = {
  what: "One object",
  value: 4_321,
  unit: "posts/s",
  rounds: [4_000, 4_321, 5_000],
  hello: 20_000,
  share: 0.216,
  aims: [{ of: "share", bound: "at least", value: 0.25 }],
  more: { "p99 ms": 9.87654, failed: 0 },
};

const found = (date: string, scenarios: Results["scenarios"]) => ({
  file: `bench/results/${date}.json`,
  results: { date, quick: false, machine: { cpu: "Some CPU", cores: 2, commit: "abc1234" }, scenarios },
});

describe("the report", () => {
  const scenarios = { posts: { title: "Posts", seconds: 1, figures: [figure] } };

  it("says whether an aim was met, and leaves out failures that there were not", () => {
    const page = fill("<!-- machine -->\n<!-- posts -->", ["posts"], [found("2026-11-21", scenarios)]);
    expect(page).toContain("Some CPU, 2 cores");
    expect(page).toContain("| One object | 4,320 posts/s | 4,000 · 4,320 · 5,000 | 20,000 | 0.216 |");
    expect(page).toContain("at least 0.25 of hello: **missed**");
    expect(page).toContain("p99 ms 9.88 |");
    expect(page).not.toContain("failed");
  });

  it("takes the newest result of each scenario and names what was never measured", () => {
    const other = { delivery: { title: "Delivery", seconds: 1, figures: [] } };
    const results = [found("2026-11-21", scenarios), found("2026-11-22", other)];
    const page = fill("<!-- posts --> <!-- delivery --> <!-- fan-out -->", ["posts", "delivery", "fan-out"], results);
    expect(page).toContain("bench/results/2026-11-21.json");
    expect(page).toContain("bench/results/2026-11-22.json");
    expect(page).toContain("npm run bench -- --only fan-out");
  });

  it("prints tables with their titles", () => {
    const tables = [{ title: "Side by side", head: ["", "ours"], rows: [["p50", "1.5"]] }];
    const peers = { peers: { title: "Peers", seconds: 1, figures: [], tables } };
    const page = fill("<!-- peers -->", ["peers"], [found("2026-11-21", peers)]);
    expect(page).toContain("**Side by side**\n\n|  | ours |\n| --- | --- |\n| p50 | 1.5 |");
  });

  it("has aims from above and from below", () => {
    expect(meets({ of: "value", bound: "at most", value: 5_000 }, figure)).toBe(true);
    expect(meets({ of: "share", bound: "at least", value: 0.2 }, figure)).toBe(true);
  });
});

describe("an open loop", () => {
  it("falls due at a constant rate, phase after phase", () => {
    const phases = [
      { perSecond: 2, seconds: 1 },
      { perSecond: 4, seconds: 0.5 },
    ];
    expect([...scheduleOf(phases)]).toEqual([0, 500_000, 1_000_000, 1_250_000]);
  });
});

describe("options", () => {
  it("take names of scenarios, several or by comma", () => {
    expect(parseOptions(["--only", "a", "--only", "b,c", "--quick"], ["a", "b", "c"])).toMatchObject({
      only: ["a", "b", "c"],
      quick: true,
    });
    expect(parseOptions(["a", "--only", "b"], ["a", "b"])).toMatchObject({ only: ["a", "b"], quick: false });
  });

  it("refuse what they do not know in one line that says what there is", () => {
    expect(() => parseOptions(["--only", "x"], ["a", "b"])).toThrow("There is no scenario x. Known: a, b;");
    expect(() => parseOptions(["--fast"], ["a"])).toThrow("--fast");
  });
});
