/* Answers that are the same for everybody are kept at the edge for a second, so that a country that polls costs one
 * reading of D1 a second and place. Only what nobody had to show a key for is kept: when the operator closes the topic, no
 * answer is. */
import type { AppContext } from "./context";

const SHARED = "public, max-age=1";

/** @param answer makes a 200, or throws; nothing else is kept */
export async function sharedAnswer(c: AppContext, answer: () => Promise<Response>): Promise<Response> {
  if (c.req.header("authorization") !== undefined) return unlessKnown(c, await answer());
  // These addresses take no parameters: with any of them the answer is the same.
  const { origin, pathname } = new URL(c.req.url);
  const key = origin + pathname;
  const kept = await atEdge((cache) => cache.match(key));
  if (kept !== undefined) return unlessKnown(c, kept);
  const fresh = await answer();
  fresh.headers.set("cache-control", SHARED);
  // A cache on the way must not give a page of one origin what was answered to another.
  fresh.headers.set("vary", "Origin");
  const copy = fresh.clone();
  await atEdge((cache) => cache.put(key, copy));
  return unlessKnown(c, fresh);
}

/** Undefined also when the cache does not work: an answer never waits for it. */
async function atEdge<T>(use: (cache: Cache) => Promise<T>): Promise<T | undefined> {
  try {
    return await use(caches.default);
  } catch (error) {
    console.warn("the edge cache does not work", error);
    return undefined;
  }
}

/** 304 when the caller shows the tag of this very answer. */
function unlessKnown(c: AppContext, answer: Response): Response {
  const tag = answer.headers.get("etag");
  const shown: string[] = c.req.header("if-none-match")?.match(/"[^"]*"/g) ?? [];
  if (tag === null || !shown.includes(tag)) return answer;
  const headers = new Headers({ etag: tag });
  for (const name of ["cache-control", "vary"]) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(null, { status: 304, headers });
}
