/* How old what this page shows may be. Pure: facts about the link in, one of four states out. */

export interface Link {
  phase: "connecting" | "open" | "waiting";
  /** Topics whose answer is due and without which the picture may be old. */
  awaiting: number;
  /** Nothing was heard for so long that it cannot be known whether the other end lives. */
  silent: boolean;
  /** The browser says that there is a network. */
  network: boolean;
  /** When this page last knew that it was up to date; undefined before the first time. */
  currentUntil: number | undefined;
  /** When the first try began. */
  since: number;
  /** When the next try is due, while waiting. */
  retryAt: number | undefined;
}

export type Connection =
  | { state: "live" }
  | { state: "catching_up"; since: number | undefined }
  | { state: "stale"; since: number; retryAt: number | undefined }
  | { state: "offline"; since: number | undefined; retryAt: number | undefined };

/** A first connection that takes longer is no longer "on its way". */
export const FIRST_TRY_MS = 5_000;

export function connectionOf(link: Link, now: number): Connection {
  const { currentUntil, retryAt } = link;
  if (link.phase === "open" && !link.silent) {
    return link.awaiting === 0 ? { state: "live" } : { state: "catching_up", since: currentUntil };
  }
  if (!link.network) return { state: "offline", since: currentUntil, retryAt };
  if (currentUntil !== undefined) return { state: "stale", since: currentUntil, retryAt };
  if (now - link.since < FIRST_TRY_MS) return { state: "catching_up", since: undefined };
  return { state: "offline", since: undefined, retryAt };
}

/** Only in this state may a price be shown as the current one. */
export const isLive = (connection: Connection): boolean => connection.state === "live";
