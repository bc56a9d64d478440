/* Answers that are the same for everybody are kept at the edge for a second, so that a country that polls costs one
 * reading of D1 a second and place. Whoever shows a good key is answered afresh, and nothing of that is kept: when the
 * operator closes the topic, no answer is. A key that is none gets nobody past the edge. */
import { AppError } from "../domain/error";
import { Allowance } from "../domain/live/allowance";
import type { AppContext } from "./context";
import { bearer, principalOfRequest } from "./middleware/authenticate";
import { remembered } from "./remembered";

const SHARED = "public, max-age=1";

/** Answers made anew for strangers by one isolate: so many at once, and so many a second after that. */
const FRESH = 100;
const FRESH_PER_SECOND = 20;
const freshIn = remembered(() => new Allowance(FRESH, FRESH_PER_SECOND));

/** For an address that takes no parameters: with any of them the answer is the same.
 * @param answer makes a 200, or throws; nothing else is kept */
export async function sharedAnswer(c: AppContext, answer: () => Promise<Response>): Promise<Response> {
  if (await hasKey(c)) return unlessKnown(c, await answer());
  return shared(c, "", answer);
}

/** For addresses of which anybody can make up more than D1 could answer: past a bound they are refused, so that whoever
 * does keeps nothing from those who write alerts or read what is current.
 * @param question what was understood of the parameters: the answer is kept under it */
export async function boundedAnswer(c: AppContext, question: object, answer: () => Promise<Response>) {
  if (await hasKey(c)) return unlessKnown(c, await answer());
  return shared(c, `?${encodeURIComponent(JSON.stringify(question))}`, () => {
    if (!freshIn(c.env).take(Date.now())) {
      throw new AppError("overloaded", "Too many ask for this now.", { retry_after_s: 1 });
    }
    return answer();
  });
}

async function hasKey(c: AppContext): Promise<boolean> {
  if (bearer(c) === undefined) return false;
  return principalOfRequest(c).then(
    () => true,
    () => false,
  );
}

async function shared(c: AppContext, question: string, answer: () => Promise<Response>): Promise<Response> {
  // The path as it was matched: an address can be spelt in many ways.
  const key = new URL(c.req.url).origin + c.req.path + question;
  const kept = await atEdge((cache) => cache.match(key));
  if (kept !== undefined) return unlessKnown(c, kept);
  const made = await answer();
  made.headers.set("cache-control", SHARED);
  // A cache on the way must not give a page of one origin what was answered to another.
  made.headers.set("vary", "Origin");
  const copy = made.clone();
  await atEdge((cache) => cache.put(key, copy));
  return unlessKnown(c, made);
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
