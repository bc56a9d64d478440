/* Everything that can go wrong, in any order, against a model that fits on a page (story.ts). */
import { describe, it } from "vitest";
import { fc, holds } from "../../property";
import { step } from "./steps";
import { Story } from "./story";
import { CHECKPOINT_EACH_COMMIT, CHECKPOINT_EACH_THIRD } from "./world";

/** As they are, or after so few rows that a story has many. */
const checkpoints = fc.option(fc.constantFrom(CHECKPOINT_EACH_COMMIT, CHECKPOINT_EACH_THIRD), { nil: undefined });

const RUNS = Number(process.env.TIDINGS_RUNS ?? 300);

describe("a ledger under failure", () => {
  it("brings every acknowledged event to D1 and the archive exactly once, parked once, or inside a reported hole", async () => {
    await holds(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), checkpoints, async (steps, limits) => {
        const story = new Story(limits);
        for (const one of steps) await story.run(one);
        await story.check();
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});
