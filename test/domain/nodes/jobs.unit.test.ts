/* Jobs that run by a cron expression, and what an operator may expect of a node. */
import { describe, expect, it } from "vitest";
import { configOf, NodeConfigInput } from "../../../src/domain/nodes/node";
import { START, World } from "./world";

const at = (seconds: number) => START + seconds * 1_000;

describe("A job that runs by a cron expression", () => {
  const started = (text: string) => (Date.parse(text) - START) / 1_000;

  /** A world whose clock stands at `text`, in which the job just ran. */
  function ranAt(text: string, cron: string, time_zone: string): World {
    const world = new World();
    world.now = Date.parse(text);
    world.configure({ cron, time_zone, suspect_after_s: 600, down_after_s: 3_600 });
    world.beat();
    return world;
  }

  it.each([
    ["the day that has 23 hours", "2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z"],
    ["the day that has 25 hours", "2026-10-24T01:00:00Z", "2026-10-25T02:00:00Z"],
    ["a usual day", "2026-06-01T01:00:00Z", "2026-06-02T01:00:00Z"],
  ])("is due by the clock of its zone on %s", (_, ran, due) => {
    const world = ranAt(ran, "0 3 * * *", "Europe/Berlin");
    world.pass(2 * 86_400);
    expect(world.story().slice(-2)).toEqual([`suspect@${started(due) + 600}`, `down@${started(due) + 3_600}`]);
    expect(world.last()?.data.away_since).toBe(new Date(due).toISOString());
  });

  it("is away since it was due, not since it last ran", () => {
    const world = ranAt("2026-06-01T01:05:00Z", "0 3 * * *", "Europe/Berlin");
    world.pass(86_400 + 2 * 3_600);
    world.beat();
    expect(world.last()).toMatchObject({ event: "recovered", data: { downtime_s: 2 * 3_600 + 300 } });
  });

  it("may run hourly through the hour that comes twice", () => {
    const world = ranAt("2026-10-24T23:00:00Z", "0 * * * *", "Europe/Berlin");
    for (let hour = 0; hour < 6; hour++) {
      world.pass(3_600);
      world.beat();
    }
    expect(world.story().filter((told) => /suspect|down/.test(told))).toEqual([]);
  });
});

describe("What an operator may expect", () => {
  it("is whole: thresholds follow the interval, and each other", () => {
    expect(configOf("n", { interval_s: 1 })).toMatchObject({ suspect_after_s: 3, down_after_s: 6 });
    expect(configOf("n", { down_after_s: 20 })).toMatchObject({ suspect_after_s: 20, down_after_s: 20 });
    expect(configOf("n", { suspect_after_s: 100 })).toMatchObject({ suspect_after_s: 100, down_after_s: 200 });
    expect(configOf("n", {})).toMatchObject({ interval_s: 10, suspect_after_s: 30, down_after_s: 60 });
  });

  it.each([
    [{ cron: "0 3 * * *", time_zone: "Europe/Atlantis" }],
    [{ cron: "every day" }],
    [{ cron: "0 0 31 2 *" }],
    [{ cron: "0 3 * * *", interval_s: 10 }],
    [{ suspect_after_s: 60, down_after_s: 30 }],
    [{ interval_s: 0.5 }],
    [{ maintenance: [{ start: at(10), end: at(10) }] }],
    [{ downAfter: 10 }],
  ])("is no %j", (input) => {
    expect(NodeConfigInput.safeParse(input).success).toBe(false);
  });
});
