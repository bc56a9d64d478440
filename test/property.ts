/* Property tests with one seed for the whole run, so that a failure anywhere can be repeated: TIDINGS_SEED=… npm test. */
import fc from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    seed: number;
  }
}

/** `fc.assert` with the seed of this run. A failure prints the seed and the path to the smallest counterexample. */
export async function holds<Ts>(
  property: fc.IAsyncProperty<Ts> | fc.IProperty<Ts>,
  options: fc.Parameters<Ts> = {},
): Promise<void> {
  await fc.assert(property as fc.IAsyncProperty<Ts>, { seed: inject("seed"), ...options });
}

export { fc };
