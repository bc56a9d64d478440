import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../tools/serve/configuration.ts";
import { parseCron } from "../../tools/serve/cron-expression.ts";
import { namedCrons } from "../../tools/serve/crons.ts";

const at = (text: string) => new Date(`${text}:00Z`);

describe("a cron expression", () => {
  it.each([
    ["* * * * *", "2026-11-21T10:22", true],
    ["*/5 * * * *", "2026-11-21T10:25", true],
    ["*/5 * * * *", "2026-11-21T10:26", false],
    ["17 3 * * *", "2026-11-21T03:17", true],
    ["17 3 * * *", "2026-11-21T04:17", false],
    ["5/20 * * * *", "2026-11-21T10:45", true],
    ["5/20 * * * *", "2026-11-21T10:40", false],
    ["0-10/5,30 * * * *", "2026-11-21T10:30", true],
    ["0 0 1 JAN *", "2027-01-01T00:00", true],
    // 21 November 2026 is a Saturday: 7 as Cloudflare counts, from Sunday = 1.
    ["0 0 * * 7", "2026-11-21T00:00", true],
    ["0 0 * * SAT", "2026-11-21T00:00", true],
    ["0 0 * * MON-FRI", "2026-11-21T00:00", false],
    // Both days restricted: either will do.
    ["0 0 1 * SAT", "2026-11-21T00:00", true],
    ["0 0 21 * SUN", "2026-11-21T00:00", true],
    ["0 0 1 * SUN", "2026-11-21T00:00", false],
  ])("%s at %s is due: %s", (expression, time, isDue) => {
    expect(parseCron(expression)(at(time))).toBe(isDue);
  });

  it.each([
    ["* * * *", "five fields"],
    ["60 * * * *", "no minute"],
    ["* * * * 0", "no weekday"],
    ["*/0 * * * *", "whole step"],
    ["0 0 L * *", "no day of month"],
  ])("%s is refused by name", (expression, reason) => {
    expect(() => parseCron(expression)).toThrow(reason);
  });
});

describe("the schedule", () => {
  it("has a cron in wrangler.toml for each name, and a name for each cron", async () => {
    expect(new Set(Object.values(await namedCrons()))).toEqual(new Set(readConfiguration().crons));
  });

  it("is empty for a Worker without one", async () => {
    expect(await namedCrons("src/no-such-file.ts")).toEqual({});
  });
});

it("commits no database id", () => {
  expect(readFileSync("wrangler.toml", "utf8")).not.toContain("database_id");
});
