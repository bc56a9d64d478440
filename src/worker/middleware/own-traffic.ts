/* Our own API's requests, recorded like everybody's: a sample of them (OWN_TRAFFIC_SAMPLE), as source `tidings`. Whoever asks
 * never waits for it and never notices that it failed. It is stored by a call to the object, not by a request, so it records
 * nothing of itself.
 *
 * Requests gather in the isolate and leave together, after a second or when there are many: one row in the log for all of
 * them. What an isolate has not sent when it ends is lost: these are figures about traffic, not the traffic. */
import type { Next } from "hono";
import { matchedRoutes } from "hono/route";
import { sharesOf } from "../../domain/requests/posting";
import type { LoggedRequest } from "../../domain/requests/request";
import { settingsOf } from "../../domain/settings";
import { type AppContext, settings } from "../context";
import { remembered } from "../remembered";
import { storeRequests } from "../store-requests";

/** No key has this id. */
export const OWN_SOURCE = "tidings";
const GATHER_MAX = 100;
const GATHER_MS = 1_000;
/** More than these wait only where storing is slow: what comes then is not recorded. */
const WAITING_MAX = 1_000;

const gatheredIn = remembered(() => ({
  waiting: [] as LoggedRequest[],
  /** Whoever gathers does so in a request of its own, which may end early: after a while another takes over. */
  gatheringSince: 0,
}));

export async function ownTraffic(c: AppContext, next: Next): Promise<void> {
  const { OWN_TRAFFIC_SAMPLE: share } = settings(c);
  if (share === 0 || Math.random() >= share) return next();
  const began = Date.now();
  await next();
  try {
    record(c, began);
  } catch (error) {
    console.warn("a request was not recorded", error);
  }
}

function record(c: AppContext, began: number): void {
  const now = Date.now();
  const gathered = gatheredIn(c.env);
  const { waiting, gatheringSince } = gathered;
  if (c.res.status === 101 || waiting.length >= WAITING_MAX) return;
  waiting.push(requestOf(c, began, now));
  const isAlone = now - gatheringSince > 2 * GATHER_MS;
  if (waiting.length >= GATHER_MAX) c.executionCtx.waitUntil(send(c.env));
  else if (isAlone) {
    gathered.gatheringSince = now;
    c.executionCtx.waitUntil(scheduler.wait(GATHER_MS).then(() => send(c.env)));
  }
}

/** By the pattern of its route: names in paths are not kept, and an unknown path cannot make a key of its own. */
function requestOf(c: AppContext, began: number, now: number): LoggedRequest {
  const matched = matchedRoutes(c);
  // Whatever is for all methods is a middleware; of the others the first one answers.
  const route = (matched.find(({ method }) => method !== "ALL") ?? matched.at(-1))?.path ?? "/";
  const request: LoggedRequest = {
    request_id: c.get("requestId"),
    timestamp: began,
    endpoint: route,
    route,
    method: c.req.method,
    status_code: c.res.status,
    latency_ms: now - began,
  };
  const principal = c.get("principal") as { id: string } | undefined;
  if (principal !== undefined) request.user_id = principal.id;
  const bytes = Number(c.res.headers.get("content-length") ?? Number.NaN);
  if (Number.isInteger(bytes)) request.bytes = bytes;
  return request;
}

async function send(env: Env): Promise<void> {
  const gathered = gatheredIn(env);
  const requests = gathered.waiting;
  gathered.waiting = [];
  gathered.gatheringSince = 0;
  if (requests.length === 0) return;
  const sender = { source: OWN_SOURCE, key: `${OWN_SOURCE}/${crypto.randomUUID()}`, hash: "" };
  const { failed } = await storeRequests(env, sharesOf(requests, sender, settingsOf(env).REQUEST_PARTITIONS, false));
  if (failed.length > 0) console.warn("own requests were not recorded", requests.length);
}
