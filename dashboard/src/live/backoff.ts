/* When to try again. Pure: chance is an argument. */

const LONGEST_MS = 30_000;
const SECOND_TRY_MS = 2_000;

/** The first wait is spread over the server's hint (all its sockets come back at once after a restart). Later ones begin
 * short, since most outages are, and double; half of each is random so that clients that failed together do not return
 * together. */
export function retryDelay(attempt: number, hintMs: number, random: number): number {
  if (attempt <= 0) return Math.round(random * hintMs);
  const span = Math.min(LONGEST_MS, SECOND_TRY_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(span / 2 + (random * span) / 2);
}

/** Acknowledgements leave at a random moment in 5-15 s after the first frame they cover. */
export const acknowledgeDelay = (random: number): number => Math.round(5_000 + random * 10_000);
