/* A clock that is wrong. Pure. */

/** What answers may be old by themselves: an edge may keep them for a second. */
const SLACK_MS = 2_000;

/** How far the server's clock is ahead of this one, as far as travel time cannot explain it. A device whose clock is wrong
 * would otherwise show alerts as over that are not.
 * @param asOf epoch ms, the server's clock when it answered
 * @param sentAt when the question left, by this device's clock; `heardAt` when the answer came */
export function skewOf(asOf: number, sentAt: number, heardAt: number): number {
  if (asOf > heardAt + SLACK_MS) return asOf - heardAt;
  if (asOf < sentAt - SLACK_MS) return asOf - sentAt;
  return 0;
}
