/* Whether the other end of an open socket still lives. Pure: moments in, what is known out. */

const PING_AFTER_MS = 20_000;
const ANSWER_WITHIN_MS = 10_000;
/** The browser says that there is no network: then only what lives on this machine answers, and that at once. */
const OFFLINE_ANSWER_MS = 3_000;

interface Signs {
  /** When anything was heard last. */
  heardAt: number;
  /** When it was asked, while the answer is due. */
  pingedAt: number | undefined;
  /** The browser's word. */
  network: boolean;
}

/** `quiet`: it is time to ask. `doubtful`: nobody has asked in time, as when a device slept or a tab was frozen; until the
 * answer comes, what is shown may be old. `gone`: it did not answer. */
export type Pulse = "well" | "quiet" | "doubtful" | "gone";

export function pulseOf({ heardAt, pingedAt, network }: Signs, now: number): Pulse {
  if (pingedAt !== undefined && now - pingedAt >= (network ? ANSWER_WITHIN_MS : OFFLINE_ANSWER_MS)) return "gone";
  if (now - heardAt > PING_AFTER_MS + ANSWER_WITHIN_MS) return "doubtful";
  return now - heardAt >= PING_AFTER_MS ? "quiet" : "well";
}
