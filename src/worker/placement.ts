/* Finds a hub for a socket: the number of hubs per region is a fact in D1, cached per isolate. */
import { hubName, nextHub, type Region, regionOf } from "../domain/live/placement";
import { settingsOf } from "../domain/settings";
import { HUBS_HEADER } from "../durable-objects/hub/seat";
import { readHubCount, writeHubCount } from "../storage/queries/hubs";

/** A hub's answer when it has no room. */
const FULL = 503;
const CACHE_MS = 30_000;
const cached = new Map<string, { hubs: number; until: number }>();

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

async function hubCount(env: Env, region: string): Promise<number> {
  const known = cached.get(region);
  const now = Date.now();
  if (known !== undefined && known.until > now) return known.hubs;
  const hubs = await readHubCount(env.DB, region);
  cached.set(region, { hubs, until: now + CACHE_MS });
  return hubs;
}

async function grow(env: Env, region: string, wanted: number): Promise<number> {
  const hubs = await writeHubCount(env.DB, region, wanted);
  cached.set(region, { hubs, until: Date.now() + CACHE_MS });
  return hubs;
}

/** For tests, which empty D1 under a running isolate. */
export const forgetHubCounts = (): void => cached.clear();
