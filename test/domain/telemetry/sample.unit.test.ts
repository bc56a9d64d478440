/* What is taken as a sample, and what is said of one that is not. */
import { describe, expect, it } from "vitest";
import { parseMetrics } from "../../../src/domain/telemetry/posting";
import { addValue, rollupOf } from "../../../src/domain/telemetry/rollup";
import { VALUE_MAX } from "../../../src/domain/telemetry/sample";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const TEXT = "2026-11-21T09:00:00Z";
/** Times as numbers take the short way, texts that of the schema. */
const sample = (more: object, timestamp: unknown = NOW) => ({ name: "a", value: 1, timestamp, ...more });
const errorsOf = (body: unknown) => {
  const parsed = parseMetrics(body, NOW);
  return parsed.ok ? [] : parsed.error.map(({ pointer, detail }) => `${pointer} ${detail}`);
};

describe("a sample", () => {
  it.each([
    [{ name: "x".repeat(129) }, "/name must have 1 to 128 characters"],
    [{ name: 7 }, "/name must be a text"],
    [{ labels: { "a b": "x" } }, /^\/labels\/a b is no name of a label: a letter or _/],
    [{ value: 1e300 }, "/value must lie between -1e+290 and 1e+290"],
    [{ value: -1e300 }, "/value must lie between -1e+290 and 1e+290"],
    [{ value: Number.NaN }, /^\/value must be a finite number/],
  ])("such as %j is refused for what is wrong with it", (more, said) => {
    for (const timestamp of [NOW, TEXT]) {
      expect(errorsOf(sample(more, timestamp))).toEqual([
        typeof said === "string" ? said : expect.stringMatching(said),
      ]);
    }
  });

  it("may be as great as sums can hold", () => {
    expect(errorsOf([sample({ value: VALUE_MAX }), sample({ value: -VALUE_MAX }, TEXT)])).toEqual([]);
    const rollup = rollupOf({ at: NOW, seq: 0, value: VALUE_MAX });
    for (let seq = 1; seq < 1_000; seq++) addValue(rollup, { at: NOW, seq, value: VALUE_MAX });
    expect(rollup.sum / rollup.count).toBeCloseTo(VALUE_MAX, -279);
  });
});
