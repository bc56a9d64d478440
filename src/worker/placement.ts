/* Finds a hub for a socket: the number of hubs per region is a fact in D1, cached per isolate. Where D1 does not answer, what
 * was last known will do, and one hub to begin with: sockets must not wait for it. */
import { withDeadline } from "../domain/deadline";
import { hubName, nextHub, type Region, regionOf } from "../domain/live/placement";
import { settingsOf } from "../domain/settings";
import { HUBS_HEADER } from "../durable-objects/hub/seat";
import { readHubCount, writeHubCount } from "../storage/queries/hubs";
import { remembered } from "./remembered";

/** A hub's answer when it has no room. */
const FULL = 503;
const CACHE_MS = 30_000;
const ANSWER_MS = 2_000;
const cachedIn = remembered(() => new Map<string, { hubs: number; until: number }>());

/** Opens a socket on a hub that has room; undefined when the whole region is full.
 * @param request the upgrade to hand over, with the identity the Worker vouches for */
export async function openOnHub(env: Env, request: Request, cf: { continent?: string } | undefined) {
  const region = regionOf(cf?.continent);
  let hubs = await hubCount(env, region.name);
  const refused: number[] = [];
  for (;;) {
    const next = nextHub({ hubs, refused }, settingsOf(env).HUB_MAX, Math.random());
    if (next === undefined) return undefined;
    if (next.hubs > hubs) hubs = await grow(env, region.name, next.hubs);
    const asked = new Request(request);
    asked.headers.set(HUBS_HEADER, String(hubs));
    const response = await hubStub(env, region, next.i)
      .fetch(asked)
      .catch((error: unknown) => console.warn(`hub ${region.name}-${next.i} cannot be reached`, error));
    if (response !== undefined && response.status !== FULL) return response;
    refused.push(next.i);
  }
}

function hubStub(env: Env, region: Region, i: number) {
  const options = region.hint === undefined ? {} : { locationHint: region.hint };
  return env.HUB.getByName(hubName(region.name, i), options);
}

function hubCount(env: Env, region: string): number | Promise<number> {
  const known = cachedIn(env).get(region);
  if (known !== undefined && known.until > Date.now()) return known.hubs;
  return remember(env, region, known?.hubs ?? 1, readHubCount(env.DB, region));
}

const grow = (env: Env, region: string, wanted: number): Promise<number> =>
  remember(env, region, wanted, writeHubCount(env.DB, region, wanted));

/** @param otherwise what is to be believed when D1 does not answer */
async function remember(env: Env, region: string, otherwise: number, asked: Promise<number>): Promise<number> {
  const hubs = await withDeadline(asked, ANSWER_MS).catch((error: unknown) => {
    console.warn("D1 does not say how many hubs there are", error);
    return otherwise;
  });
  cachedIn(env).set(region, { hubs, until: Date.now() + CACHE_MS });
  return hubs;
}
