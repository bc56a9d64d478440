/* Sending as a source should: the same thing, under the same ids, until it is taken. */
import { setTimeout as wait } from "node:timers/promises";

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
/** The most that one request may hold. */
const MAX_BATCH = 1_000;

/** Where to replay to, how fast, and until when. */
export interface Replay {
  url: string;
  key: string;
  speed: number;
  signal: AbortSignal;
}

/** Ends early, without an error, when the replay ends. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  wait(ms, undefined, { signal }).catch(() => {});

/** Undefined when taken, else why not. Refusals that sending again cannot mend are thrown. */
async function post(path: string, body: string, { url, key, signal }: Replay): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const response = await fetch(url + path, { method: "POST", headers, body, signal }).catch((error: unknown) =>
    String(error),
  );
  if (typeof response === "string") return response;
  const text = await response.text();
  if (response.ok) return undefined;
  if (response.status < 500 && response.status !== 429) throw new Error(`${response.status} ${text}`);
  return `status ${response.status}`;
}

/** A server that was killed has the same events again when it is back. Ends with the replay, taken or not. */
export async function send(path: string, events: unknown, replay: Replay): Promise<void> {
  const body = JSON.stringify(events);
  const { signal } = replay;
  for (let backoffMs = FIRST_BACKOFF_MS; !signal.aborted; backoffMs = Math.min(LONGEST_BACKOFF_MS, backoffMs * 2)) {
    if ((await post(path, body, replay)) === undefined) return;
    await pause(backoffMs * (0.5 + Math.random()), signal);
  }
}

/** Any number of events, in order, in requests that are not too large. None at all are no request. */
export async function sendAll(path: string, events: readonly unknown[], replay: Replay): Promise<void> {
  for (let index = 0; index < events.length; index += MAX_BATCH) {
    await send(path, events.slice(index, index + MAX_BATCH), replay);
  }
}

/** Whether there is something at a path; what cannot be asked is taken to be there. */
export async function exists(path: string, { url, key, signal }: Replay): Promise<boolean> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${key}` }, signal }).catch(
    () => undefined,
  );
  await response?.body?.cancel();
  return response?.status !== 404;
}
