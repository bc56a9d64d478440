/* When a beat counts. Sources may say when it was sent, by clocks that may be wrong: they are compared with themselves. */

/** The last beat of a node that counted: when, by our clock, and when it was sent, by the node's. */
export interface Heard {
  at: number;
  sent: number;
}

/** What becomes of a beat that was sent at `sent` and arrives at `now`. An old or repeated one changes nothing. One that
 * was much longer on its way than the one before counts from when it was said: it does not say that the node lives now.
 * @param patienceMs longer than this is much longer */
export function hear(
  last: Heard | undefined,
  now: number,
  sent: number | undefined,
  patienceMs: number,
): Heard | "duplicate" | "old" {
  if (sent === undefined || last === undefined) return { at: now, sent: sent ?? now };
  if (sent <= last.sent) return sent === last.sent ? "duplicate" : "old";
  const late = now - last.at - (sent - last.sent);
  return { at: late > patienceMs ? now - late : now, sent };
}

/** When a connection ended, as seen from a beat that came by another way after that end. The clock may show the same
 * millisecond for both; the end is the earlier one, or the node would count as gone although it was just heard. A beat that
 * counts from before the end leaves it as it is. */
export const endedBefore = (closedAt: number, heardAt: number): number =>
  closedAt === heardAt ? heardAt - 1 : closedAt;
