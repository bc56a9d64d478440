/** Polls until `condition` gives something other than undefined, null or false, and returns it. Tests wait for what they
 * need, never for a time: a slow machine waits longer, a fast one does not wait at all. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { deadlineMs = 10_000, what, everyMs = 20 }: { deadlineMs?: number; what: string; everyMs?: number },
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + deadlineMs;
  let lastError: unknown;
  do {
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, undefined | null | false>;
      lastError = undefined;
    } catch (error) {
      // What is not there yet often refuses the connection: only the last refusal is of interest.
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  } while (Date.now() < deadline);
  throw new Error(`Not within ${deadlineMs} ms: ${what}`, { cause: lastError });
}
